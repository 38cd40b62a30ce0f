import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addTokenizer } from '../../main/engine/bundle/add-tokenizer.ts';
import { openBundle, type Bundle } from '../../main/engine/bundle/bundle.ts';
import { TOKENIZER_FILE } from '../../main/engine/bundle/file-names.ts';
import {
  importCheckpoint,
  type ImportProgress,
} from '../../main/engine/bundle/import-checkpoint.ts';
import { listModels, resolveBundle } from '../../main/engine/bundle/library.ts';
import type { ArchitectureChoices } from '../../main/engine/bundle/infer-architecture.ts';
import type { Architecture, BackboneName } from '../../main/engine/medclipseg/config.ts';
import { addModel } from '../../main/services/models/index.ts';
import { UsageError } from '../../shared/errors.ts';
import { modelNameOf } from '../../shared/model-name.ts';
import { interruptSignal } from '../interrupt.ts';
import { keptOnce, progressLine, progressText } from '../output.ts';
import { parseCount, parseNumber } from '../parse.ts';

interface ImportCommand extends Pick<ArchitectureChoices, 'context' | 'beta' | 'temperature'> {
  readonly out?: string;
  readonly name?: string;
  readonly config?: string;
  readonly tokenizer?: string;
  readonly heads?: readonly [number, number];
  readonly fusion?: readonly number[];
}

export function registerImport(model: Command): void {
  model
    .command('import')
    .description(
      'add a published checkpoint to the library; its architecture is read from its tensors',
    )
    .argument('<checkpoint>', '.pth, .pt or .bin that torch.save wrote; or the folder of a bundle')
    .option('--name <name>', 'in the library (default: as the file is called)')
    .option('--out <bundle>', 'folder to make, instead of adding it to the library')
    .option('--config <file>', 'config.json with the architecture, instead of reading it')
    .option(
      '--tokenizer <file>',
      'vocab.txt or tokenizer.json of the text encoder (CLIP’s comes along)',
    )
    .option('--heads <vision,text>', 'heads of the two towers (default: width / 64)', parseHeads)
    .option(
      '--context <n>',
      'length of a prompt in tokens (default: 256, or all that the model has)',
      parseCount('--context', 1),
    )
    .option(
      '--fusion <layers>',
      'layers before which an adapter acts (default: from 1 on)',
      parseLayers,
    )
    .option(
      '--beta <weight>',
      'weight of the uncertainty penalty (default: 2.35)',
      parseNumber('--beta', (n) => n >= 0, 'a number from 0'),
    )
    .option(
      '--temperature <value>',
      'temperature of the contrastive loss (default: 0.2)',
      parseNumber('--temperature', (n) => n > 0, 'a number above 0'),
    )
    .action(async (checkpoint: string, options: ImportCommand) => {
      const { out, name, config, tokenizer, heads, fusion, ...choices } = options;
      const line = progressLine();
      const shared = {
        ...(config !== undefined && { config }),
        ...(tokenizer !== undefined && { tokenizer }),
        choices: {
          ...choices,
          ...(heads !== undefined && { visionHeads: heads[0], textHeads: heads[1] }),
          ...(fusion !== undefined && { fusionLayers: fusion }),
        },
        signal: interruptSignal(),
      };
      let bundle: Bundle;
      let sharedBytes = 0;
      try {
        if (out !== undefined) {
          const onProgress = ({ bytes, of }: ImportProgress): void =>
            line.show(progressText('Reading the checkpoint', bytes / of));
          const donors = listModels().map(({ folder }) => folder);
          bundle = await importCheckpoint({ checkpoint, out, donors, ...shared, onProgress });
        } else {
          const onProgress = (text: string, done: number | null): void =>
            line.show(progressText(text, done));
          const called = name ?? modelNameOf(checkpoint);
          const added = await addModel({ from: checkpoint, name: called, ...shared, onProgress });
          bundle = await openBundle(added.model.folder);
          sharedBytes = added.shared;
        }
      } finally {
        line.end();
      }
      console.log(`Imported ${bundle.json.name}: ${bundle.folder}`);
      if (sharedBytes > 0) console.log(keptOnce(sharedBytes));
      console.log(describeArchitecture(bundle.architecture));
      if (config === undefined && !statSync(checkpoint).isDirectory()) {
        console.log(
          'Heads, context, layers with an adapter, β and τ are not in the file: where no option said otherwise, they are the published values.',
        );
      }
      if (bundle.json.untrained) {
        console.log(
          'The file has towers only: adapters and head have learned nothing yet. Annotate slices and let it learn (`marginalia learn`); it suggests once that version is kept.',
        );
      }
      const { tokenizer: origin } = bundle.json.provenance;
      if (tokenizer === undefined && typeof origin === 'string')
        console.log(`Tokenizer: ${origin}.`);
      if (tokenizer === undefined && !existsSync(join(bundle.folder, TOKENIZER_FILE))) {
        console.log(
          bundle.architecture.backbone === 'clip'
            ? 'Without --tokenizer it reads token ids only: its vocabulary is not that of CLIP, whose tokenizer comes along.'
            : 'Without --tokenizer it reads token ids only. The vocabulary of BiomedBERT does not come with Marginalia: for text prompts get the vocab.txt of microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract, then: marginalia model tokenizer <model> vocab.txt',
        );
      }
    });
}

