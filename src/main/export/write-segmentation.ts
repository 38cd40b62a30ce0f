import { MarginaliaError } from '../../shared/errors.ts';
import type { Volume, Window } from '../../shared/volume.ts';
import { writeFiles, type OutputFile } from './atomic.ts';
import { drawContactSheet, type SliceStatistics } from './contact-sheet.ts';
import { dicomSegmentation, type DicomSource } from './dicom-seg/index.ts';
import type { LabelDefinition } from './labels.ts';
import { niftiBytes, niftiGz, type Acquisition, type NiftiImage } from './nifti-write.ts';
import { encodePng } from './preview/png.ts';
import { buildProvenance, type Provenance } from './provenance.ts';
import { itkSnapLabels, labelsTsv } from './sidecars.ts';

/** Everything that is written about the segmentation of one series; arrays on the image's grid. */
export interface SegmentationResult {
  readonly image: Volume;
  readonly acquisition: Acquisition;
  /** In the order of the frames of `probability`. */
  readonly labels: readonly LabelDefinition[];
  /** Values of `labels`, 0 elsewhere. */
  readonly labelMap: Uint8Array | Uint16Array;
  /** One a label, 0…1. */
  readonly probability: readonly Float32Array[];
  /** Entropy of the mean probability in nats, 0…ln 2: the highest of all labels. */
  readonly uncertainty: Float32Array;
  readonly window: Window;
  /** One a slice of the image. */
  readonly slices: readonly SliceStatistics[];
  readonly application: { readonly version: string };
  readonly source: Provenance['source'];
  readonly model: Provenance['model'];
  readonly sampling: Omit<Provenance['sampling'], 'usedPerSlice'>;
  readonly created: Date;
  /** How the grid differs from that of the DICOM series, or null. */
  readonly resampled: string | null;
  /** Where it is to be written as a DICOM segmentation, too. */
  readonly dicom?: DicomSource;
}

/**
 * Write a segmentation into a folder, all files or none (`writeFiles`): labels.nii.gz,
 * probability.nii.gz (4-D for several labels), uncertainty.nii.gz, labels.tsv, labels.label.txt
 * (ITK-SNAP), provenance.json and preview.png; segmentation.dcm where that is wanted.
 * @throws MarginaliaError as `writeFiles`; `not-representable` for a sheared grid; `size-mismatch`.
 */
export async function writeSegmentation(
  outDir: string,
  result: SegmentationResult,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  requireConsistent(result);
  const { image, acquisition, labels } = result;
  const highest = Math.max(...labels.map(({ value }) => value));
  const on = { grid: image.grid, acquisition };
  const provenance = `${JSON.stringify(provenanceOf(result), null, 2)}\n`;
  const files: OutputFile[] = [
    niftiFile('labels.nii.gz', {
      ...on,
      frames: [storedLabels(result.labelMap, highest)],
      range: [0, highest],
      labels: true,
    }),
    niftiFile('probability.nii.gz', { ...on, frames: result.probability, range: [0, 1] }),
    niftiFile('uncertainty.nii.gz', {
      ...on,
      frames: [result.uncertainty],
      range: [0, Math.LN2],
    }),
    textFile('labels.tsv', labelsTsv(labels)),
    textFile('labels.label.txt', itkSnapLabels(labels)),
    textFile('provenance.json', provenance),
    {
      name: 'preview.png',
      atMost: 4_000_000,
      content: async function* () {
        yield* encodePng(await drawContactSheet(result));
      },
    },
  ];
  if (result.dicom) {
    const segmentation = {
      ...result,
      ...result.dicom,
      grid: image.grid,
      algorithm: 'AUTOMATIC',
    } as const;
    files.push(await dicomSegmentation('segmentation.dcm', segmentation, 'BINARY'));
  }
  await writeFiles(outDir, files, options);
}

export const niftiFile = (name: string, image: NiftiImage): OutputFile => ({
  name,
  atMost: gzipAtMost(niftiBytes(image)),
  content: () => niftiGz(image),
});

/** The same with frames that are made when they are written. @param bytes of all of them. */
export const lateNiftiFile = (
  name: string,
  image: Omit<NiftiImage, 'frames'>,
  bytes: number,
  frames: () => Promise<NiftiImage['frames']>,
): OutputFile => ({
  name,
  atMost: gzipAtMost(niftiBytes({ ...image, frames: [] }) + bytes),
  content: async function* () {
    yield* niftiGz({ ...image, frames: await frames() });
  },
});

/** gzip never adds more than a thousandth and its own header. */
const gzipAtMost = (bytes: number): number => Math.ceil(bytes * 1.001) + 64;

export function textFile(name: string, text: string): OutputFile {
  const bytes = Buffer.from(text);
  return { name, atMost: bytes.length, content: () => [bytes] };
}

export const jsonFile = (name: string, value: unknown): OutputFile =>
  textFile(name, `${JSON.stringify(value, null, 2)}\n`);

/** The narrowest unsigned type that holds every label. */
function storedLabels(map: Uint8Array | Uint16Array, highest: number): Uint8Array | Uint16Array {
  if (highest <= 255) return map instanceof Uint8Array ? map : Uint8Array.from(map);
  return map instanceof Uint16Array ? map : Uint16Array.from(map);
}

function provenanceOf(result: SegmentationResult): Provenance {
  const { grid } = result.image;
  return buildProvenance({
    application: { name: 'Marginalia', version: result.application.version },
    created: result.created.toISOString(),
    source: result.source,
    model: result.model,
    labels: result.labels.map(({ name, value, colour, prompt }) => ({
      name,
      value,
      colour,
      prompt,
    })),
    window: { centre: result.window.centre, width: result.window.width },
    sampling: { ...result.sampling, usedPerSlice: result.slices.map(({ samples }) => samples) },
    geometry: {
      size: [...grid.size],
      affineLps: [...grid.affineLps],
      resampled: result.resampled,
    },
  });
}

function requireConsistent(result: SegmentationResult): void {
  const { size } = result.image.grid;
  const voxels = size[0] * size[1] * size[2];
  const arrays = [result.image.data, result.labelMap, result.uncertainty, ...result.probability];
  if (
    arrays.some((array) => array.length !== voxels) ||
    result.slices.length !== size[2] ||
    result.labels.length === 0 ||
    result.probability.length !== result.labels.length
  ) {
    throw new MarginaliaError(
      'size-mismatch',
      `The parts of the result do not fit an image of ${size.join(' × ')} voxels and ${result.labels.length} labels.`,
    );
  }
}
