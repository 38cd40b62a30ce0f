import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { isTrainable, type Architecture } from '../medclipseg/config.ts';
import { tensorShapes } from '../medclipseg/shapes.ts';
import {
  ADAPTERS_FILE,
  MODEL_FILE,
  openBundle,
  sha256,
  TOKENIZER_FILE,
  WEIGHTS_FILE,
  type Bundle,
} from './bundle.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { ModelJson, PUBLISHED_PREPROCESSING } from './model-json.ts';
import { writeSafetensors } from './safetensors.ts';

const count = z.number().int().positive();

/** config.json of a published checkpoint. */
const PublishedConfig = z.object({
  image: count,
  patch: count,
  vision_width: count,
  vision_heads: count,
  text_width: count,
  text_heads: count,
  layers: count,
  vocab: count,
  context: count,
  max_position: count.optional(),
  joint: count,
  adapter: count,
  fusion_layers: z.array(z.number().int().nonnegative()),
  num_upscale: z.number().int().nonnegative(),
  beta: z.number(),
  temperature: z.number().positive(),
});

/** @throws MarginaliaError `bad-config` */
export function readPublishedConfig(path: string): Architecture {
  let c: z.infer<typeof PublishedConfig>;
  try {
    c = PublishedConfig.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const what =
      error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : String(error);
    throw new MarginaliaError(
      'bad-config',
      `${path} does not describe an architecture: ${what}`,
      'It must be a JSON object with image, patch, vision_width, vision_heads, text_width, text_heads, layers, vocab, context, joint, adapter, fusion_layers, num_upscale, beta and temperature.',
    );
  }
  return {
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
  };
}

export interface ImportOptions {
  readonly checkpoint: string;
  readonly config: string;
  readonly out: string;
  /** tokenizer.json of the text encoder; without it the bundle reads token ids only. */
  readonly tokenizer?: string;
}

/**
 * Makes a bundle of a published checkpoint, whole or not at all.
 * @throws MarginaliaError `bad-config`, `bad-checkpoint`, `unsafe-checkpoint`, `missing-tensor`,
 *   `bad-tensor-shape`, `output-exists`.
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
  if (!existsSync(options.checkpoint)) {
    throw new MarginaliaError(
      'no-such-file',
      `There is no checkpoint ${options.checkpoint}.`,
      'Check the path.',
    );
  }
  const checkpoint = openCheckpoint(options.checkpoint);
  const partial = join(dirname(out), `.${basename(out)}.partial-${process.pid}`);
  try {
    checkShapes(checkpoint, architecture);
    mkdirSync(partial, { recursive: true });
    const names = [...tensorShapes(architecture).keys()];
    write(join(partial, WEIGHTS_FILE), names.filter((n) => !isTrainable(n)), checkpoint, architecture); // prettier-ignore
    write(join(partial, ADAPTERS_FILE), names.filter(isTrainable), checkpoint, architecture);
    if (options.tokenizer !== undefined)
      copyFileSync(options.tokenizer, join(partial, TOKENIZER_FILE));
    writeFileSync(join(partial, 'MODEL_CARD.md'), modelCard(options));
    await writeModelJson(partial, {
      name: basename(out),
      description: `Imported from ${basename(options.checkpoint)}.`,
      architecture,
      provenance: {
        checkpoint: basename(options.checkpoint),
        checkpointSha256: await sha256(options.checkpoint),
      },
    });
    await openBundle(partial);
    if (existsSync(out)) rmdirSync(out);
    renameSync(partial, out);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  } finally {
    checkpoint.close();
  }
  return openBundle(out);
}

/** model.json of a published model, with the hashes of the files that lie beside it. */
async function writeModelJson(
  folder: string,
  what: Pick<ModelJson, 'name' | 'description' | 'provenance'> & { architecture: Architecture },
): Promise<void> {
  const files: ModelJson['files'] = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    files[name] = { sha256: await sha256(path), bytes: statSync(path).size };
  }
  const json: ModelJson = ModelJson.parse({
    format: 'marginalia-model',
    formatVersion: 1,
    version: '1',
    preprocessing: PUBLISHED_PREPROCESSING,
    tokenizer: { kind: 'wordpiece', padId: 0 },
    prompts: [],
    licence: 'as the checkpoint it was imported from',
    ...what,
    files,
  });
  writeFileSync(join(folder, MODEL_FILE), `${JSON.stringify(json, null, 2)}\n`);
}

function checkShapes(checkpoint: Checkpoint, a: Architecture): void {
  for (const [name, shape] of tensorShapes(a)) {
    const actual = checkpoint.shapes.get(name);
    if (actual === undefined) {
      throw new MarginaliaError(
        'missing-tensor',
        `The checkpoint lacks the tensor ${name}.`,
        'The config describes another architecture, or the file is of another model.',
      );
    }
    const key = (s: readonly number[]): string => (s.length === 0 ? '1' : s.join('×'));
    if (key(actual) !== key(shape)) {
      throw new MarginaliaError(
        'bad-tensor-shape',
        `The checkpoint's tensor ${name} is ${key(actual)}; the config asks for ${key(shape)}.`,
        'The config describes another architecture.',
      );
    }
  }
}

function write(
  path: string,
  names: readonly string[],
  checkpoint: Checkpoint,
  a: Architecture,
): void {
  const shapes = tensorShapes(a);
  writeSafetensors(
    path,
    names.map((name) => ({
      name,
      dtype: 'F32',
      shape: shapes.get(name)!,
      values: () => checkpoint.read(name),
    })),
  );
}

function modelCard(options: ImportOptions): string {
  return `# ${basename(options.out)}

Imported from the checkpoint ${basename(options.checkpoint)}. What it is for, what it was trained on and
under which licence it may be used is said where the checkpoint was published.

Research use only. Not a medical device.
`;
}
