import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../shared/errors.ts';
import { directionsOf, voxelToWorld } from '../../shared/geometry/index.ts';
import type { FrameInfo, ImageInfo, ImageReader, LoadedFrames } from '../../shared/image/index.ts';
import { outwards } from '../../shared/outwards.ts';
import { spacingOf, type Grid } from '../../shared/volume.ts';
import { codeOf, fileSource } from '../files/index.ts';
import { IMAGE_FILE, openVolumeFile } from './open-volume-file.ts';
import { pairNames, PAIR_VOXELS } from './nifti-read.ts';
import { besides } from './read-image.ts';
import { readSlices } from './read-slices.ts';
import { findVolumeFiles, type FoundFile } from './scan.ts';
import { channelsOf, nameOf, type VolumeFile } from './volume-file.ts';

/** A volume of a NIfTI, NRRD or MetaImage file. */
export interface VolumeFileImage extends ImageInfo {
  readonly grid: Grid;
  readonly file: VolumeFile;
  /** Of the file, which all its volumes share. */
  readonly fileId: string;
  /** Slices of the file before it. */
  readonly first: number;
}

/** Headers that may name another file. */
const DETACHED = /\.(nrrd|nhdr|mha|mhd|hdr|hdr\.gz)$/i;

export const volumeFileReader: ImageReader<VolumeFileImage> = {
  name: 'volume-file',
  async filesNamedBy(path) {
    if (PAIR_VOXELS.test(path)) return headersOf(path);
    if (!DETACHED.test(path)) return [];
    try {
      const source = fileSource(path, (await stat(path)).size);
      const { sources } = await openVolumeFile(source, (name) => besides(path, name));
      return sources.slice(1).map((data) => data.path);
    } catch {
      // The scan says what is wrong with it.
      return [];
    }
  },
  async scan(sources, options) {
    const { outcomes, files } = await findVolumeFiles(sources, options);
    return { outcomes, images: files.flatMap(imagesOf) };
  },
  async readFrame({ file, first }, k, signal) {
    const [columns, rows] = file.size;
    const values = await stillThere(file, () => readSlices(file, first + k, 1, signal));
    return { columns, rows, channels: channelsOf(file), values };
  },
  readsFramesAlone: () => false,
  async readAll({ file, first, grid }, { signal, onProgress, onFrame }): Promise<LoadedFrames> {
    const [nx, ny, nz] = grid.size;
    const channels = channelsOf(file);
    const length = nx * ny * channels;
    const data = await stillThere(file, () => readSlices(file, first, nz, signal));
    let done = 0;
    for (const k of outwards(nz)) {
      onFrame?.(data.subarray(k * length, (k + 1) * length), k);
      onProgress?.(++done, nz);
      // Other work runs in between.
      await setImmediate();
      signal?.throwIfAborted();
    }
    return { size: grid.size, channels, data, grid, resampled: null };
  },
  describe: ({ fileId }) => ({
    patientName: '',
    patientId: '',
    // What is not known to be of one patient is not put together.
    studyInstanceUid: fileId,
    studyDescription: '',
    studyDate: '',
    seriesInstanceUid: fileId,
    seriesNumber: undefined,
    manufacturer: '',
    acquisition: '',
    sopInstanceUids: [fileId],
  }),
};

/** The header of a pair that was opened by its voxels. */
async function headersOf(path: string): Promise<string[]> {
  const found = await Promise.all(pairNames(nameOf(path)).map((name) => besides(path, name)));
  return found.flatMap((source) => (source ? [source.path] : []));
}

/** @throws MarginaliaError `unreadable-path` where files are gone, or cannot be read any more. */
async function stillThere<T>({ sources }: VolumeFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error instanceof MarginaliaError)
      throw error;
    throw new MarginaliaError(
      'unreadable-path',
      `${sources[0]!.path} cannot be read any more (${codeOf(error)}).`,
      'See whether its drive is there; then try again.',
      { cause: error },
    );
  }
}

function imagesOf({ id, path, file }: FoundFile): VolumeFileImage[] {
  const { size, affineLps, volumes, warnings, sources } = file;
  const grid: Grid = { size, affineLps };
  const frames = framesOf(grid);
  return Array.from({ length: volumes }, (_, n) => ({
    id: n === 0 ? id : `${id}#${n + 1}`,
    reader: volumeFileReader.name,
    kind: size[2] === 1 ? 'picture' : 'volume',
    channels: channelsOf(file),
    inverted: false,
    frames,
    grid,
    resamplable: false,
    warnings,
    files: sources.map((source) => source.path),
    distinction: volumes === 1 ? '' : `volume ${n + 1} of ${volumes}`,
    modality: '',
    bodyPart: '',
    description: nameOf(path).replace(IMAGE_FILE, ''),
    protocol: '',
    acquisition: 'unknown',
    windows: [],
    file,
    fileId: id,
    first: n * size[2],
  }));
}

function framesOf(grid: Grid): FrameInfo[] {
  const [columns, rows, slices] = grid.size;
  const [row, column] = directionsOf(grid.affineLps);
  const [dx, dy] = spacingOf(grid);
  return Array.from({ length: slices }, (_, k) => ({
    key: String(k),
    size: [columns, rows],
    plane: { position: voxelToWorld(grid, [0, 0, k]), row, column },
    spacing: { mm: [dx, dy], of: 'patient' },
    time: null,
  }));
}
