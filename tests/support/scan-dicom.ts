import {
  loadVolume,
  type DicomImage,
  type Series,
  type Stack,
} from '../../src/main/dicom/index.ts';
import type { ImageInfo } from '../../src/shared/image/index.ts';
import { scanImages, type ImageScan } from '../../src/main/images/index.ts';

export { loadVolume, type Stack };

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
