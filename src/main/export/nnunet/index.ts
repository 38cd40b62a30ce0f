import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../../shared/errors.ts';
import { DATASET_NAME, type Undecided } from '../../../shared/nnunet.ts';
import { nnunetProvenanceSchema } from '../annotation-provenance.ts';
import { holdsUndecided } from '../contents.ts';
import { imageFile } from '../label-files.ts';
import { onGrid, type OnGrid } from '../on-grid.ts';
import { annotationProvenance, requireConsistent, type AnnotationResult } from '../result.ts';
import { writeFiles, type OutputFile } from '../atomic.ts';
import { RESEARCH_NOTICE } from '../provenance.ts';
import { jsonFile, niftiFile } from '../output-files.ts';
import {
  FILE_ENDING,
  fitInto,
  newDataset,
  parseDataset,
  type Dataset,
  type NewCase,
} from './dataset.ts';
import { datasetLabels } from './labels.ts';

export { channelName } from './channel.ts';

/** A case of nnU-Net: an annotation, and where in the dataset it belongs. */
export interface NnunetCase {
  readonly result: AnnotationResult;
  /** Something that no other workspace has. */
  readonly workspace: string;
  /** See `channelName`. */
  readonly channel: string;
  readonly undecided: Undecided;
  /** Of slices accepted without a look, where undecided ones are ignored. */
  readonly acceptedUnseen: Undecided;
}

/** A case that fits into its dataset, to be written. */
export interface PreparedCase {
  readonly name: string;
  /** Slices, from 0, in which not every label was decided on. */
  readonly undecided: readonly number[];
  /** Whether those are marked to be ignored. */
  readonly ignored: boolean;
  /** Other slices that are marked so, as they were accepted without a look. */
  readonly unseenIgnored: readonly number[];
  /** In the folder of the dataset. */
  readonly files: readonly string[];
  readonly write: (options: { readonly signal?: AbortSignal }) => Promise<void>;
}

const DATASET_JSON = 'dataset.json';

/**
 * A series as one case of an nnU-Net v2 raw dataset, new or not: imagesTr, labelsTr,
 * provenance/<case>.json, and dataset.json, which is replaced last. All files or none; a case that
 * this workspace exported before is replaced, nothing else is.
 * @param folder of the dataset, `DatasetNNN_Name`.
 * @returns what is written by `write`, which throws as `writeFiles`, and `dataset-changed`.
 * @throws MarginaliaError `dataset-name`, `dataset-differs`, `case-exists`, `nothing-decided`,
 *   `not-finite`, `label-name`, `too-many-labels`, `no-label`; as `onGrid`.
 */
export async function prepareNnunetCase(folder: string, wanted: NnunetCase): Promise<PreparedCase> {
  const { result, channel } = wanted;
  requireConsistent(result);
  const on = onGrid(result);
  requireName(folder);
  await requireFinite(result);
  const name = caseName(result);
  await requireOwn(folder, name, wanted);
  const undecided = result.complete.flatMap((is, k) => (is ? [] : [k]));
  const unseenIgnored = unseenToIgnore(wanted);
  const ignored = new Set([...(wanted.undecided === 'ignore' ? undecided : []), ...unseenIgnored]);
  const ignores = ignored.size > 0;
  if (ignored.size === result.complete.length) throw nothingDecided(unseenIgnored.length > 0);
  const about: NewCase = { channel, labels: result.labels.map((label) => label.name), ignores };
  const text = await readText(folder);
  const old = await parseOld(folder, text);
  if (old === undefined) await requireFreeNumber(folder);
  const fit = old ? fitInto(old, about) : newDataset(basename(folder), describe(result), about);

  const record = nnunetProvenanceSchema.parse({
    ...annotationProvenance(result, on),
    nnunet: {
      case: name,
      series: result.digests.stack,
      workspace: workspaceMark(wanted.workspace),
      channel,
      labels: result.labels.map((label, n) => ({
        name: label.name,
        value: label.value,
        datasetValue: fit.values[n]!,
      })),
      undecided: { slices: undecided, ignoreValue: ignores ? fit.ignore : null },
      unseenIgnored,
    },
  });
  const values = new Map(result.labels.map(({ value }, n) => [value, fit.values[n]!]));
  const files = [
    // First what says whose the others are: a kill between two of them leaves what can be mended.
    jsonFile(`provenance/${name}.json`, record),
    labelsFile(`labelsTr/${name}${FILE_ENDING}`, result, on, fit.ignore, ignores, () =>
      datasetLabels(result.labelMap, pixelsOf(result), values, ignored, fit.ignore),
    ),
    imageFile(`imagesTr/${name}_0000${FILE_ENDING}`, result, on, result.window),
    datasetFile(folder, name, fit.dataset, text),
  ];
  return {
    name,
    undecided,
    ignored: wanted.undecided === 'ignore' && undecided.length > 0,
    unseenIgnored,
    files: files.map((file) => file.name),
    write: (options) => writeFiles(folder, files, options),
  };
}

