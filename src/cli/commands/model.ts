import type { Command } from 'commander';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import { resolveBundle } from '../../main/engine/bundle/library.ts';
import { writeSafetensors } from '../../main/engine/bundle/safetensors.ts';
import { runReference, stepReference } from '../../main/engine/reference.ts';
import { probeDevice } from '../../main/engine/runtime/devices.ts';
import type { Device } from '../../main/engine/runtime/session.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { parseCount, parseDevice, parseNumber } from '../parse.ts';
import { registerDownload } from './model-download.ts';
import { registerImport, registerTokenizer } from './model-import.ts';
import { registerLibrary } from './model-library.ts';

export function registerModel(program: Command): void {
  const model = program
    .command('model')
    .description('Models: list, import, remove, default; check their numbers');

  registerLibrary(model);
  registerDownload(model);
  registerImport(model);
  registerTokenizer(model);

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
