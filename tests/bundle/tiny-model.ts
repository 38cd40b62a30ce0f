import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLISHED_PREPROCESSING } from '../../src/main/engine/bundle/model-json.ts';
import { writeSafetensors } from '../../src/main/engine/bundle/safetensors.ts';
import { isTrainable, type Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { fillNormal } from '../../src/main/engine/runtime/noise.ts';
import { toErrorInfo, type ErrorInfo } from '../../src/shared/errors.ts';
import { keyedState } from '../../src/shared/random.ts';
import { rowMajor, storageOf, type CheckpointContent } from './write-checkpoint.ts';

/** A model of a few kilobytes that has every kind of tensor. */
export const TINY: Architecture = {
  image: 8,
  patch: 4,
  visionWidth: 4,
  visionHeads: 2,
  textWidth: 4,
  textHeads: 2,
  layers: 1,
  vocab: 8,
  context: 5,
  maxPosition: 6,
  joint: 4,
  adapter: 4,
  fusionLayers: [0],
  numUpscale: 1,
  beta: 2.35,
  temperature: 0.2,
  maskPadding: false,
};

/** The same as a published config.json says it. */
export const TINY_CONFIG = {
  image: 8,
  patch: 4,
  vision_width: 4,
  vision_heads: 2,
  text_width: 4,
  text_heads: 2,
  layers: 1,
  vocab: 8,
  context: 5,
  max_position: 6,
  joint: 4,
  adapter: 4,
  fusion_layers: [0],
  num_upscale: 1,
  beta: 2.35,
  temperature: 0.2,
};

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'left', 'right', 'kidney'];

/** tokenizer.json of a handful of words. */
export const TINY_TOKENIZER = {
  added_tokens: words.slice(0, 4).map((content, id) => ({ id, content, special: true })),
  normalizer: null,
  decoder: null,
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
  },
};

interface TinyTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Every tensor of the tiny model with random values, the same at each call. */
export function tinyTensors(): Map<string, TinyTensor> {
  return new Map(
    [...tensorShapes(TINY)].map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
      fillNormal(keyedState(0, name), values);
      return [name, { shape, values }];
    }),
  );
}

/** The tiny model as torch.save writes it: a storage for each tensor. */
export function tinyCheckpoint(): CheckpointContent {
  const all = [...tinyTensors()];
  return {
    tensors: all.map(([name, { shape }], n) => ({
      ...{ name, storage: `${n}`, offset: 0, shape, strides: rowMajor(shape) },
    })),
    storages: new Map(all.map(([, { values }], n) => [`${n}`, storageOf('Float', values)])),
  };
}

type Json = Record<string, unknown>;

export interface BundleChange {
  /** Changes tensors before they are written; a tensor may be given another type. */
  readonly tensors?: (tensors: Map<string, TinyTensor & { dtype?: 'F32' | 'F16' | 'I64' }>) => void;
  /** Text of tokenizer.json; null for none. */
  readonly tokenizer?: string | null;
  /** model.json as it is written, hashes included. */
  readonly json?: (json: Json & { architecture: Json; tokenizer: Json; files: Json }) => void;
}

/** Writes a valid bundle, but for what `change` does to it before the files are hashed. */
export function writeTinyBundle(folder: string, change: BundleChange = {}): string {
  mkdirSync(folder, { recursive: true });
  const tensors: Parameters<NonNullable<BundleChange['tensors']>>[0] = tinyTensors();
  change.tensors?.(tensors);
  for (const trainable of [false, true]) {
    writeSafetensors(
      join(folder, trainable ? 'adapters.safetensors' : 'weights.safetensors'),
      [...tensors]
        .filter(([name]) => isTrainable(name) === trainable)
        .map(([name, { shape, values, dtype = 'F32' }]) =>
          dtype === 'I64'
            ? { name, shape, dtype, values: () => BigInt64Array.from(values, () => 1n) }
            : { name, shape, dtype, values: () => values },
        ),
    );
  }
  const tokenizer =
    change.tokenizer === undefined ? JSON.stringify(TINY_TOKENIZER) : change.tokenizer;
  if (tokenizer !== null) writeFileSync(join(folder, 'tokenizer.json'), tokenizer);
  const json = {
    format: 'marginalia-model',
    formatVersion: 1,
    name: 'tiny',
    version: '1',
    description: '',
    architecture: { ...TINY } as Json,
    preprocessing: PUBLISHED_PREPROCESSING,
    tokenizer: { kind: 'wordpiece', padId: 0 } as Json,
    prompts: [],
    licence: 'none',
    provenance: {},
    files: Object.fromEntries(
      readdirSync(folder).map((name) => {
        const bytes = readFileSync(join(folder, name));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return [name, { sha256, bytes: bytes.length }];
      }),
    ) as Json,
  };
  change.json?.(json);
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  return folder;
}

/** The error that `work` ends with, as the user is told it. */
export async function refusal(work: () => unknown): Promise<ErrorInfo> {
  try {
    await work();
  } catch (error) {
    return toErrorInfo(error);
  }
  return { code: 'none', message: 'it was accepted' };
}