const TOWERS: Readonly<Record<BackboneName, string>> = {
  unimedclip: 'UniMedCLIP',
  clip: 'CLIP or PubMedCLIP',
  biomedclip: 'BiomedCLIP',
};

export function registerTokenizer(model: Command): void {
  model
    .command('tokenizer')
    .description('give a model that reads token ids only the vocabulary of its text encoder')
    .argument('<model>', 'folder or name')
    .argument('<file>', 'vocab.txt or tokenizer.json')
    .action(async (name: string, file: string) => {
      const bundle = await addTokenizer(resolveBundle(name), file);
      console.log(`${bundle.json.name} reads text prompts now: ${bundle.folder}`);
    });
}

/** All that was read or assumed, one thing a line. */
function describeArchitecture(a: Architecture): string {
  const rows = [
    ['towers', TOWERS[a.backbone ?? 'unimedclip']],
    ['image', `${a.image} × ${a.image} pixels, patches of ${a.patch}`],
    ['vision', `${a.layers} layers, width ${a.visionWidth}, heads: ${a.visionHeads}`],
    ['text', `${a.layers} layers, width ${a.textWidth}, heads: ${a.textHeads}, ${a.vocab} tokens`],
    ['prompts', `${a.context} tokens, of ${a.maxPosition} positions`],
    ['adapters', `width ${a.adapter}, before layers ${a.fusionLayers.join(', ')}; β ${a.beta}`],
    ['head', `joint width ${a.joint}, ${a.numUpscale} times twice the size; τ ${a.temperature}`],
  ];
  return rows.map(([name, text]) => `  ${name!.padEnd(9)} ${text!}`).join('\n');
}

/** `12` for both towers, or `12,8`. */
function parseHeads(value: string): [number, number] {
  const counts = value.split(',').map(parseCount('--heads', 1));
  if (counts.length <= 2) return [counts[0]!, counts.at(-1)!];
  throw new UsageError(
    `--heads cannot be “${value}”.`,
    'It takes the heads of the vision and of the text tower, e.g. 12,8, or one number for both.',
  );
}

/** `1,2,3` */
function parseLayers(value: string): number[] {
  const layers = value.split(',').map(parseCount('--fusion', 0));
  if (layers.every((n, i) => i === 0 || n > layers[i - 1]!)) return layers;
  throw new UsageError(`--fusion cannot be “${value}”.`, 'The layers ascend, e.g. 1,2,3.');
}
