import type {
  FrameInfo,
  FrameSpacing,
  ImageInfo,
  ImageKind,
  ImageReader,
  LossyCompression,
  SourceImage,
} from '../../shared/image/index.ts';
import { filesNamedBy } from './directory.ts';
import { patientAndStudy } from './patient-study.ts';
import { resamplingOf } from './resample.ts';
import { readSeries } from './scan.ts';
import type { Frame, Series, SeriesHeader, Stack } from './types.ts';
import { haveOwnBytes, loadSlice, loadStack } from './volume.ts';

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
    const { columns, rows, channels } = stack.frames[k]!;
    return { columns, rows, channels, values: await loadSlice(stack, k, signal) };
  },
  readsFramesAlone: ({ stack }) => haveOwnBytes(stack),
  readAll: ({ stack }, options) => loadStack(stack, options),
  resampling: ({ stack }) => resamplingOf(stack),
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
    // A tile of a mosaic is no image of its own.
    const areImages = !resampled && frames.every(({ tile }) => tile === undefined);
    const image = (frame: Frame): SourceImage => ({
      sopClassUid: frame.sopClassUid,
      sopInstanceUid: frame.sopInstanceUid,
      frame: frame.isOfSeveral ? frame.index + 1 : undefined,
      sliceThickness: frame.sliceThickness,
    });
    return {
      shared: await patientAndStudy(frames[0]!.source),
      seriesInstanceUid: header.seriesInstanceUid,
      seriesNumber: header.seriesNumber,
      instances: [...new Map(frames.map((frame) => [frame.sopInstanceUid, frame])).values()],
      images: areImages ? frames.map(image) : null,
      lossy: lossyOfAll(frames),
    };
  },
};

/** Of the first frame that says most of it: of each a little else is true. */
const lossyOfAll = (frames: readonly Frame[]): LossyCompression | undefined => {
  const all = frames.flatMap(({ lossy }) => lossy ?? []);
  return all.find(({ ratios }) => ratios.length > 0) ?? all[0];
};

const imagesOf = ({ stacks, ...header }: Series): DicomImage[] =>
  stacks.map((stack) => ({
    id: stack.id,
    reader: dicomReader.name,
    kind: kindOf(stack),
    channels: stack.frames[0]!.channels,
    inverted: stack.frames[0]!.inverted,
    frames: frameInfos(stack.frames),
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

/** Frames without a place are a clip where the file says when each of them was acquired. */
function kindOf({ frames, grid }: Stack): ImageKind {
  if (frames.length === 1) return 'picture';
  if (grid !== undefined) return 'volume';
  return isClip(frames) ? 'clip' : 'stack';
}

const isClip = (frames: readonly Frame[]): boolean =>
  frames.length > 1 && frames.every(({ plane, time }) => plane === undefined && time !== undefined);

const frameInfos = (frames: readonly Frame[]): FrameInfo[] => {
  const hasTimes = isClip(frames);
  return frames.map((frame, k) => ({
    // Tiles of a mosaic share their instance and frame.
    key: `${frame.sopInstanceUid}/${frame.index}/${k}`,
    size: [frame.columns, frame.rows],
    plane: frame.plane ?? null,
    spacing: spacingOf(frame),
    time: hasTimes ? frame.time! : null,
  }));
};

/** Of what lies in the patient Pixel Spacing is that of the patient: its grid is made of it. */
const spacingOf = ({ plane, pixelSpacing, spacing }: Frame): FrameSpacing | null =>
  plane && pixelSpacing ? { mm: pixelSpacing, of: 'patient' } : spacing;
