import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  labelledStacks,
  missingFiles,
  openSession,
} from '../../main/services/workstation/index.ts';
import {
  defaultWorkspaceFolder,
  openWorkspace,
  type OpenedStack,
  type Workspace,
} from '../../main/workspace/index.ts';
import type { StreamInput, StreamOutput } from '../../shared/contract/index.ts';
import { formatByDefault, isResampledFor, type ExportFormat } from '../../shared/export-formats.ts';
import { MarginaliaError, UsageError } from '../../shared/errors.ts';
import { INCLUDED, INCLUDED_BY_DEFAULT, type Included } from '../../shared/export-contents.ts';
import { CHANNEL_NAME, DATASET_NAME, UNDECIDED, type Undecided } from '../../shared/nnunet.ts';
import { commandHost, EVERYWHERE } from '../host.ts';
import { interruptSignal } from '../interrupt.ts';
import { contentsTable } from '../export-contents.ts';
import { progressLine, table } from '../output.ts';

type Input = StreamInput<'export.run'>;
type Output = StreamOutput<'export.run'>;
type Format = Exclude<ExportFormat, 'nnunet'>;

/** Options by the format that they ask for. */
const FORMATS = {
  nifti: 'nifti',
  bids: 'bids',
  dicomSeg: 'dicom-seg',
  dicomLabelmap: 'dicom-labelmap',
  png: 'png',
  coco: 'coco',
  published: 'published',
  csv: 'csv',
  report: 'report',
} as const satisfies Readonly<Record<string, Format>>;

interface Options extends Partial<Readonly<Record<keyof typeof FORMATS, boolean>>> {
  readonly out?: string;
  /** Folder of the dataset. */
  readonly nnunet?: string;
  readonly channel?: string;
  readonly include: Included;
  readonly undecided: Undecided;
  readonly acceptedUnseen: Undecided;
  readonly identified?: boolean;
  readonly workspace: string;
  readonly json?: boolean;
}

export function registerExport(program: Command): void {
  program
    .command('export')
    .description(
      'write what was labelled in the window for other tools; without a series, list what there is',
    )
    .argument('[series]', 'its number in the list, or its UID')
    .option('--out <dir>', 'folder to write to')
    .option(
      '--nifti',
      'labels, and the probability and uncertainty of the model; the default for volumes',
    )
    .option('--bids', 'the same as a BIDS derivative')
    .option(
      '--dicom-seg',
      'DICOM segmentation, in the study of a DICOM series: it names the patient',
    )
    .option('--dicom-labelmap', 'the same as one map')
    .option(
      '--png',
      'masks, one a picture, label values in 8 bit; the default for what is no volume',
    )
    .option('--coco', 'a data set in the format of COCO: pictures, and labels as run lengths')
    .option(
      '--published',
      'a data set as the published code of the model reads it: pictures, masks and a table of prompts',
    )
    .option('--csv', 'sizes and statistics of labels')
    .option('--report', 'an HTML page to read and print')
    .option(
      '--include <what>',
      'labels: decided (of accepted and corrected slices alone), painted (all that is painted, decided or not), or suggested (that, and suggestions where nothing is decided, as accepting them would have it)',
      parseIncluded,
      INCLUDED_BY_DEFAULT,
    )
    .option(
      '--nnunet <dir>',
      'make an nnU-Net v2 dataset, or add to it: a folder called DatasetNNN_Name',
      parseDataset,
    )
    .option(
      '--channel <name>',
      'what the image is in an nnU-Net dataset, such as T2; default: as the header says',
      parseChannel,
    )
    .option(
      '--undecided <what>',
      'slices of an nnU-Net case that nobody decided on, suggested or not: ignore, or as-is',
      (value) => parseUndecided('--undecided', value),
      'ignore',
    )
    .option(
      '--accepted-unseen <what>',
      'slices of it accepted among many without a look, where undecided ones are ignored: ignore, or as-is',
      (value) => parseUndecided('--accepted-unseen', value),
      'ignore',
    )
    .option('--identified', 'say who the patient is where an export is not DICOM, too')
    .option(
      '--workspace <dir>',
      'folder of labels, settings and learned adapters',
      defaultWorkspaceFolder(),
    )
    .option('--json', 'machine-readable result')
    .action((series: string | undefined, options: Options) =>
      series === undefined ? list(options) : run(series, options),
    );
}

