import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { backboneOf } from '../medclipseg/backbone.ts';
import { isTrainable, type Architecture } from '../medclipseg/config.ts';
import { tensorShapes } from '../medclipseg/shapes.ts';
import { fileDigest, openBundle, sha256, shapeText, type Bundle } from './bundle.ts';
import type { Checkpoint } from './checkpoint.ts';
import { chooseTokenizer } from './choose-tokenizer.ts';
import { expectFile } from './file-errors.ts';
import { ADAPTERS_FILE, MODEL_FILE, TOKENIZER_FILE, WEIGHTS_FILE } from './file-names.ts';
import { freshAdapter } from './fresh-adapters.ts';
import {
  checkedArchitecture,
  hasTowersOnly,
  inferArchitecture,
  inferBackbone,
  type ArchitectureChoices,
} from './infer-architecture.ts';
import { ModelJson, PUBLISHED_PREPROCESSING } from './model-json.ts';
import { inNewFolder, requireSpace } from './new-folder.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { readPublishedConfig } from './published-config.ts';
import { streamSafetensors, type StreamedTensor } from './safetensors.ts';

export interface ImportOptions {
  readonly checkpoint: string;
  readonly out: string;
  /** config.json with the whole architecture; without it, it is inferred from the tensors. */
  readonly config?: string;
  /** What tensors do not say, instead of the published values. */
  readonly choices?: ArchitectureChoices;
  /** tokenizer.json of the text encoder, or BERT's vocab.txt, instead of one that `chooseTokenizer` finds. */
  readonly tokenizer?: string;
  /** Folders of bundles whose tokenizer may be taken, where their words are the same. */
  readonly donors?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** Bytes of tensors that were written, of all. */
export interface ImportProgress {
  readonly bytes: number;
  readonly of: number;
}

/**
 * Makes a bundle of a published checkpoint, or of published towers with adapters that have learned
 * nothing yet; whole or not at all. One tensor is in memory at a time.
 * @throws MarginaliaError `bad-config`, `unknown-architecture`, `not-a-model`, `bad-checkpoint`,
 *   `bad-safetensors`, `unsafe-checkpoint`, `missing-tensor`, `bad-tensor-shape`, `bad-tensor-values`,
 *   `bad-tokenizer`, `tokenizer-mismatch`, `output-exists`, `output-busy`, `no-such-file`,
 *   `not-a-file`, `file-too-large`, `no-space`, `file-not-accessible`, `cancelled`.
 */
export async function importCheckpoint(options: ImportOptions): Promise<Bundle> {
  const out = resolve(options.out);
  const path = options.checkpoint;
  if (existsSync(out) && (!statSync(out).isDirectory() || readdirSync(out).length > 0)) {
    throw new MarginaliaError(
      'output-exists',
      `${options.out} exists already.`,
      'Choose another --out, or remove it first.',
    );
  }
  const { bytes } = expectFile(path);
  try {
    // The place is taken before anything is awaited: of two imports to it the first goes on.
    await inNewFolder(out, bytes, (partial) => fill(partial, out, options));
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    throw new MarginaliaError('cancelled', 'The import was cancelled; nothing was written.');
  }
  return openBundle(out);
}

/** Writes the bundle that `out` will be into a folder. */
async function fill(folder: string, out: string, options: ImportOptions): Promise<void> {
  const path = options.checkpoint;
  const checkpoint = await openCheckpoint(path);
  try {
    const architecture = architectureOf(checkpoint, options);
    const isUntrained = hasTowersOnly(checkpoint.shapes);
    const complete = isUntrained ? withFreshAdapters(checkpoint, architecture) : checkpoint;
    checkShapes(complete, path, architecture);
    const words = backboneOf(architecture).text.telling.words;
    const { donors = [] } = options;
    const tokenizer = await chooseTokenizer(
      path,
      architecture,
      () => checkpoint.read(words),
      options.tokenizer,
      donors,
    );
    await writeTensors(folder, out, complete, architecture, options);
    if (tokenizer !== undefined) writeFileSync(join(folder, TOKENIZER_FILE), tokenizer.text);
    const notes = [
      ...(isUntrained ? [UNTRAINED] : []),
      ...(tokenizer ? [`Its tokenizer: ${tokenizer.origin}.`] : []),
    ];
    writeFileSync(join(folder, 'MODEL_CARD.md'), modelCard(options, notes));
    await writeModelJson(folder, {
      name: basename(out),
      description: `Imported from ${basename(path)}.`,
      architecture,
      tokenizer: tokenizer?.json ?? {
        kind: architecture.backbone === 'clip' ? 'bpe' : 'wordpiece',
        padId: 0,
      },
      ...(isUntrained && { untrained: true }),
      provenance: {
        checkpoint: basename(path),
        checkpointSha256: await sha256(path),
        ...(tokenizer && { tokenizer: tokenizer.origin }),
      },
    });
    options.signal?.throwIfAborted();
  } finally {
    await checkpoint.close();
  }
}

function architectureOf({ shapes }: Checkpoint, options: ImportOptions): Architecture {
  const { checkpoint: path, config, choices } = options;
  if (config === undefined) return inferArchitecture(shapes, path, choices);
  const described = readPublishedConfig(config);
  // Configs from before there were other backbones do not name theirs.
  const backbone = described.backbone ?? inferBackbone(shapes);
  return checkedArchitecture(
    {
      ...described,
      ...(backbone !== undefined && backbone !== 'unimedclip' && { backbone }),
      ...choices,
    },
    path,
  );
}

/** The towers of a checkpoint, and adapters and head as training begins with them. */
function withFreshAdapters(towers: Checkpoint, a: Architecture): Checkpoint {
  const shapes = tensorShapes(a);
  const trainable = [...shapes].filter(([name]) => isTrainable(name));
  return {
    ...towers,
    shapes: new Map([...towers.shapes, ...trainable]),
    read: (name) =>
      isTrainable(name) ? Promise.resolve(freshAdapter(name, shapes)) : towers.read(name),
  };
}

/** weights.safetensors and adapters.safetensors of the checkpoint. */
async function writeTensors(
  folder: string,
  out: string,
  checkpoint: Checkpoint,
  architecture: Architecture,
  { checkpoint: path, signal, onProgress }: ImportOptions,
): Promise<void> {
  const of = bytesOf(architecture);
  requireSpace(folder, out, of);
  let bytes = 0;
  const read = async (name: string): Promise<Float32Array> => {
    const values = await checkpoint.read(name);
    requireNumbers(values, name, path);
    onProgress?.({ bytes: (bytes += values.byteLength), of });
    return values;
  };
  const tensors = [...tensorShapes(architecture)].map(([name, shape]): StreamedTensor => ({
    name,
    dtype: 'F32',
    shape,
    values: () => read(name),
  }));
  const write = (file: string, trainable: boolean): Promise<void> => {
    const part = tensors.filter(({ name }) => isTrainable(name) === trainable);
    return streamSafetensors(join(folder, file), part, signal);
  };
  await write(WEIGHTS_FILE, false);
  await write(ADAPTERS_FILE, true);
}

/** One weight that is no number makes every prediction none. */
function requireNumbers(values: Float32Array, name: string, path: string): void {
  const index = values.findIndex((v) => !Number.isFinite(v));
  if (index < 0) return;
  throw new MarginaliaError(
    'bad-tensor-values',
    `The tensor ${name} of ${path} holds ${values[index]} where a number should be.`,
    'The training that wrote it went wrong, or the file is damaged; take an earlier or another checkpoint.',
  );
}

/** model.json of a published model, with the hashes of the files that lie beside it. */
async function writeModelJson(
  folder: string,
  what: Pick<ModelJson, 'name' | 'description' | 'tokenizer' | 'provenance' | 'untrained'> & {
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
        'The file is of another model, or of another architecture than the config says.',
      );
    }
    if (shapeText(actual) !== shapeText(shape)) {
      throw new MarginaliaError(
        'bad-tensor-shape',
        `The tensor ${name} of ${path} is ${shapeText(actual)}; its architecture asks for ${shapeText(shape)}.`,
        'The file is of another model, or of another architecture than the config says.',
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

const UNTRAINED =
  'It has the published towers, and adapters and head that have learned nothing yet: it suggests once a version was learned from annotated slices and kept.';

function modelCard(options: ImportOptions, notes: readonly string[]): string {
  return `# ${basename(options.out)}

Imported from the checkpoint ${basename(options.checkpoint)}. What it is for, what it was trained on and
under which licence it may be used is said where the checkpoint was published.
${notes.map((note) => `\n${note}\n`).join('')}
Research use only. Not a medical device.
`;
}
