import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { isTrainable, type Architecture } from '../medclipseg/config.ts';
import { tensorShapes } from '../medclipseg/shapes.ts';
import type { Weights } from '../medclipseg/weights.ts';
import { cast, stored, type Tensor } from '../tensor/index.ts';
import { ModelJson } from './model-json.ts';
import { openSafetensors, readFloats, type SafetensorsFile } from './safetensors.ts';

export const WEIGHTS_FILE = 'weights.safetensors';
export const ADAPTERS_FILE = 'adapters.safetensors';
export const TOKENIZER_FILE = 'tokenizer.json';
export const MODEL_FILE = 'model.json';

/** A model as it lies in a folder, checked. */
export interface Bundle {
  readonly folder: string;
  readonly json: ModelJson;
  readonly architecture: Architecture;
  /** sha256 over name and hash of every file: what provenance records. */
  readonly hash: string;
  /** File that holds a tensor. */
  fileOf(name: string): SafetensorsFile;
}

/**
 * Opens a bundle and checks that its files are those that model.json lists and that every tensor
 * of the architecture is there.
 * @throws MarginaliaError `no-bundle`, `bad-model-json`, `bundle-file-missing`,
 *   `bundle-hash-mismatch`, `missing-tensor`, `bad-tensor-shape`, `bad-safetensors`.
 */
export async function openBundle(folder: string): Promise<Bundle> {
  const json = readModelJson(folder);
  for (const [name, expected] of Object.entries(json.files)) {
    await checkFile(folder, name, expected);
  }
  const weights = openSafetensors(join(folder, WEIGHTS_FILE));
  const adapters = openSafetensors(join(folder, ADAPTERS_FILE));
  const fileOf = (name: string): SafetensorsFile => (isTrainable(name) ? adapters : weights);
  for (const [name, shape] of tensorShapes(json.architecture))
    checkTensor(fileOf(name), name, shape);
  return { folder, json, architecture: json.architecture, hash: bundleHash(json), fileOf };
}

function readModelJson(folder: string): ModelJson {
  const path = join(folder, MODEL_FILE);
  if (!existsSync(path)) {
    throw new MarginaliaError(
      'no-bundle',
      `${folder} is not a model bundle: it has no ${MODEL_FILE}.`,
      'Give a bundle folder or a name that `marginalia doctor` lists; `marginalia model import` makes bundles.',
    );
  }
  try {
    return ModelJson.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const what =
      error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0]! : String(error);
    throw new MarginaliaError(
      'bad-model-json',
      `${path} does not describe a model: ${what}`,
      'Import or download the bundle again.',
    );
  }
}

/** Files that were hashed already, by identity: path, size and time of change. */
const verified = new Map<string, string>();

async function checkFile(
  folder: string,
  name: string,
  expected: { sha256: string; bytes: number },
): Promise<void> {
  const path = join(folder, name);
  if (!existsSync(path)) {
    throw new MarginaliaError(
      'bundle-file-missing',
      `The bundle ${folder} lacks ${name}.`,
      'Import or download the bundle again.',
    );
  }
  const { size, mtimeMs } = statSync(path);
  const identity = `${path}|${size}|${mtimeMs}`;
  const actual = verified.get(identity) ?? (await sha256(path));
  verified.set(identity, actual);
  if (actual !== expected.sha256) {
    throw new MarginaliaError(
      'bundle-hash-mismatch',
      `${name} of the bundle ${folder} is not the file that ${MODEL_FILE} lists: its sha256 is ${actual.slice(0, 12)}… instead of ${expected.sha256.slice(0, 12)}….`,
      'It was changed or damaged; import or download the bundle again.',
    );
  }
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

function bundleHash(json: ModelJson): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(json.files).sort()) {
    hash.update(`${name}\0${json.files[name]!.sha256}\n`);
  }
  return hash.digest('hex');
}

/** A scalar is stored as [] or [1]. */
const shapeKey = (shape: readonly number[]): string => (shape.length === 0 ? '1' : shape.join('×'));

function checkTensor(file: SafetensorsFile, name: string, shape: readonly number[]): void {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    throw new MarginaliaError(
      'missing-tensor',
      `The bundle lacks the tensor ${name}, which should be in ${file.path}.`,
      'Its model.json describes another architecture, or the bundle is not complete.',
    );
  }
  if (shapeKey(tensor.shape) !== shapeKey(shape) || !['F32', 'F16'].includes(tensor.dtype)) {
    throw new MarginaliaError(
      'bad-tensor-shape',
      `The tensor ${name} is ${tensor.dtype} ${shapeKey(tensor.shape)} instead of a float of ${shapeKey(shape)}.`,
      'Its model.json describes another architecture.',
    );
  }
}

/**
 * The bundle's tensors for graphs that are loaded with the bundle's folder: they stay in their
 * files and are widened to float32 where stored as float16.
 */
export function bundleWeights(bundle: Bundle): Weights {
  const shapes = tensorShapes(bundle.architecture);
  const made = new Map<string, Tensor>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const file = bundle.fileOf(name);
    const { dtype, offset, byteLength } = file.tensors.get(name)!;
    const path = isTrainable(name) ? ADAPTERS_FILE : WEIGHTS_FILE;
    const type = dtype === 'F16' ? 'float16' : 'float32';
    const shape = [...shapes.get(name)!];
    const tensor = cast(stored(name, shape, type, { path, offset, byteLength }), 'float32');
    made.set(name, tensor);
    return tensor;
  };
}

/** Values of the trainable tensors, by name. */
export function readTrainable(bundle: Bundle): Map<string, Float32Array> {
  const names = [...tensorShapes(bundle.architecture).keys()].filter(isTrainable);
  return new Map(names.map((name) => [name, readFloats(bundle.fileOf(name), name)]));
}
