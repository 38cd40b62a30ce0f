import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { isTrainable, type Architecture } from '../medclipseg/config.ts';
import { tensorShapes } from '../medclipseg/shapes.ts';
import type { Weights } from '../medclipseg/weights.ts';
import { cast, constant, stored, type Tensor } from '../tensor/index.ts';
import { checkedLineage, readLineage } from './adapters.ts';
import { expectFile, explainFileError, readText, withFileErrors } from './file-errors.ts';
import { ADAPTERS_FILE, MODEL_FILE, TOKENIZER_FILE, WEIGHTS_FILE } from './file-names.ts';
import { identify, type Identity, type Variant } from './identity.ts';
import type { Lineage } from './lineage.ts';
import { describeProblem, ModelJson, refuseNewer } from './model-json.ts';
import { openSafetensors, readFloats, type SafetensorsFile } from './safetensors.ts';

/** A model as it lies in a folder, checked. */
export interface Bundle extends Identity {
  readonly folder: string;
  readonly json: ModelJson;
  readonly architecture: Architecture;
  /** The one that is used: in reference precision, since no other can be computed with yet. */
  readonly variant: Variant;
  /** The learned adapters that replace those of the bundle, if any. */
  readonly version: { readonly folder: string; readonly lineage: Lineage } | null;
  /** File that holds a tensor. */
  fileOf(name: string): SafetensorsFile;
}

/**
 * Opens a bundle and checks that its files are those that model.json lists and that every tensor
 * of the architecture is there.
 * @param learned folder of learned adapters to use instead of those of the bundle.
 * @throws MarginaliaError `no-bundle`, `bad-model-json`, `newer-format`, `bundle-file-missing`,
 *   `bundle-hash-mismatch`, `missing-tensor`, `bad-tensor-shape`, `bad-tensor-type`,
 *   `bad-safetensors`; of learned adapters `no-adapters`, `bad-lineage`, `newer-format`,
 *   `adapters-of-another-model`, `adapters-hash-mismatch`; and those of readText.
 */
export async function openBundle(folder: string, learned?: string): Promise<Bundle> {
  const json = readModelJson(folder);
  checkListing(folder, json);
  for (const [name, expected] of Object.entries(json.files)) {
    await checkFile(folder, name, expected);
  }
  const identity = identify(json);
  const model = { name: json.name, ...identity };
  const version = learned === undefined ? null : await openVersion(learned, model);
  const adapters = openSafetensors(join(version?.folder ?? folder, ADAPTERS_FILE));
  const [variant, ...others] = identity.variants;
  const weights = openSafetensors(join(folder, variant.file));
  const fileOf = (name: string): SafetensorsFile => (isTrainable(name) ? adapters : weights);
  for (const [name, shape] of tensorShapes(json.architecture))
    checkTensor(fileOf(name), name, shape);
  for (const other of others) checkVariant(folder, other, json.architecture);
  const { architecture } = json;
  return { folder, json, architecture, ...identity, variant, version, fileOf };
}

async function openVersion(
  folder: string,
  bundle: Parameters<typeof checkedLineage>[2],
): Promise<NonNullable<Bundle['version']>> {
  // Read first: a folder without one holds no version, whatever else lies there.
  const lineage = readLineage(folder);
  const adapters = await sha256(join(folder, ADAPTERS_FILE));
  return { folder, lineage: checkedLineage(lineage, folder, bundle, adapters) };
}

/** How int8 weights and their scales lie in a file comes with the arithmetic that reads them. */
function checkVariant(folder: string, { precision, file }: Variant, a: Architecture): void {
  if (precision === 'int8') return;
  const weights = openSafetensors(join(folder, file));
  for (const [name, shape] of tensorShapes(a)) {
    if (!isTrainable(name)) checkTensor(weights, name, shape);
  }
}

/**
 * What a bundle says of itself; none of its other files is looked at.
 * @throws MarginaliaError `no-bundle`, `bad-model-json`, `newer-format`; and those of readText.
 */
export function readModelJson(folder: string): ModelJson {
  const path = join(folder, MODEL_FILE);
  if (!existsSync(path)) {
    throw new MarginaliaError(
      'no-bundle',
      `${folder} is not a model bundle: it has no ${MODEL_FILE}.`,
      'Give a bundle folder or a name that `marginalia doctor` lists; `marginalia model import` makes bundles.',
    );
  }
  const text = readText(path);
  try {
    const content: unknown = JSON.parse(text);
    refuseNewer(content, path);
    return ModelJson.parse(content);
  } catch (error) {
    if (error instanceof MarginaliaError) throw error;
    throw new MarginaliaError(
      'bad-model-json',
      `${path} does not describe a model: ${describeProblem(error)}.`,
      'Import or download the bundle again.',
    );
  }
}