function parseDataset(value: string): string {
  const folder = resolve(value);
  if (DATASET_NAME.test(basename(folder))) return folder;
  throw new UsageError(
    `“${value}” is no folder of an nnU-Net dataset.`,
    'It is called Dataset, three digits, _ and a name: --nnunet nnUNet_raw/Dataset501_Liver.',
  );
}

function parseChannel(value: string): string {
  if (CHANNEL_NAME.test(value)) return value;
  throw new UsageError(
    `--channel cannot be “${value}”.`,
    'It takes a name of letters and digits, such as T2.',
  );
}

function parseUndecided(option: string, value: string): Undecided {
  const mode = UNDECIDED.find((one) => one === value);
  if (mode !== undefined) return mode;
  throw new UsageError(`${option} cannot be “${value}”.`, 'It takes ignore or as-is.');
}

function parseIncluded(value: string): Included {
  const included = INCLUDED.find((one) => one === value);
  if (included !== undefined) return included;
  throw new UsageError(
    `--include cannot be “${value}”.`,
    'It takes decided, painted or suggested.',
  );
}

/** Opens an existing workspace; a missing one is not created, as it would hold nothing. */
function openExisting(folder: string): Workspace {
  if (existsSync(folder)) return openWorkspace(folder);
  throw new MarginaliaError(
    'no-workspace',
    `There is no workspace in ${folder}.`,
    'Say with --workspace where it is.',
  );
}

function list(options: Options): void {
  if (formatsOf(options).length > 0 || options.out !== undefined || options.nnunet !== undefined) {
    throw new UsageError(
      'It is not said which series to export.',
      'Without options, `marginalia export` lists them.',
    );
  }
  const workspace = openExisting(options.workspace);
  try {
    const all = labelled(workspace).map((stack) => about(workspace, stack));
    if (options.json) console.log(JSON.stringify({ workspace: workspace.folder, series: all }));
    else printList(all);
  } finally {
    workspace.close();
  }
}

const labelled = (workspace: Workspace): OpenedStack[] =>
  labelledStacks(workspace).sort((a, b) => a.number - b.number);

interface Listed {
  readonly number: number;
  readonly stack: string;
  readonly modality: string;
  readonly description: string;
  readonly size: readonly [number, number, number];
  readonly labels: readonly { readonly name: string; readonly value: number }[];
  /** Slices that hold a label. */
  readonly painted: number;
  /** Slices that were accepted, corrected or rejected. */
  readonly decided: number;
  /** Of those, the ones that were accepted among many without a look. */
  readonly acceptedUnseen: number;
  /** Whether its files are where they were. */
  readonly present: boolean;
}

function about({ labels, slices }: Workspace, opened: OpenedStack): Listed {
  const { number, stack, modality, description, size } = opened;
  const decided = slices.decided(stack);
  return {
    number,
    stack,
    modality,
    description,
    size,
    labels: labels.list(stack).map(({ name, value }) => ({ name, value })),
    painted: slices.painted(stack).length,
    decided: decided.length,
    acceptedUnseen: decided.filter(({ state }) => state === 'accepted-unseen').length,
    present: missingFiles(opened).length === 0,
  };
}

function printList(all: readonly Listed[]): void {
  if (all.length === 0) {
    console.log('No series has labels yet.');
    return;
  }
  const rows = all.map((one) => [
    String(one.number),
    one.modality,
    one.description || 'without description',
    one.labels.map(({ name }) => name).join(', '),
    `${one.decided}/${one.size[2]}`,
    one.present ? '' : 'its files are gone',
  ]);
  console.log(table(['number', '', 'series', 'labels', 'decided', ''], rows));
}

const formatsOf = (options: Options): Format[] =>
  Object.entries(FORMATS)
    .filter(([name]) => options[name as keyof typeof FORMATS])
    .map(([, format]) => format);

/** @throws UsageError where it is not said where or what to write. */
function requireWhereAndWhat(options: Options): void {
  const { nnunet, out } = options;
  const isAsked = formatsOf(options).length > 0;
  if (out === undefined && (isAsked || nnunet === undefined)) {
    throw new UsageError('It is not said where to write to.', 'Give --out <dir>.');
  }
  if (out !== undefined && !isAsked && nnunet !== undefined) {
    throw new UsageError('There is nothing to write into --out.', 'Say what, such as --nifti.');
  }
}

