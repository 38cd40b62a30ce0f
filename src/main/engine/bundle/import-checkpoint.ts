import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { isTrainable, type Architecture } from '../medclipseg/config.ts';
import { tensorShapes } from '../medclipseg/shapes.ts';
import { fileDigest, openBundle, sha256, shapeText, type Bundle } from './bundle.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { readText } from './file-errors.ts';
import { ADAPTERS_FILE, MODEL_FILE, TOKENIZER_FILE, WEIGHTS_FILE } from './file-names.ts';
import {
  ArchitectureSchema,
  describeProblem,
  ModelJson,
  PUBLISHED_PREPROCESSING,
} from './model-json.ts';
import { inNewFolder } from './new-folder.ts';
import { streamSafetensors, type StreamedTensor } from './safetensors.ts';
import { inspectTokenizer } from './tokenizer.ts';

const number = z.number();

/** config.json of a published checkpoint; ArchitectureSchema judges its values. */
const PublishedConfig = z
  .object({
    image: number,
    patch: number,
    vision_width: number,
    vision_heads: number,
    text_width: number,
    text_heads: number,
    layers: number,
    vocab: number,
    context: number,
    max_position: number.optional(),
    joint: number,
    adapter: number,
    fusion_layers: z.array(number),
    num_upscale: number,
    beta: number,
    temperature: number,
  })
  .transform((c): Architecture => ({
    image: c.image,
    patch: c.patch,
    visionWidth: c.vision_width,
    visionHeads: c.vision_heads,
    textWidth: c.text_width,
    textHeads: c.text_heads,
    layers: c.layers,
    vocab: c.vocab,
    context: c.context,
    maxPosition: c.max_position ?? c.context,
    joint: c.joint,
    adapter: c.adapter,
    fusionLayers: c.fusion_layers,
    numUpscale: c.num_upscale,
    beta: c.beta,
    temperature: c.temperature,
    maskPadding: false,
  }))
  .pipe(ArchitectureSchema);

/** @throws MarginaliaError `no-such-file`, `bad-config` */
export function readPublishedConfig(path: string): Architecture {
  const text = readText(path);
  try {
    return PublishedConfig.parse(JSON.parse(text));
  } catch (error) {
    throw new MarginaliaError(
      'bad-config',
      `${path} does not describe an architecture: ${describeProblem(error)}.`,
      'It must be a JSON object with image, patch, vision_width, vision_heads, text_width, text_heads, layers, vocab, context, joint, adapter, fusion_layers, num_upscale, beta and temperature.',
    );
  }
}

export interface ImportOptions {
  readonly checkpoint: string;
  readonly config: string;
  readonly out: string;
  /** tokenizer.json of the text encoder; without it the bundle reads token ids only. */
  readonly tokenizer?: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes a bundle of a published checkpoint, whole or not at all. One tensor is in memory at a time.
 * @throws MarginaliaError `bad-config`, `bad-checkpoint`, `unsafe-checkpoint`, `missing-tensor`,
 *   `bad-tensor-shape`, `bad-tokenizer`, `tokenizer-mismatch`, `output-exists`, `output-busy`, `no-such-file`,
 *   `not-a-file`, `file-too-large`, `no-space`, `file-not-accessible`, `cancelled`.
 */
export async function importCheckpoint(options: ImportOptions): Promise<Bundle> {
  const out = resolve(options.out);
  if (existsSync(out) && (!statSync(out).isDirectory() || readdirSync(out).length > 0)) {
    throw new MarginaliaError(
      'output-exists',
      `${options.out} exists already.`,
      'Choose another --out, or remove it first.',
    );
  }
  const architecture = readPublishedConfig(options.config);
  const tokenizer =
    options.tokenizer === undefined
      ? ({ kind: 'wordpiece', padId: 0 } as const)
      : inspectTokenizer(options.tokenizer, architecture.vocab);
  try {
    // The place is taken before anything is awaited: of two imports to it the first goes on.
    await inNewFolder(out, bytesOf(architecture), async (partial) => {
      await writeTensors(partial, architecture, options);
      if (options.tokenizer !== undefined)
        copyFileSync(options.tokenizer, join(partial, TOKENIZER_FILE));
      writeFileSync(join(partial, 'MODEL_CARD.md'), modelCard(options));
      await writeModelJson(partial, {
        name: basename(out),
        description: `Imported from ${basename(options.checkpoint)}.`,
        architecture,
        tokenizer,
        provenance: {
          checkpoint: basename(options.checkpoint),
          checkpointSha256: await sha256(options.checkpoint),
        },
      });
      options.signal?.throwIfAborted();
    });
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    throw new MarginaliaError('cancelled', 'The import was cancelled; nothing was written.');
  }
  return openBundle(out);
}

/** weights.safetensors and adapters.safetensors of the checkpoint. */
async function writeTensors(
  folder: string,
  architecture: Architecture,
  { checkpoint: path, signal }: ImportOptions,
): Promise<void> {
  const checkpoint = await openCheckpoint(path);
  try {
    checkShapes(checkpoint, path, architecture);
    const tensors = [...tensorShapes(architecture)].map(([name, shape]): StreamedTensor => ({
      name,
      dtype: 'F32',
      shape,
      values: () => checkpoint.read(name),
    }));
    const write = (file: string, trainable: boolean): Promise<void> => {
      const part = tensors.filter(({ name }) => isTrainable(name) === trainable);
      return streamSafetensors(join(folder, file), part, signal);
    };
    await write(WEIGHTS_FILE, false);
    await write(ADAPTERS_FILE, true);
  } finally {
    await checkpoint.close();
  }
}

/** model.json of a published model, with the hashes of the files that lie beside it. */
async function writeModelJson(
  folder: string,
  what: Pick<ModelJson, 'name' | 'description' | 'tokenizer' | 'provenance'> & {
    architecture: Architecture;
  },
): Promise<void> {
  const files: ModelJson['files'] = {};
  for (const name of readdirSync(folder).sort()) files[name] = await fileDigest(join(folder, name));
  const json: ModelJson = ModelJson.parse({
    format: 'marginalia-model',
    formatVersion: 1,
    version: '1',
    preprocessing: PUBLISHED_PREPROCESSING,
    prompts: [],
    licence: 'as the checkpoint it was imported from',
    ...what,
    files,
  });
  writeFileSync(join(folder, MODEL_FILE), `${JSON.stringify(json, null, 2)}\n`);
}

function checkShapes(checkpoint: Checkpoint, path: string, a: Architecture): void {
  for (const [name, shape] of tensorShapes(a)) {
    const actual = checkpoint.shapes.get(name);
    if (actual === undefined) {
      throw new MarginaliaError(
        'missing-tensor',
        `The checkpoint ${path} lacks the tensor ${name}.`,
        'The config describes another architecture, or the file is of another model.',
      );
    }
    if (shapeText(actual) !== shapeText(shape)) {
      throw new MarginaliaError(
        'bad-tensor-shape',
        `The tensor ${name} of ${path} is ${shapeText(actual)}; the config asks for ${shapeText(shape)}.`,
        'The config describes another architecture.',
      );
    }
  }
}

/** What all tensors take as float32. */
const bytesOf = (a: Architecture): number =>
  [...tensorShapes(a).values()].reduce(
    (sum, shape) => sum + 4 * shape.reduce((n, d) => n * d, 1),
    0,
  );

function modelCard(options: ImportOptions): string {
  return `# ${basename(options.out)}

Imported from the checkpoint ${basename(options.checkpoint)}. What it is for, what it was trained on and
under which licence it may be used is said where the checkpoint was published.

Research use only. Not a medical device.
`;
}