/** What the model is read from must be listed: an unlisted file would escape the hash check. */
function checkListing(folder: string, json: ModelJson): void {
  const present = withFileErrors(`${folder} cannot be read`, () => new Set(readdirSync(folder)));
  const read = [WEIGHTS_FILE, ADAPTERS_FILE];
  if (present.has(TOKENIZER_FILE)) read.push(TOKENIZER_FILE);
  const unlisted = read.find((name) => json.files[name] === undefined);
  if (unlisted !== undefined) {
    throw new MarginaliaError(
      'bad-model-json',
      `${join(folder, MODEL_FILE)} does not list ${unlisted}, so it cannot be checked.`,
      'Import or download the bundle again.',
    );
  }
  const missing = Object.keys(json.files).find((name) => !present.has(name));
  if (missing !== undefined) {
    throw new MarginaliaError(
      'bundle-file-missing',
      `The bundle ${folder} lacks ${missing}.`,
      'Import or download the bundle again.',
    );
  }
}

async function checkFile(
  folder: string,
  name: string,
  expected: { sha256: string; bytes: number },
): Promise<void> {
  const actual = await fileDigest(join(folder, name));
  if (actual.sha256 === expected.sha256) return;
  const how =
    actual.bytes === expected.bytes
      ? `its sha256 is ${actual.sha256.slice(0, 12)}… instead of ${expected.sha256.slice(0, 12)}…`
      : `it has ${actual.bytes} bytes instead of ${expected.bytes}`;
  throw new MarginaliaError(
    'bundle-hash-mismatch',
    `${name} of the bundle ${folder} is not the file that ${MODEL_FILE} lists: ${how}.`,
    'It was changed or damaged; import or download the bundle again.',
  );
}

/** sha256 of a file, as lower-case hexadecimal digits. */
export const sha256 = async (path: string): Promise<string> => (await fileDigest(path)).sha256;

interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

/** Files that were hashed already: one is read again only when it was replaced or written to. */
const digests = new Map<string, Digest>();

/** Hash and size of a file. Read in pieces; cached by device, inode, size and time of the file. */
export async function fileDigest(path: string): Promise<Digest> {
  expectFile(path);
  try {
    const handle = await open(path, 'r');
    try {
      const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
      const identity = [dev, ino, size, mtimeNs].join(':');
      const cached = digests.get(identity);
      if (cached !== undefined) return cached;
      const hash = createHash('sha256');
      let bytes = 0;
      const stream = handle.createReadStream({ highWaterMark: 1 << 20, autoClose: false });
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      const digest = { sha256: hash.digest('hex'), bytes };
      digests.set(identity, digest);
      return digest;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw explainFileError(error, `${path} cannot be read`);
  }
}

/** A shape as text, `768×3×16×16`; a scalar is stored as [] or [1], which is the same here. */
export const shapeText = (shape: readonly number[]): string =>
  shape.length === 0 ? '1' : shape.join('×');

function checkTensor(file: SafetensorsFile, name: string, shape: readonly number[]): void {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    throw new MarginaliaError(
      'missing-tensor',
      `The bundle lacks the tensor ${name}, which should be in ${file.path}.`,
      'Its model.json describes another architecture, or the bundle is not complete.',
    );
  }
  if (shapeText(tensor.shape) !== shapeText(shape)) {
    throw new MarginaliaError(
      'bad-tensor-shape',
      `The tensor ${name} in ${file.path} is ${shapeText(tensor.shape)} instead of ${shapeText(shape)}.`,
      'The model.json beside it describes another architecture.',
    );
  }
  if (tensor.dtype !== 'F32' && tensor.dtype !== 'F16') {
    throw new MarginaliaError(
      'bad-tensor-type',
      `The tensor ${name} in ${file.path} is ${tensor.dtype}; only F32 and F16 are read.`,
      'Import or download the bundle again.',
    );
  }
}

/**
 * The bundle's tensors for graphs that are loaded with the bundle's folder: they stay in their
 * files and are widened to float32 where stored as float16.
 */
export function bundleWeights(bundle: Bundle): Weights {
  const shapes = tensorShapes(bundle.architecture);
  const tensors = new Map<string, Tensor>();
  return (name) => {
    const cached = tensors.get(name);
    if (cached !== undefined) return cached;
    const file = bundle.fileOf(name);
    const { dtype, offset, byteLength } = file.tensors.get(name)!;
    const path = isTrainable(name) ? ADAPTERS_FILE : bundle.variant.file;
    if (isTrainable(name) && bundle.version !== null) {
      // External data may not lie outside the bundle's folder.
      const learned = constant(readFloats(file, name), [...shapes.get(name)!]);
      tensors.set(name, learned);
      return learned;
    }
    const type = dtype === 'F16' ? 'float16' : 'float32';
    const shape = [...shapes.get(name)!];
    const tensor = cast(stored(name, shape, type, { path, offset, byteLength }), 'float32');
    tensors.set(name, tensor);
    return tensor;
  };
}

/** Values of the trainable tensors, by name. */
export function readTrainable(bundle: Bundle): Map<string, Float32Array> {
  const names = [...tensorShapes(bundle.architecture).keys()].filter(isTrainable);
  return new Map(names.map((name) => [name, readFloats(bundle.fileOf(name), name)]));
}
