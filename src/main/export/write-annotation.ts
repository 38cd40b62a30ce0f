import type { VoxelArray } from '../../shared/volume.ts';
import { annotationProvenance, requireLabels, type AnnotationResult } from './annotation-result.ts';
import { writeFiles, type OutputFile } from './atomic.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { dicomSegmentation, type SegmentationType } from './dicom-seg/index.ts';
import { niftiBytes, niftiGz } from './nifti-write.ts';
import { encodePng } from './preview/png.ts';
import { itkSnapLabels, labelsTsv } from './sidecars.ts';
import { statisticsCsv } from './statistics-csv.ts';
import { niftiFile, textFile } from './write-segmentation.ts';

export type AnnotationFormat = 'nifti' | 'csv' | 'dicom-seg' | 'dicom-labelmap';

/**
 * Writes labels into a folder, all files or none (`writeFiles`). `nifti`: labels.nii.gz, labels.tsv,
 * labels.label.txt (ITK-SNAP) and, beside a suggestion for the whole, probability.nii.gz,
 * uncertainty.nii.gz and preview.png; `csv`: statistics.csv; `dicom-seg`: segmentation.dcm;
 * `dicom-labelmap`: labelmap.dcm; provenance.json in any case.
 * @returns names of the files.
 * @throws MarginaliaError `no-label`, `not-representable` for a sheared grid, as `dicomSegmentation`
 *   and as `writeFiles`.
 */
export async function writeAnnotation(
  outDir: string,
  result: AnnotationResult,
  formats: readonly AnnotationFormat[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<string[]> {
  requireLabels(result);
  const provenance = `${JSON.stringify(annotationProvenance(result), null, 2)}\n`;
  const { labels, labelMap, image } = result;
  const files = formats.includes('nifti') ? niftiFiles(result) : [];
  if (formats.includes('csv')) {
    files.push(textFile('statistics.csv', await statisticsCsv(labels, labelMap, image.grid)));
  }
  if (formats.includes('dicom-seg')) files.push(await segmentationFile('segmentation.dcm', result, 'BINARY')); // prettier-ignore
  if (formats.includes('dicom-labelmap')) files.push(await segmentationFile('labelmap.dcm', result, 'LABELMAP')); // prettier-ignore
  files.push(textFile('provenance.json', provenance));
  await writeFiles(outDir, files, options);
  return files.map(({ name }) => name);
}

async function segmentationFile(
  name: string,
  result: AnnotationResult,
  type: SegmentationType,
): Promise<OutputFile> {
  const { grid } = result.image;
  const algorithm = result.review.suggestions.length > 0 ? 'SEMIAUTOMATIC' : 'MANUAL';
  return dicomSegmentation(name, { ...result, ...(await result.dicom()), grid, algorithm }, type);
}

function niftiFiles(result: AnnotationResult): OutputFile[] {
  const { image, acquisition, labels, labelMap, suggestion } = result;
  const highest = Math.max(...labels.map(({ value }) => value));
  const on = { grid: image.grid, acquisition };
  const files = [
    niftiFile('labels.nii.gz', { ...on, frames: [labelMap], range: [0, highest], labels: true }),
    textFile('labels.tsv', labelsTsv(labels)),
    textFile('labels.label.txt', itkSnapLabels(labels)),
  ];
  if (suggestion === null) return files;
  const maps = (name: string, count: number, most: number, frames: () => Promise<readonly VoxelArray[]>): OutputFile => ({
    name,
    atMost: Math.ceil(niftiBytes({ ...on, frames: [], range: [0, 1] }) + 4.004 * count * labelMap.length),
    content: async function* () {
      yield* niftiGz({ ...on, frames: await frames(), range: [0, most] });
    },
  }); // prettier-ignore
  return [
    ...files,
    maps('probability.nii.gz', labels.length, 1, suggestion.probability),
    maps('uncertainty.nii.gz', 1, Math.LN2, async () => [await suggestion.uncertainty()]),
    {
      name: 'preview.png',
      atMost: 4_000_000,
      content: async function* () {
        const { window, slices } = suggestion;
        const uncertainty = await suggestion.uncertainty();
        yield* encodePng(await drawContactSheet({ image, window, labels, labelMap, uncertainty, slices })); // prettier-ignore
      },
    },
  ];
}
