import type { Command } from 'commander';
import { spacingOf } from '../../shared/volume.ts';
import {
  arraySize,
  rasterOf,
  type FileOutcome,
  type FrameSpacing,
  type ImageInfo,
  type ImageOrigin,
  type ImageWarning,
} from '../../shared/image/index.ts';
import { readerOf, requireImages, scanImages, type ImageScan } from '../../main/images/index.ts';
import { hasSeveralSizes, imageText } from '../image-text.ts';
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
 * grid; its `pixelSpacing` says where that was measured. Nothing that names the patient.
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
          channels: image.channels,
          ...sizeJson(image),
          frameTimes: timesOf(image),
          regular: image.grid !== null,
          resamplable: image.resamplable,
          verdicts: remarksOn(image),
          spacing: image.grid && spacingOf(image.grid),
          pixelSpacing: pixelSpacing(image),
          affineLps: image.grid && image.grid.affineLps,
          windows: image.windows,
          sopInstanceUids: originOf(image).sopInstanceUids,
        })),
      };
    }),
  };
}

/** `columns` and `rows` of the largest frame; `sizes` of each, null where all are alike. */
function sizeJson({ frames }: ImageInfo): object {
  const [columns, rows] = arraySize(frames);
  const sizes = hasSeveralSizes(frames) ? frames.map(({ size }) => size) : null;
  return { columns, rows, slices: frames.length, sizes };
}

/** Milliseconds since the first frame; null where frames are not ordered in time. */
function timesOf({ frames }: ImageInfo): number[] | null {
  const times = frames.flatMap(({ time }) => time ?? []);
  return times.length === frames.length ? times : null;
}

/** The spacing that all frames share; null where sizes are known in pixels alone. */
function pixelSpacing({ frames, grid }: ImageInfo): FrameSpacing | null {
  const { spacing, measured } = rasterOf(frames, grid);
  return measured && { mm: [spacing[0], spacing[1]], of: measured };
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
  console.log(`  ${imageText(image)}`);
  for (const { kind, text } of remarksOn(image)) console.log(`  ${kind}: ${text}`);
  if (image.kind === 'stack') {
    const choice = image.resamplable ? ', or resampled with --resample' : '';
    console.log(`  no regular grid: labelled slice by slice${choice}`);
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