/** Slices that are decided, but with labels accepted without a look, where such are not to be taught. */
function unseenToIgnore({ result, undecided, acceptedUnseen }: NnunetCase): number[] {
  if (undecided !== 'ignore' || acceptedUnseen !== 'ignore') return [];
  return result.contents.acceptedUnseen
    .map(({ slice }) => slice)
    .filter((slice) => result.complete[slice]);
}

/** It says nothing of the patient. */
const caseName = ({ digests }: AnnotationResult): string => `case_${digests.stack.slice(0, 12)}`;

const workspaceMark = (workspace: string): string =>
  createHash('sha256').update(workspace).digest('hex').slice(0, 16);

const pixelsOf = ({ image: { raster } }: AnnotationResult): number =>
  raster.size[0] * raster.size[1];

function requireName(folder: string): void {
  if (DATASET_NAME.test(basename(folder))) return;
  throw new MarginaliaError(
    'dataset-name',
    `${basename(folder)} is no name of an nnU-Net dataset.`,
    'It takes three digits and a name of letters, digits, _ and -: Dataset501_Liver.',
  );
}

/** nnU-Net tells datasets apart by their numbers. */
async function requireFreeNumber(folder: string): Promise<void> {
  const own = basename(folder);
  const number = own.slice(0, 'Dataset000_'.length);
  const names = await readdir(dirname(folder)).catch(() => []);
  const other = names.find((name) => name.startsWith(number) && name !== own);
  if (other === undefined) return;
  throw new MarginaliaError(
    'dataset-name',
    `There is another dataset with the number of ${own}: ${other}. nnU-Net tells them apart by it.`,
    'Give the new dataset another number.',
  );
}

/** nnU-Net refuses images with values that are no numbers. */
async function requireFinite(result: AnnotationResult): Promise<void> {
  const { data } = result.image;
  if (!(data instanceof Float32Array)) return;
  const pixels = pixelsOf(result);
  let isFinite = true;
  for (let from = 0; isFinite && from < data.length; from += pixels) {
    isFinite = data.subarray(from, from + pixels).every(Number.isFinite);
    await setImmediate();
  }
  if (isFinite) return;
  throw new MarginaliaError(
    'not-finite',
    'The image has values that are no numbers, which nnU-Net does not take.',
    'Export the labels as NIfTI, and mend the image there.',
  );
}

