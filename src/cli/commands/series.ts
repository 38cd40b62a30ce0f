import type { Command } from 'commander';
import { spacingOf } from '../../shared/volume.ts';
import type {
  FileOutcome,
  ImageInfo,
  ImageOrigin,
  ImageWarning,
} from '../../shared/image/index.ts';
import { readerOf, requireImages, scanImages, type ImageScan } from '../../main/images/index.ts';
import { progressLine, table } from '../output.ts';

export function registerSeries(program: Command): void {
  program
    .command('series')
    .description(
      'list the images (DICOM, NIfTI, NRRD, MetaImage, PNG, JPEG, TIFF, BMP) in a folder, a file or a zip, and what is wrong with them',
    )
    .argument('<path>', 'folder, file or zip')
    .option('--json', 'machine-readable result')
    .action(async (path: string, options: { json?: boolean }) => {
      const progress = progressLine();
      const scan = await scanImages([path], {
        onProgress: (files) => progress.show(`${files} files`),
      }).finally(() => progress.end());
      if (options.json) console.log(JSON.stringify(seriesJson(scan)));
      else print(scan);
      requireImages(scan, [path]);
    });
}

/**
 * What `--json` gives: every file with its outcome, every series with its stacks. A stack's
 * `spacing` (mm) and `affineLps` (row-major 4×4, voxel to patient) are null where it has no regular
 * grid. Nothing that names the patient.
 */
function seriesJson(scan: ImageScan): object {
  return {
    files: scan.files,
    series: bySeries(scan).map((images) => {
      const [{ modality, bodyPart, description, protocol }] = images;
      const { patientName, patientId, sopInstanceUids, ...origin } = originOf(images[0]);
      return {
        ...origin,
        seriesNumber: origin.seriesNumber ?? null,
        modality,
        bodyPart,
        seriesDescription: description,
        protocolName: protocol,
        stacks: images.map((image) => ({
          id: image.id,
          kind: image.kind,
          distinction: image.distinction,
          columns: image.frames[0]!.size[0],
          rows: image.frames[0]!.size[1],
          slices: image.frames.length,
          regular: image.grid !== null,
          resamplable: image.resamplable,
          verdicts: remarksOn(image),
          spacing: image.grid && spacingOf(image.grid),
          affineLps: image.grid && image.grid.affineLps,
          windows: image.windows,
          sopInstanceUids: originOf(image).sopInstanceUids,
        })),
      };
    }),
  };
}

const originOf = (image: ImageInfo): ImageOrigin => readerOf(image).describe(image);

/** Images of one series together, in their order. */
function bySeries({ images }: ImageScan): [ImageInfo, ...ImageInfo[]][] {
  const series = new Map<string, [ImageInfo, ...ImageInfo[]]>();
  for (const image of images) {
    const { seriesInstanceUid } = originOf(image);
    const others = series.get(seriesInstanceUid);
    if (others) others.push(image);
    else series.set(seriesInstanceUid, [image]);
  }
  return [...series.values()];
}

const REGULAR: ImageWarning = { severity: 'info', kind: 'regular', text: 'equally spaced slices' };

/** Of a volume, also that its slices are as they should be. */
const remarksOn = ({ kind, warnings }: ImageInfo): readonly ImageWarning[] =>
  kind === 'volume' ? [REGULAR, ...warnings] : warnings;

function print(scan: ImageScan): void {
  for (const images of bySeries(scan)) {
    const [{ modality, description, protocol }] = images;
    const title = description || protocol || 'without description';
    console.log(`${modality || '?'} ${originOf(images[0]).seriesNumber ?? '–'}  ${title}`);
    for (const image of images) printImage(image);
    console.log();
  }
  console.log(summary(scan.files));
}

function printImage(image: ImageInfo): void {
  const [columns, rows] = image.frames[0]!.size;
  const spacing =
    image.grid === null
      ? ''
      : `, ${spacingOf(image.grid)
          .map((mm) => Number(mm.toFixed(3)))
          .join(' × ')} mm`;
  const which = image.distinction === '' ? '' : `  (${image.distinction})`;
  console.log(`  ${columns} × ${rows} × ${image.frames.length}${spacing}${which}`);
  for (const { kind, text } of remarksOn(image)) console.log(`  ${kind}: ${text}`);
  if (image.grid === null) {
    console.log(
      image.resamplable
        ? '  no regular volume: labelled slice by slice, or resampled with --resample'
        : '  no regular volume: labelled slice by slice',
    );
  }
  console.log(`  ${image.id}`);
}

/** How many files were loaded, and why the others were not. */
function summary(files: readonly FileOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { status, reason } of files) {
    const key = status === 'loaded' ? 'loaded' : `${status}: ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].map(([what, count]) => [String(count), what]);
  return table(['files', 'outcome'], rows);
}
