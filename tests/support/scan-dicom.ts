import { loadStack, type DicomImage, type Series, type Stack } from '../../src/main/dicom/index.ts';
import {
  requireGrid,
  type ImageInfo,
  type LoadedFrames,
  type ReadOptions,
} from '../../src/shared/image/index.ts';
import type { Grid } from '../../src/shared/volume.ts';
import { scanImages, type ImageScan } from '../../src/main/images/index.ts';

export { type Stack };

/** The frames of a stack on their grid. @throws MarginaliaError `irregular-geometry`. */
export async function loadVolume(
  stack: Stack,
  options?: ReadOptions,
): Promise<LoadedFrames & { readonly grid: Grid }> {
  const frames = await loadStack(stack, options);
  const { verdicts: warnings, resamplable } = stack;
  return { ...frames, grid: requireGrid({ grid: frames.grid, warnings, resamplable }) };
}

/** What was found, as DICOM has it: series and their stacks. */
export interface DicomScan extends ImageScan {
  readonly series: readonly Series[];
}

/** Scans as the application does. */
export async function scanDicom(
  paths: readonly string[],
  options?: Parameters<typeof scanImages>[1],
): Promise<DicomScan> {
  const scan = await scanImages(paths, options);
  const series = new Map<string, Series>();
  for (const { header, stack } of scan.images.filter(isDicom)) {
    const { stacks } = series.get(header.seriesInstanceUid) ?? { stacks: [] };
    series.set(header.seriesInstanceUid, { ...header, stacks: [...stacks, stack] });
  }
  return { ...scan, series: [...series.values()] };
}

const isDicom = (image: ImageInfo): image is DicomImage => image.reader === 'dicom';
