import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { nnunetProvenanceSchema } from '../annotation-provenance.ts';
import { writeFiles } from '../atomic.ts';
import { onGrid } from '../on-grid.ts';
import { jsonFile } from '../output-files.ts';
import { RESEARCH_NOTICE } from '../provenance.ts';
import { annotationProvenance, requireConsistent, type AnnotationResult } from '../result.ts';
import {
  datasetFile,
  isThere,
  parseOld,
  readText,
  requireFreeNumber,
  requireName,
} from './dataset-folder.ts';
import { fitInto, newDataset } from './dataset.ts';
import { pictureTraining } from './picture-cases.ts';
import { seriesName, type NnunetCase, type Training } from './training.ts';
import { volumeTraining } from './volume-case.ts';

export { channelName } from './channel.ts';

/** Cases that fit into their dataset, to be written. */
export interface PreparedCases {
  /** Of the case; of pictures, what the names of all begin with. */
  readonly name: string;
  /** How many pictures are cases; null where the series is one case. */
  readonly pictures: number | null;
  /** Slices, from 0, in which not every label was decided on. */
  readonly undecided: readonly number[];
  /** Whether those are marked to be ignored, or are no cases. */
  readonly ignored: boolean;
  /** Other slices of which the same is true, as they were accepted without a look. */
  readonly unseenIgnored: readonly number[];
  /** In the folder of the dataset. */
  readonly files: readonly string[];
  readonly write: (options: { readonly signal?: AbortSignal }) => Promise<void>;
}

/**
 * A series in an nnU-Net v2 raw dataset, new or not: imagesTr, labelsTr, provenance/<series>.json, and
 * dataset.json, which is replaced last. What is grey and lies on a grid, or can be brought onto one, is one case (`volumeTraining`), of everything
 * else each slice is one (`pictureTraining`). All files or none; cases that this workspace exported before are replaced,
 * nothing else is.
 * @param folder of the dataset, `DatasetNNN_Name`.
 * @returns what is written by `write`, which throws as `writeFiles`, and `dataset-changed`.
 * @throws MarginaliaError `dataset-name`, `dataset-differs`, `case-exists`, `case-undecided`,
 *   `nothing-decided`, `not-finite`, `not-representable`, `nothing-labelled`, `label-name`,
 *   `too-many-labels`, `no-label`; as `onGrid`.
 */
export async function prepareNnunetCase(
  folder: string,
  wanted: NnunetCase,
): Promise<PreparedCases> {
  const { result } = wanted;
  requireConsistent(result);
  requireName(folder);
  const { raster, channels, resamplable } = result.image;
  const on = channels === 1 && (raster.isGrid || resamplable) ? onGrid(result) : null;
  const training = on ? await volumeTraining(wanted, on) : pictureTraining(wanted);
  const { about, cases, undecided, unseenIgnored } = training;
  const names = cases.map((one) => one.case);
  const name = seriesName(result);
  await requireOwn(folder, name, wanted, training);
  if (cases.length === 0) throw nothingDecided(unseenIgnored.length > 0);
  const text = await readText(folder);
  const old = await parseOld(folder, text);
  if (old === undefined) await requireFreeNumber(folder);
  const fit = old ? fitInto(old, about) : newDataset(basename(folder), describe(result), about);

  const record = nnunetProvenanceSchema.parse({
    ...annotationProvenance(result, on),
    nnunet: {
      case: name,
      ...(on === null && { cases }),
      series: result.digests.stack,
      workspace: workspaceMark(wanted.workspace),
      channel: wanted.channel,
      labels: result.labels.map((label, n) => ({
        name: label.name,
        value: label.value,
        datasetValue: fit.values[n]!,
      })),
      undecided: { slices: undecided, ignoreValue: about.ignores ? fit.ignore : null },
      unseenIgnored,
    },
  });
  const files = [
    // First what says whose the others are: a kill between two of them leaves what can be mended.
    jsonFile(recordOf(name), record),
    ...training.files(fit),
    datasetFile(folder, names, about.ending, fit.dataset, text),
  ];
  return {
    name,
    pictures: on ? null : cases.length,
    undecided,
    ignored: wanted.undecided === 'ignore' && undecided.length > 0,
    unseenIgnored,
    files: files.map((file) => file.name),
    write: (options) => writeFiles(folder, files, options),
  };
}

const recordOf = (name: string): string => `provenance/${name}.json`;

const workspaceMark = (workspace: string): string =>
  createHash('sha256').update(workspace).digest('hex').slice(0, 16);

/**
 * Files of the series may be replaced where this workspace wrote them, for this very series. Those of pictures
 * that would not be replaced would be taught although nobody stands for them any more.
 */
async function requireOwn(
  folder: string,
  name: string,
  wanted: NnunetCase,
  { cases, about: { ending } }: Training,
): Promise<void> {
  const record = recordOf(name);
  const files = await filesOf(folder, name);
  if (await isThere(join(folder, record))) files.push(record);
  if (files.length === 0) return;
  const text = await readFile(join(folder, record), 'utf8').catch(() => '');
  const parsed = nnunetProvenanceSchema.safeParse(jsonOr(text, null));
  const own =
    parsed.success &&
    parsed.data.nnunet.series === wanted.result.digests.stack &&
    parsed.data.nnunet.workspace === workspaceMark(wanted.workspace);
  if (!own) {
    throw new MarginaliaError(
      'case-exists',
      `The dataset has the case ${name} already, and not from this workspace.`,
      `Move ${listed(files)} away to replace it, or export into another dataset.`,
    );
  }
  const written = new Set([
    record,
    ...cases.flatMap((one) => [
      `imagesTr/${one.case}_0000${ending}`,
      `labelsTr/${one.case}${ending}`,
    ]),
  ]);
  const rest = files.filter((file) => !written.has(file));
  if (rest.length === 0 || cases.length === 0) return;
  throw new MarginaliaError(
    'case-undecided',
    `The dataset has pictures of an earlier export of this series that are no longer to be taught: ${listed(rest)}.`,
    'Move them away, or export into another dataset.',
  );
}

/** Images and labels of the cases of a series. */
async function filesOf(folder: string, name: string): Promise<string[]> {
  const parts = await Promise.all(
    ['imagesTr', 'labelsTr'].map(async (part) =>
      (await readdir(join(folder, part)).catch(() => []))
        .filter((file) => file.startsWith(`${name}_`) || file.startsWith(`${name}.`))
        .map((file) => `${part}/${file}`),
    ),
  );
  return parts.flat();
}

const NAMED = 4;
const listed = (files: readonly string[]): string =>
  files.length <= NAMED
    ? files.join(', ')
    : `${files.slice(0, NAMED).join(', ')} and ${files.length - NAMED} more`;

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

const describe = ({ application }: AnnotationResult): string =>
  `Made with Marginalia ${application.version}. ${RESEARCH_NOTICE} Where every case came from is in provenance/.`;
