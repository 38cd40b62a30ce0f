import type { Command } from 'commander';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import {
  inspectModels,
  resolveBundle,
  type LibraryEntry,
} from '../../main/engine/bundle/library.ts';
import { writeSafetensors } from '../../main/engine/bundle/safetensors.ts';
import { runReference, stepReference } from '../../main/engine/reference.ts';
import { probeDevice } from '../../main/engine/runtime/devices.ts';
import type { Device } from '../../main/engine/runtime/session.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { table } from '../output.ts';
import { parseCount, parseDevice, parseNumber } from '../parse.ts';
import { registerImport } from './model-import.ts';

export function registerModel(program: Command): void {
  const model = program.command('model').description('Import models and check their numbers');

  model
    .command('list')
    .description('models of the library: family, variants by precision, size; what cannot be used')
    .option('--json', 'machine-readable result')
    .action(async ({ json }: { json?: boolean }) => {
      const models = (await inspectModels()).map(describeEntry);
      console.log(json ? JSON.stringify({ models }) : listing(models));
    });

  registerImport(model);

  model
    .command('run')
    .description(
      'run a bundle on given tensors and noise, for comparison with other implementations',
    )
    .argument('<bundle>', 'folder or name')
    .requiredOption('--inputs <file>', 'io.safetensors')
    .requiredOption('--outputs <file>', 'safetensors file to write')
    .option('--device <device>', 'cpu, webgpu or cuda', parseDevice, 'cpu')
    .action(async (name: string, options: { inputs: string; outputs: string; device: Device }) => {
      const bundle = await openBundle(resolveBundle(name));
      await expectDevice(options.device);
      const tensors = await runReference(bundle, options.device, options.inputs);
      writeSafetensors(options.outputs, tensors);
    });

  model
    .command('step')
    .description('Adam steps on one batch with given noise, for comparison')
    .argument('<bundle>', 'folder or name')
    .requiredOption('--inputs <file>', 'io.safetensors')
    .requiredOption('--train <file>', 'train.safetensors')
    .requiredOption('--outputs <file>', 'safetensors file to write')
    .option('--steps <n>', 'number of steps', parseCount('--steps', 1), 5)
    .option(
      '--lr <rate>',
      'learning rate',
      parseNumber('--lr', (n) => n > 0, 'a positive number'),
      3e-4,
    )
    .option('--device <device>', 'cpu, webgpu or cuda', parseDevice, 'cpu')
    .action(
      async (
        name: string,
        options: {
          inputs: string;
          train: string;
          outputs: string;
          steps: number;
          lr: number;
          device: Device;
        },
      ) => {
        const bundle = await openBundle(resolveBundle(name));
        await expectDevice(options.device);
        writeSafetensors(options.outputs, await stepReference(bundle, options));
      },
    );
}

/** A device that is named must be usable, else the numbers of another device would be compared. */
async function expectDevice(device: Device): Promise<void> {
  const report = device === 'cpu' ? undefined : await probeDevice(device);
  if (report === undefined || report.usable) return;
  throw new MarginaliaError(
    'no-device',
    `The device ${device} cannot be used: ${report.reason}.`,
    'Leave --device out to use the CPU; `marginalia doctor` says what this machine has.',
  );
}

type Entry = ReturnType<typeof describeEntry>;

/** A model in the JSON output. */
function describeEntry({ name, folder, bundle }: LibraryEntry) {
  if ('code' in bundle) return { name, folder, error: bundle };
  const { json, family, variants } = bundle;
  return {
    name,
    folder,
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
  const rows = models.flatMap(({ name, version, family, variants = [] }) =>
    variants.map(({ precision, sha256, bytes }) => [
      name,
      version ?? '',
      family?.slice(0, 12) ?? '',
      precision,
      sha256.slice(0, 12),
      (bytes / 1e6).toFixed(1),
    ]),
  );
  const broken = models.flatMap(({ name, error }) =>
    error === undefined ? [] : [`${name} cannot be used: ${error.message}`],
  );
  const head = ['model', 'version', 'family', 'precision', 'variant', 'MB'];
  return [...(rows.length > 0 ? [table(head, rows)] : []), ...broken].join('\n');
}
