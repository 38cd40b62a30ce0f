import type {
  FrameInfo,
  ImageInfo,
  ImageKind,
  ImageReader,
  SourceImage,
} from '../../shared/image/index.ts';
import { filesNamedBy } from './directory.ts';
import { patientAndStudy } from './patient-study.ts';
import { readSeries } from './scan.ts';
import type { Frame, Series, SeriesHeader, Stack } from './types.ts';
import { haveOwnFiles, loadSlice, loadStack } from './volume.ts';

/** A stack of a series, as an image. */
export interface DicomImage extends ImageInfo {
  readonly header: SeriesHeader;
  readonly stack: Stack;
}

export const dicomReader: ImageReader<DicomImage> = {
  name: 'dicom',
  filesNamedBy,
  async scan(sources, options) {
    const { outcomes, series } = await readSeries(sources, options);
    return { outcomes, images: series.flatMap(imagesOf) };
  },
  async readFrame({ stack }, k, signal) {
    const { columns, rows } = stack.frames[k]!;
    return { columns, rows, channels: 1, values: await loadSlice(stack, k, signal) };
  },
  readsFramesAlone: ({ stack }) => stack.grid !== undefined && haveOwnFiles(stack),
  readAll: ({ stack }, options) => loadStack(stack, options),
  describe: ({ header, stack }) => ({
    patientName: header.patientName,
    patientId: header.patientId,
    studyInstanceUid: header.studyInstanceUid,
    studyDescription: header.studyDescription,
    studyDate: header.studyDate,
    seriesInstanceUid: header.seriesInstanceUid,
    seriesNumber: header.seriesNumber,
    manufacturer: header.manufacturer,
    acquisition: header.acquisition,
    sopInstanceUids: [...new Set(stack.frames.map(({ sopInstanceUid }) => sopInstanceUid))],
  }),
  async dicomSource({ header, stack }, resampled) {
    const { frames } = stack;
    const areFiles = haveOwnFiles(stack);
    // A tile of a mosaic is no image of its own.
    const areImages = !resampled && frames.every(({ tile }) => tile === undefined);
    const image = ({ sopClassUid, sopInstanceUid, index }: Frame): SourceImage => ({
      sopClassUid,
      sopInstanceUid,
      frame: areFiles ? undefined : index + 1,
    });
    return {
      shared: await patientAndStudy(frames[0]!.source),
      seriesInstanceUid: header.seriesInstanceUid,
      seriesNumber: header.seriesNumber,
      instances: [...new Map(frames.map((frame) => [frame.sopInstanceUid, frame])).values()],
      images: areImages ? frames.map(image) : null,
    };
  },
};

const imagesOf = ({ stacks, ...header }: Series): DicomImage[] =>
  stacks.map((stack) => ({
    id: stack.id,
    reader: dicomReader.name,
    kind: kindOf(stack),
    channels: 1,
    inverted: false,
    frames: stack.frames.map(frameInfo),
    grid: stack.grid ?? null,
    resamplable: stack.resamplable,
    // That nothing is wrong is no warning.
    warnings: stack.verdicts.filter(({ kind }) => kind !== 'regular'),
    files: [...new Set(stack.frames.map(({ source }) => source.path))],
    distinction: stack.distinction,
    modality: header.modality,
    bodyPart: header.bodyPart,
    description: header.seriesDescription,
    protocol: header.protocolName,
    acquisition: header.acquisition === '3D' ? '3d' : '2d',
    windows: stack.windows,
    header,
    stack,
  }));

function kindOf({ frames, grid }: Stack): ImageKind {
  if (frames.length === 1) return 'picture';
  if (grid !== undefined) return 'volume';
  if (frames[0]!.plane !== undefined) return 'stack';
  return frames.some(({ index }) => index > 0) ? 'clip' : 'set';
}

/** @param k of the slice: tiles of a mosaic share their instance and frame. */
const frameInfo = (frame: Frame, k: number): FrameInfo => ({
  key: `${frame.sopInstanceUid}/${frame.index}/${k}`,
  size: [frame.columns, frame.rows],
  plane: frame.plane ?? null,
  spacing: frame.pixelSpacing ? { mm: frame.pixelSpacing, of: 'patient' } : null,
  time: null,
});