/**
 * One export for the dataset, which may refuse, and one for all that lies in a folder.
 * @param otherwise what is written where nothing is asked for.
 */
function requestsOf(options: Options, otherwise: ExportFormat): Omit<Input, 'stack'>[] {
  const { nnunet, channel, undecided, acceptedUnseen, include, out } = options;
  const asked = formatsOf(options);
  const formats = asked.length > 0 ? asked : [otherwise];
  const deidentify = options.identified !== true;
  const requests: Omit<Input, 'stack'>[] = [];
  if (nnunet !== undefined) {
    const dataset = basename(nnunet);
    const how = {
      dataset,
      undecided,
      acceptedUnseen,
      ...(channel !== undefined && { channel }),
    };
    requests.push({ folder: nnunet, formats: ['nnunet'], deidentify, include, nnunet: how });
  }
  if (out !== undefined) requests.push({ folder: resolve(out), formats, deidentify, include });
  return requests;
}

async function run(wanted: string, options: Options): Promise<void> {
  requireWhereAndWhat(options);
  const signal = cancellable();
  const workspace = openExisting(options.workspace);
  const session = openSession(commandHost(EVERYWHERE), workspace);
  const progress = progressLine();
  const emit = ({ text }: { readonly text: string }): void => progress.show(text);
  const context = { signal, emit, ready: () => Promise.resolve() };
  try {
    const opened = choose(workspace, wanted);
    const image = await session.streams['volumes.open'](
      { stack: opened.stack },
      { ...context, emit: (frame) => frame.kind === 'progress' && emit(frame) },
    );
    // What an earlier version resampled has a name of its own now.
    const { id: stack } = image.stack;
    const exports: Output[] = [];
    for (const request of requestsOf(options, formatByDefault(image))) {
      progress.end();
      if (request.formats.some((format) => isResampledFor(format, image)))
        console.error(
          'The slices lie on no regular grid: volumes are resampled, labels from the nearest slice.',
        );
      exports.push(await session.streams['export.run']({ stack, ...request }, context));
    }
    progress.end();
    if (options.json) console.log(JSON.stringify({ stack, exports }));
    else {
      exports.forEach(print);
      // All hold the same.
      console.log(`\n${contentsTable(exports[0]!.contents, options.include)}`);
    }
  } finally {
    progress.end();
    await session.close();
  }
}

/** Aborted by Ctrl-C, in words for the user. */
function cancellable(): AbortSignal {
  const controller = new AbortController();
  interruptSignal().addEventListener('abort', () =>
    controller.abort(new MarginaliaError('cancelled', 'The export was cancelled.')),
  );
  return controller.signal;
}

/** A stack by its number, its id, or the UID of its series where that has one stack. */
function choose(workspace: Workspace, wanted: string): OpenedStack {
  const all = labelled(workspace);
  const ofSeries = all.filter(({ seriesInstanceUid }) => seriesInstanceUid === wanted);
  const match =
    all.find(({ number, stack }) => String(number) === wanted || stack === wanted) ??
    (ofSeries.length === 1 ? ofSeries[0] : undefined);
  if (match !== undefined) return match;
  throw new MarginaliaError(
    'no-such-series',
    `There is no series ${wanted} with labels in ${workspace.folder}.`,
    '`marginalia export` lists those that there are.',
  );
}

function print({ folder, files, nnunet }: Output): void {
  if (nnunet === null) {
    console.log(`${files.join('\n')}\n\nResults are in ${folder}. For research use only.`);
    return;
  }
  const { case: name, pictures, undecided, ignored, unseenIgnored } = nnunet;
  console.log(
    pictures === null
      ? `${name} is in ${folder}.`
      : `${pictures} pictures are in ${folder}, as ${name}_….`,
  );
  const left = pictures === null ? 'nnU-Net ignores them' : 'they are left out';
  if (undecided > 0) {
    const taught = ignored ? left : 'they are taught as they are';
    console.log(`${undecided} slices are not decided: ${taught}.`);
  }
  if (unseenIgnored > 0) console.log(`${unseenIgnored} slices are accepted unseen: ${left}.`);
}
