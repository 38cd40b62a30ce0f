import type { ExportFormat } from '../../shared/export-formats.ts';
import { bidsFiles } from './bids.ts';
import { writeFiles } from './atomic.ts';
import { imageFile, niftiFiles, segmentationFile } from './label-files.ts';
import { onGrid } from './on-grid.ts';
import { jsonFile, jsonText, textFile } from './output-files.ts';
import { cocoFiles } from './pictures/coco.ts';
import { maskFiles } from './pictures/masks.ts';
import { picturesCsv } from './pictures/pictures-csv.ts';
import { publishedFiles } from './pictures/published.ts';
import { reportFile } from './report/index.ts';
import {
  annotationProvenance,
  requireConsistent,
  segmentationProvenance,
  type AnnotationResult,
  type SegmentationResult,
} from './result.ts';
import { labelStatistics, statisticsCsv } from './statistics-csv.ts';

/** What any labels are written as. */
export type SegmentationFormat = Extract<ExportFormat, 'nifti' | 'dicom-seg' | 'png'>;
/** What labels are written as that people decide on; a dataset of nnU-Net is `prepareNnunetCase`. */
export type AnnotationFormat = Exclude<ExportFormat, 'nnunet'>;

interface WriteOptions {
  readonly signal?: AbortSignal;
}

/**
 * Writes what a model segmented into a folder, all files or none (`writeFiles`): `nifti`: as
 * `niftiFiles`; `dicom-seg`: segmentation.dcm; `png`: as `maskFiles`; and provenance.json.
 * @throws MarginaliaError `no-label`, `size-mismatch`, `not-representable` for a sheared grid, as
 *   `onGrid`, `dicomSegmentation` and `writeFiles`.
 */
export async function writeSegmentation(
  outDir: string,
  result: SegmentationResult,
  formats: readonly SegmentationFormat[],
  options: WriteOptions = {},
): Promise<void> {
  requireConsistent(result);
  const files = formats.includes('nifti') ? niftiFiles(result, onGrid(result)) : [];
  if (formats.includes('dicom-seg'))
    files.push(await segmentationFile('segmentation.dcm', result, 'BINARY'));
  if (formats.includes('png')) files.push(...maskFiles(result));
  files.push(jsonFile('provenance.json', segmentationProvenance(result)));
  await writeFiles(outDir, files, options);
}

/**
 * Writes labels that people decide on, all files or none (`writeFiles`). Beside the formats of
 * `writeSegmentation`: `nifti` of slices on no grid: resampled, with image.nii.gz beside; `csv`: statistics.csv, and pictures.csv (`picturesCsv`) of what lies on no
 * grid; `coco`: as `cocoFiles`; `published`: as `publishedFiles`; `dicom-labelmap`: labelmap.dcm; `bids`: see
 * `bidsFiles`; `report`: report.html; provenance.json in any case but for `bids` alone, which has it
 * in its own files.
 * @returns names of the files.
 * @throws MarginaliaError as `writeSegmentation` and `onGrid`.
 */
export async function writeAnnotation(
  outDir: string,
  result: AnnotationResult,
  formats: readonly AnnotationFormat[],
  options: WriteOptions = {},
): Promise<string[]> {
  requireConsistent(result);
  const { labels, labelMap, image, contents } = result;
  const wants = (format: AnnotationFormat): boolean => formats.includes(format);
  const volume = wants('nifti') || wants('bids') ? onGrid(result) : null;
  const provenance = jsonText(annotationProvenance(result, volume));
  const files = volume && wants('nifti') ? niftiFiles(result, volume) : [];
  // No other file has the grid that the labels lie on then.
  if (volume?.resampled && wants('nifti'))
    files.push(imageFile('image.nii.gz', result, volume, result.window));
  if (wants('csv') || wants('report')) {
    const statistics = await labelStatistics(labels, labelMap, image.raster);
    if (wants('csv')) {
      files.push(
        textFile('statistics.csv', statisticsCsv(labels, statistics, contents, image.raster)),
      );
      if (!image.raster.isGrid) files.push(textFile('pictures.csv', await picturesCsv(result)));
    }
    if (wants('report'))
      files.push(await reportFile('report.html', result, statistics, provenance));
  }
  if (wants('png')) files.push(...maskFiles(result));
  if (wants('coco')) files.push(...cocoFiles(result));
  if (wants('published')) files.push(...(await publishedFiles(outDir, result)));
  if (wants('dicom-seg')) files.push(await segmentationFile('segmentation.dcm', result, 'BINARY'));
  if (wants('dicom-labelmap'))
    files.push(await segmentationFile('labelmap.dcm', result, 'LABELMAP'));
  if (volume && wants('bids')) files.push(...(await bidsFiles(outDir, result, volume)));
  if (formats.some((format) => format !== 'bids'))
    files.push(textFile('provenance.json', provenance));
  await writeFiles(outDir, files, options);
  return files.map(({ name }) => name);
}
