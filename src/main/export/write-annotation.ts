import { isManual, labelsFile, probabilityFile, uncertaintyFile } from './annotation-files.ts';
import { annotationProvenance, requireLabels, type AnnotationResult } from './annotation-result.ts';
import { writeFiles, type OutputFile } from './atomic.ts';
import { bidsFiles } from './bids.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { dicomSegmentation, type SegmentationType } from './dicom-seg/index.ts';
import { encodePng } from './preview/png.ts';
import { reportFile } from './report/index.ts';
import { itkSnapLabels, labelsTsv } from './sidecars.ts';
import { labelStatistics, statisticsCsv } from './statistics-csv.ts';
import { textFile } from './write-segmentation.ts';

export type AnnotationFormat = 'nifti' | 'csv' | 'dicom-seg' | 'dicom-labelmap' | 'bids' | 'report';

/**
 * Writes labels into a folder, all files or none (`writeFiles`). `nifti`: labels.nii.gz, labels.tsv,
 * labels.label.txt (ITK-SNAP) and, beside a suggestion for the whole, probability.nii.gz,
 * uncertainty.nii.gz and preview.png; `csv`: statistics.csv; `dicom-seg`: segmentation.dcm;
 * `dicom-labelmap`: labelmap.dcm; `bids`: see `bidsFiles`; `report`: report.html; provenance.json in
 * any case but for `bids` alone, which has it in its own files.
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
  const { labels, labelMap, image } = result;
  const wants = (format: AnnotationFormat): boolean => formats.includes(format);
  const provenance = `${JSON.stringify(annotationProvenance(result), null, 2)}\n`;
  const files = wants('nifti') ? niftiFiles(result) : [];
  if (wants('csv') || wants('report')) {
    const statistics = await labelStatistics(labels, labelMap, image.grid);
    if (wants('csv')) files.push(textFile('statistics.csv', statisticsCsv(labels, statistics)));
    if (wants('report'))
      files.push(await reportFile('report.html', result, statistics, provenance));
  }
  if (wants('dicom-seg')) files.push(await segmentationFile('segmentation.dcm', result, 'BINARY'));
  if (wants('dicom-labelmap'))
    files.push(await segmentationFile('labelmap.dcm', result, 'LABELMAP'));
  if (wants('bids')) files.push(...(await bidsFiles(outDir, result)));
  if (formats.some((format) => format !== 'bids'))
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
  const algorithm = isManual(result) ? 'MANUAL' : 'SEMIAUTOMATIC';
  return dicomSegmentation(name, { ...result, ...(await result.dicom()), grid, algorithm }, type);
}

function niftiFiles(result: AnnotationResult): OutputFile[] {
  const { image, labels, labelMap, suggestion } = result;
  const files = [
    labelsFile('labels.nii.gz', result),
    textFile('labels.tsv', labelsTsv(labels)),
    textFile('labels.label.txt', itkSnapLabels(labels)),
  ];
  if (suggestion === null) return files;
  return [
    ...files,
    probabilityFile('probability.nii.gz', result, suggestion),
    uncertaintyFile('uncertainty.nii.gz', result, suggestion),
    {
      name: 'preview.png',
      atMost: 4_000_000,
      content: async function* () {
        const { window, slices } = suggestion;
        const uncertainty = await suggestion.uncertainty();
        yield* encodePng(
          await drawContactSheet({ image, window, labels, labelMap, uncertainty, slices }),
        );
      },
    },
  ];
}
