import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';

/** What of dataset.json (nnU-Net v2, raw data) matters here; everything else in it is kept. */
const datasetSchema = z.looseObject({
  channel_names: z.record(z.string(), z.string()),
  /** By name; a list where labels overlap (“regions”). */
  labels: z.record(z.string(), z.union([z.number().int().nonnegative(), z.array(z.number())])),
  numTraining: z.number().int().nonnegative(),
  file_ending: z.string(),
});

export type Dataset = z.infer<typeof datasetSchema>;

/** nnU-Net takes one format a dataset, for images and labels alike. */
export type FileEnding = '.nii.gz' | '.png';
const BACKGROUND = 'background';
const IGNORE = 'ignore';
/** Bytes, with one value for what is ignored. */
const MOST_LABELS = 254;

/** What a case brings. */
export interface NewCase {
  /** Names of its channels, which say how nnU-Net normalises them. */
  readonly channels: readonly string[];
  readonly ending: FileEnding;
  /** Names of the labels, in the order of their values. */
  readonly labels: readonly string[];
  /** Whether some of its voxels are to be ignored. */
  readonly ignores: boolean;
}

/** How a case fits into a dataset. */
export interface Fit {
  /** dataset.json as it is afterwards, for so many training cases. */
  readonly dataset: (cases: number) => Dataset;
  /** The values of the labels in the dataset, in the order of `NewCase.labels`. */
  readonly values: readonly number[];
  /** The value of voxels that are not taught; null where the dataset has none. */
  readonly ignore: number | null;
}

/**
 * What dataset.json says.
 * @throws MarginaliaError `dataset-differs` where it is none of nnU-Net v2.
 */
export function parseDataset(text: string, path: string): Dataset {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw differs(`${path} is no JSON file`, 'Mend the file, or export into a new dataset.');
  }
  const parsed = datasetSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw differs(
    `${path} is no dataset.json of nnU-Net v2 (${issue!.path.join('.') || 'it'}: ${issue!.message})`,
    'Mend the file, or export into a new dataset.',
  );
}

/** A new dataset, for one case. Values are 1, 2, … in the order of the labels. */
export function newDataset(
  name: string,
  about: string,
  { channels, ending, labels, ignores }: NewCase,
): Fit {
  requireNames(labels);
  const values = labels.map((_, n) => n + 1);
  const ignore = ignores ? labels.length + 1 : null;
  return {
    values,
    ignore,
    dataset: (cases) => ({
      channel_names: Object.fromEntries(channels.map((channel, n) => [n, channel])),
      labels: Object.fromEntries<number>([
        [BACKGROUND, 0],
        ...labels.map((label, n) => [label, n + 1] as const),
        ...(ignore === null ? [] : [[IGNORE, ignore] as const]),
      ]),
      numTraining: cases,
      file_ending: ending,
      name,
      description: about,
    }),
  };
}

/**
 * A case in a dataset that exists: it must have the same channel and exactly its labels. A label that
 * is missing here would be taught as background. Where it is the first with voxels to be ignored, the
 * dataset gets that value; those of the other labels stay.
 * @throws MarginaliaError `dataset-differs`, `label-name`.
 */
export function fitInto(old: Dataset, { channels, ending, labels, ignores }: NewCase): Fit {
  requireNames(labels);
  if (old.file_ending !== ending) {
    throw differs(
      `its files end in ${old.file_ending}, those of this export in ${ending}`,
      'Export into another dataset.',
    );
  }
  if (old['dataset'] !== undefined) {
    throw differs('it lists the files of its cases one by one', 'Export into another dataset.');
  }
  const had = Object.values(old.channel_names);
  if (
    had.length !== channels.length ||
    channels.some((channel, n) => old.channel_names[n] !== channel)
  ) {
    throw differs(
      `its images have ${had.length === 1 ? 'the channel' : 'the channels'} ${quoted(had)}, this series is ${quoted(channels)}`,
      'Series of one kind go into one dataset. If this is one of that kind, give the channel that name; else export into another dataset.',
    );
  }
  const known = new Map(
    Object.entries(old.labels).filter(([name]) => name !== BACKGROUND && name !== IGNORE),
  );
  const missing = [...known.keys()].filter((name) => !labels.includes(name));
  const extra = labels.filter((name) => !known.has(name));
  if (missing.length > 0 || extra.length > 0) throw otherLabels(missing, extra);
  const values = labels.map((name) => known.get(name)!);
  const highest = labels.length;
  const isPlain = values.every(
    (value) => typeof value === 'number' && value >= 1 && value <= highest,
  );
  const oldIgnore = old.labels[IGNORE];
  if (
    !isPlain ||
    new Set(values).size < highest ||
    old.labels[BACKGROUND] !== 0 ||
    (oldIgnore !== undefined && oldIgnore !== highest + 1)
  ) {
    throw differs(
      'its labels are regions, or have no consecutive values from 0 on',
      'Export into another dataset.',
    );
  }
  const ignore = ignores || oldIgnore !== undefined ? highest + 1 : null;
  return {
    values: values as number[],
    ignore,
    dataset: (cases) => ({
      ...old,
      labels: ignore === null ? old.labels : { ...old.labels, [IGNORE]: ignore },
      numTraining: cases,
    }),
  };
}

/** nnU-Net knows labels by their names, and keeps two for itself. */
function requireNames(labels: readonly string[]): void {
  const reserved = labels.find((name) => [BACKGROUND, IGNORE].includes(name.toLowerCase()));
  const twice = labels.find((name, n) => labels.indexOf(name) < n);
  if (labels.length > MOST_LABELS) {
    throw new MarginaliaError(
      'too-many-labels',
      `${labels.length} labels are too many for a dataset: ${MOST_LABELS}.`,
    );
  }
  if (reserved === undefined && twice === undefined) return;
  throw new MarginaliaError(
    'label-name',
    reserved === undefined
      ? `Two labels are called “${twice}”; nnU-Net tells labels apart by their names.`
      : `A label is called “${reserved}”, which means something else in an nnU-Net dataset.`,
    'Give the label another name.',
  );
}

function otherLabels(missing: readonly string[], extra: readonly string[]): MarginaliaError {
  const parts = [
    missing.length > 0 && `it has ${quoted(missing)}, which this series has not`,
    extra.length > 0 && `this series has ${quoted(extra)}, which it has not`,
  ].filter(Boolean);
  return differs(
    parts.join('; '),
    missing.length > 0
      ? 'Name the labels as there and make those that are missing (a label may be empty): what has none would be taught as background. Or export into another dataset.'
      : 'Name the labels as there, remove those that are not meant, or export into another dataset.',
  );
}

const quoted = (names: readonly string[]): string => names.map((name) => `“${name}”`).join(', ');

const differs = (what: string, hint: string): MarginaliaError =>
  new MarginaliaError(
    'dataset-differs',
    `The series does not fit into the dataset: ${what}.`,
    hint,
  );