/** Files of the case may be replaced where this workspace wrote them, for this very series. */
async function requireOwn(folder: string, name: string, wanted: NnunetCase): Promise<void> {
  const files = [`imagesTr/${name}_0000${FILE_ENDING}`, `labelsTr/${name}${FILE_ENDING}`];
  const record = `provenance/${name}.json`;
  const found = await Promise.all([...files, record].map((file) => isThere(join(folder, file))));
  if (!found.includes(true)) return;
  const text = await readFile(join(folder, record), 'utf8').catch(() => '');
  const parsed = nnunetProvenanceSchema.safeParse(jsonOr(text, null));
  const own =
    parsed.success &&
    parsed.data.nnunet.series === wanted.result.digests.stack &&
    parsed.data.nnunet.workspace === workspaceMark(wanted.workspace);
  if (own) return;
  throw new MarginaliaError(
    'case-exists',
    `The dataset has the case ${name} already, and not from this workspace.`,
    `Move ${[...files, record].join(', ')} away to replace it, or export into another dataset.`,
  );
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

function jsonOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

const nothingDecided = (isUnseen: boolean): MarginaliaError =>
  new MarginaliaError(
    'nothing-decided',
    'There is no slice in which all labels were accepted or corrected: nnU-Net would have nothing to learn from.',
    isUnseen
      ? 'Look at some slices and accept them, or have those taught that were accepted unseen.'
      : 'Decide on some slices, or have undecided slices taught as they are.',
  );

/** The text of dataset.json; undefined where there is none. */
async function readText(folder: string): Promise<string | undefined> {
  const path = join(folder, DATASET_JSON);
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new MarginaliaError('dataset-differs', `${path} cannot be read (${error.code}).`);
  });
}

async function parseOld(folder: string, text: string | undefined): Promise<Dataset | undefined> {
  if (text !== undefined) return parseDataset(text, join(folder, DATASET_JSON));
  const others = await trainingCases(folder);
  if (others.size === 0) return undefined;
  throw new MarginaliaError(
    'dataset-differs',
    `${folder} has training images, but no ${DATASET_JSON}.`,
    'Put it there, or export into a new dataset.',
  );
}

/** As nnU-Net finds them: by the names of the images without channel and ending. */
async function trainingCases(folder: string): Promise<Set<string>> {
  const names = await readdir(join(folder, 'imagesTr')).catch(() => []);
  const images = names.filter((name) => name.endsWith(FILE_ENDING) && !name.startsWith('.'));
  return new Set(images.map((name) => name.slice(0, -FILE_ENDING.length - '_0000'.length)));
}

const describe = ({ application }: AnnotationResult): string =>
  `Made with Marginalia ${application.version}. ${RESEARCH_NOTICE} Where every case came from is in provenance/.`;

/**
 * Counted when it is its turn: nobody else of this process writes to the folder then.
 * @param before its text, which the case was fitted to.
 */
function datasetFile(
  folder: string,
  name: string,
  dataset: (cases: number) => Dataset,
  before: string | undefined,
): OutputFile {
  const text = async (): Promise<string> => {
    if ((await readText(folder)) !== before) {
      throw new MarginaliaError(
        'dataset-changed',
        `Somebody else wrote to ${basename(folder)} in the meantime.`,
        'Export again.',
      );
    }
    const cases = (await trainingCases(folder)).add(name);
    return `${JSON.stringify(dataset(cases.size), null, 2)}\n`;
  };
  return {
    name: DATASET_JSON,
    atMost: Buffer.byteLength(JSON.stringify(dataset(1), null, 2)) + 16,
    content: async function* () {
      yield Buffer.from(await text());
    },
  };
}

/** Integers of a byte; made when they are written, of the slices of the image. @param ignores whether what nobody decided is. */
function labelsFile(
  name: string,
  { acquisition, labels, contents }: AnnotationResult,
  on: OnGrid,
  ignore: number | null,
  ignores: boolean,
  map: () => Promise<Uint8Array>,
): OutputFile {
  const { grid, resampled } = on;
  const image = {
    grid,
    acquisition,
    range: [0, ignore ?? labels.length],
    labels: true,
    undecided: holdsUndecided(contents) && !ignores,
    resampled: resampled !== null,
  } as const;
  const bytes = grid.size[0] * grid.size[1] * grid.size[2];
  return niftiFile(name, image, bytes, async () => [await on.labels(await map())]);
}
