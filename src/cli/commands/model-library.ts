import type { Command } from 'commander';
import { findModel, inspectModels, type LibraryEntry } from '../../main/engine/bundle/library.ts';
import type { DeviceChoice } from '../../main/engine/runtime/devices.ts';
import { forkEngine } from '../../main/engine/process/spawn.ts';
import {
  cardOf,
  makeDefault,
  measureModel,
  removeModel,
} from '../../main/services/models/index.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { interruptSignal } from '../interrupt.ts';
import { progressLine, table } from '../output.ts';
import { parseCount, parseDeviceChoice } from '../parse.ts';

/** What the dialog of models in the window does, for all workspaces. */
export function registerLibrary(model: Command): void {
  model
    .command('list')
    .description('models of the library: family, variants by precision, size; what cannot be used')
    .option('--json', 'machine-readable result')
    .action(async ({ json }: { json?: boolean }) => {
      const chosen = defaultId();
      const models = (await inspectModels()).map((entry) => describeEntry(entry, chosen));
      console.log(json ? JSON.stringify({ models }) : listing(models));
    });

  model
    .command('info')
    .description('what a model is for, its licence and prompts, and how fast it is here')
    .argument('<model>', 'its name in the library')
    .option('--measure', 'try how fast it is on this machine, and what memory it takes')
    .option(
      '--device <device>',
      'to measure on: auto, cpu, webgpu or cuda',
      parseDeviceChoice,
      'auto',
    )
    .option('--samples <n>', 'to measure with', parseCount('--samples', 0), 30)
    .option('--json', 'machine-readable result')
    .action(async (name: string, options: InfoOptions) => {
      if (options.measure) await measure(name, options);
      const card = cardOf(name);
      console.log(options.json ? JSON.stringify(card) : describeCard(card));
    });

  model
    .command('default')
    .description('the model that is meant where none is named; with a name: makes it that one')
    .argument('[model]', 'its name in the library; shipped for the one that came with Marginalia')
    .action((name: string | undefined) => {
      if (name !== undefined) makeDefault(findModel(name));
      const { id, name: called, folder } = findModel('default');
      console.log(`The default is ${id === 'default' ? 'the shipped model' : called}: ${folder}`);
    });

  model
    .command('remove')
    .description('delete a model of the library; what it shares with others stays')
    .argument('<model>', 'its name in the library')
    .action(async (name: string) => {
      const found = findModel(name);
      const { bytes, shared, isDefault } = cardOrNothing(found.id);
      await removeModel(found);
      console.log(`Removed ${found.id}; ${megabytes(bytes - shared)} MB of it were its own.`);
      if (isDefault) console.log('It was the default; the shipped model is the default again.');
    });
}

interface InfoOptions {
  readonly measure?: boolean;
  readonly device: DeviceChoice;
  readonly samples: number;
  readonly json?: boolean;
}

async function measure(name: string, { device, samples }: InfoOptions): Promise<void> {
  const line = progressLine();
  try {
    await measureModel(findModel(name).folder, {
      spawn: forkEngine,
      device,
      samples,
      now: () => performance.now() / 1000,
      signal: interruptSignal(),
      onProgress: (text) => line.show(text),
    });
  } finally {
    line.end();
  }
}

function defaultId(): string | null {
  try {
    return findModel('default').id;
  } catch {
    return null;
  }
}

type Card = ReturnType<typeof cardOf>;

/** A damaged model can be removed as well. */
function cardOrNothing(id: string): Pick<Card, 'bytes' | 'shared' | 'isDefault'> {
  try {
    return cardOf(id);
  } catch {
    return { bytes: 0, shared: 0, isDefault: false };
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function describeCard(card: Card): string {
  const { measured, prompts, sharesWith } = card;
  const rows: [string, string][] = [
    ['version', `${card.version}, ${card.hash.slice(0, 12)}…, family ${card.family.slice(0, 12)}…`],
    ['for', card.description || '–'],
    ['licence', card.licence],
    [
      'size',
      `${megabytes(card.bytes)} MB${sharesWith.length > 0 ? `, of which ${megabytes(card.shared)} MB are kept once with ${sharesWith.join(', ')}` : ''}`,
    ],
    ['here', measured === null ? 'not measured: --measure' : speed(measured)],
    ['folder', card.folder],
  ];
  const lines = rows.map(([title, text]) => `  ${title.padEnd(8)} ${text}`);
  const asked = prompts.map(
    ({ label, prompt, modality }) => `    ${label}: “${prompt}”${modality ? ` (${modality})` : ''}`,
  );
  return [
    `${card.id}${card.isDefault ? ' (default)' : ''}`,
    ...lines,
    ...(asked.length > 0 ? ['  prompts that it knows', ...asked] : []),
    ...(card.untrained
      ? ['  untrained: it suggests nothing before a round of learning was kept']
      : []),
    ...(card.problem ? [`  cannot be used: ${card.problem.message}`] : []),
  ].join('\n');
}

const speed = (m: NonNullable<Card['measured']>): string =>
  `${m.firstMaskSeconds.toFixed(2)} s to a first mask, ${m.pictureSeconds.toFixed(2)} s a picture with ${m.samples} samples, ${megabytes(m.memoryBytes)} MB of memory, on ${m.device}`;

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly shipped: boolean;
  readonly default: boolean;
  readonly version?: string;
  readonly family?: string;
  readonly variants?: readonly {
    readonly precision: string;
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
  }[];
  /** Why it cannot be used. */
  readonly error?: ErrorInfo;
}

/** A model in the JSON output. */
function describeEntry(entry: LibraryEntry, chosen: string | null): Entry {
  const { id, name, folder, shipped, bundle } = entry;
  const about = { id, name, folder, shipped, default: id === chosen };
  if ('code' in bundle) return { ...about, error: bundle };
  const { json, family, variants } = bundle;
  return {
    ...about,
    version: json.version,
    family,
    variants: variants.map(({ precision, file, hash }) => ({
      precision,
      file,
      sha256: hash,
      bytes: json.files[file]!.bytes,
    })),
  };
}

/** A row for every variant, then what is wrong with the others. */
function listing(models: readonly Entry[]): string {
  if (models.length === 0) return 'There is no model in the library.';
  const rows = models.flatMap(({ id, version, family, variants = [], default: isDefault }) =>
    variants.map(({ precision, sha256, bytes }) => [
      id,
      version ?? '',
      family?.slice(0, 12) ?? '',
      precision,
      sha256.slice(0, 12),
      megabytes(bytes),
      isDefault ? 'default' : '',
    ]),
  );
  const broken = models.flatMap(({ id, error }) =>
    error === undefined ? [] : [`${id} cannot be used: ${error.message}`],
  );
  const head = ['model', 'version', 'family', 'precision', 'variant', 'MB', ''];
  return [...(rows.length > 0 ? [table(head, rows)] : []), ...broken].join('\n');
}
