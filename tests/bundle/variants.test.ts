import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openBundle, readTrainable, type Bundle } from '../../src/main/engine/bundle/bundle.ts';
import { writeSafetensors } from '../../src/main/engine/bundle/safetensors.ts';
import { isTrainable } from '../../src/main/engine/medclipseg/config.ts';
import { createVersion, writeVersion } from '../../src/main/services/models/version-files.ts';
import { versionShelf } from '../../src/main/services/models/versions.ts';
import { SOME_FACTS } from '../learning/version-facts.ts';
import { refusal, tinyTensors, writeTinyBundle, type BundleChange } from './tiny-model.ts';

const work = mkdtempSync(join(tmpdir(), 'marginalia-variants-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(work, 'v-'));
});

const GATE = 'pvl_adapters.0.two_way.cross_attn_img_to_txt.gate';
const WEIGHT = 'vision_model.conv1.weight';
const HALF = 'towers.fp16.safetensors';
const INT8 = 'towers.int8.safetensors';
const BOTH = [
  { precision: 'fp16', file: HALF },
  { precision: 'int8', file: INT8 },
];

const make = (name: string, change: BundleChange = {}): Promise<Bundle> =>
  openBundle(writeTinyBundle(join(folder, name), change));

/** Frozen towers of the tiny model in half precision, and bytes that stand for int8. */
function writeOtherTowers(home: string, leaveOut?: string): void {
  mkdirSync(home, { recursive: true });
  writeSafetensors(
    join(home, HALF),
    [...tinyTensors()]
      .filter(([tensor]) => !isTrainable(tensor) && tensor !== leaveOut)
      .map(([tensor, { shape, values }]) => ({
        ...{ name: tensor, shape, dtype: 'F16', values: () => values },
      })),
  );
  writeFileSync(join(home, INT8), 'int8');
}

function makeWithVariants(name: string, variants: unknown = BOTH): Promise<Bundle> {
  writeOtherTowers(join(folder, name));
  return make(name, { json: (j) => (j['variants'] = variants) });
}

/** What a version of before there were families lacks. */
function forgetFamily(version: string): void {
  const path = join(version, 'lineage.json');
  const lineage = JSON.parse(readFileSync(path, 'utf8')) as { base: { family?: string } };
  delete lineage.base.family;
  writeFileSync(path, JSON.stringify(lineage));
}

async function learn(bundle: Bundle, out = join(folder, 'version')): Promise<string> {
  const parameters = readTrainable(bundle);
  parameters.get(GATE)![0]! += 1;
  await writeVersion(out, createVersion(bundle, parameters, SOME_FACTS));
  return out;
}

describe('a bundle without variants', () => {
  it('has one, in reference precision, under the hash that bundles always had', async () => {
    const { json, hash, variant, variants } = await make('plain');
    expect(variants).toEqual([{ precision: 'fp32', file: 'weights.safetensors', hash }]);
    expect(variant).toBe(variants[0]);
    // Keys in order at every depth; those of model.json's own fields happen not to be.
    const sorted = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, inner]) => [key, sorted(inner)]),
          )
        : value;
    const { architecture, preprocessing, tokenizer, files } = json;
    const text = JSON.stringify(sorted({ architecture, preprocessing, tokenizer, files }));
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('may list the reference itself', async () => {
    const plain = await make('plain');
    const listed = await make('listed', {
      json: (j) => (j['variants'] = [{ precision: 'fp32', file: 'weights.safetensors' }]),
    });
    expect(listed.variants).toEqual(plain.variants);
  });
});

describe('a family', () => {
  it('is the same whatever the adapters, the card, the name and the variants', async () => {
    const plain = await make('plain');
    const others = [
      await make('tuned', { tensors: (t) => t.get(GATE)!.values.fill(9) }),
      await make('named', { json: (j) => (j['name'] = 'renamed') }),
      await makeWithVariants('more'),
    ];
    for (const { family } of others) expect(family).toBe(plain.family);
    expect(others[0]!.hash).not.toBe(plain.hash);
    expect(others[2]!.hash).toBe(plain.hash);
  });

  it('differs where towers, tokenizer, architecture or preprocessing do', async () => {
    const families = [
      await make('plain'),
      await make('towers', { tensors: (t) => t.get(WEIGHT)!.values.fill(9) }),
      await make('words', { tokenizer: null }),
      await make('pad', { json: (j) => (j.tokenizer['padId'] = 1) }),
      await make('beta', { json: (j) => (j.architecture['beta'] = 1) }),
      await make('order', {
        json: (j) =>
          (j['preprocessing'] = { ...(j['preprocessing'] as object), channelOrder: 'RGB' }),
      }),
    ].map(({ family }) => family);
    expect(new Set(families).size).toBe(families.length);
  });
});

describe('variants', () => {
  it('are listed with the reference first, each under a hash of its own; the reference is used', async () => {
    const bundle = await makeWithVariants('more', [...BOTH].reverse());
    expect(bundle.variants.map(({ precision, file }) => [precision, file])).toEqual([
      ['fp32', 'weights.safetensors'],
      ['int8', INT8],
      ['fp16', HALF],
    ]);
    expect(new Set(bundle.variants.map(({ hash }) => hash)).size).toBe(3);
    expect(bundle.variant.precision).toBe('fp32');
  });

  it('have another hash where the adapters that they come with differ', async () => {
    const plain = await makeWithVariants('more');
    writeOtherTowers(join(folder, 'tuned'));
    const tuned = await make('tuned', {
      tensors: (t) => t.get(GATE)!.values.fill(9),
      json: (j) => (j['variants'] = BOTH),
    });
    plain.variants.forEach(({ hash }, n) => expect(hash).not.toBe(tuned.variants[n]!.hash));
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown precision', [{ precision: 'fp8', file: HALF }], /variants\.0\.precision/],
    ['no file', [{ precision: 'fp16' }], /variants\.0\.file/],
    ['a file outside the folder', [{ precision: 'fp16', file: '../x' }], /without a path/],
    [
      'a file that is not listed',
      [{ precision: 'fp16', file: 'x.safetensors' }],
      /listed in files/,
    ],
    ['a precision twice', [BOTH[0], { precision: 'fp16', file: INT8 }], /listed once/],
    ['a file twice', [BOTH[0], { precision: 'int8', file: HALF }], /share a file/],
    ['another reference', [{ precision: 'fp32', file: HALF }], /fp32 is weights\.safetensors/],
    [
      'the reference in another precision',
      [{ precision: 'int8', file: 'weights.safetensors' }],
      /fp32 is weights\.safetensors/,
    ],
    [
      'adapters in the place of towers',
      [{ precision: 'fp16', file: 'adapters.safetensors' }],
      /the same for all precisions/,
    ],
    ['something else than a list', { fp16: HALF }, /variants/],
  ])('with %s are refused in words', async (_, variants, message) => {
    const error = await refusal(() => makeWithVariants('bad', variants));
    expect(error).toMatchObject({
      code: 'bad-model-json',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/[Ii]mport or download the bundle again/),
    });
  });

  it('that lack a tensor, or were changed, are refused by their file', async () => {
    writeOtherTowers(join(folder, 'lacking'), WEIGHT);
    const lacking = await refusal(() => make('lacking', { json: (j) => (j['variants'] = BOTH) }));
    expect(lacking).toMatchObject({
      code: 'missing-tensor',
      message: expect.stringContaining(HALF),
    });
    const { folder: changed } = await makeWithVariants('changed');
    writeFileSync(join(changed, INT8), 'int9');
    expect(await refusal(() => openBundle(changed))).toMatchObject({
      code: 'bundle-hash-mismatch',
      message: expect.stringContaining(INT8),
    });
    rmSync(join(changed, INT8));
    expect(await refusal(() => openBundle(changed))).toMatchObject({
      code: 'bundle-file-missing',
      message: expect.stringContaining(INT8),
    });
  });
});

describe('a learned version', () => {
  it('names its family, and is used with every bundle of it', async () => {
    const plain = await make('plain');
    const version = await learn(plain);
    const sister = await make('sister', { tensors: (t) => t.get(GATE)!.values.fill(9) });
    const opened = await openBundle(sister.folder, version);
    expect(opened.version!.lineage.base).toEqual({
      name: 'tiny',
      sha256: plain.hash,
      family: plain.family,
    });
    expect(readTrainable(opened)).toEqual(readTrainable(await openBundle(plain.folder, version)));
  });

  it('from before there were families is found to be of its bundle’s, also beside new variants', async () => {
    const plain = await make('plain');
    const version = await learn(plain);
    forgetFamily(version);
    for (const bundle of [plain, await makeWithVariants('more')]) {
      const { lineage } = (await openBundle(bundle.folder, version)).version!;
      expect(lineage.base.family).toBe(plain.family);
    }
    const sister = await make('sister', { tensors: (t) => t.get(GATE)!.values.fill(9) });
    expect(await refusal(() => openBundle(sister.folder, version))).toMatchObject({
      code: 'adapters-of-another-model',
      message: expect.stringContaining(plain.hash.slice(0, 12)),
    });
  });

  it('of another family is refused, and both families are named', async () => {
    const plain = await make('plain');
    const version = await learn(plain);
    const other = await make('other', { tensors: (t) => t.get(WEIGHT)!.values.fill(9) });
    const error = await refusal(() => openBundle(other.folder, version));
    expect(error).toMatchObject({
      code: 'adapters-of-another-model',
      hint: expect.stringContaining('marginalia model list'),
    });
    for (const { family } of [plain, other]) expect(error.message).toContain(family.slice(0, 12));
  });

  it('with a family that is no hash is refused', async () => {
    const plain = await make('plain');
    const version = await learn(plain);
    const path = join(version, 'lineage.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(plain.family, 'mine'));
    expect(await refusal(() => openBundle(plain.folder, version))).toMatchObject({
      code: 'bad-lineage',
      message: expect.stringContaining('base.family'),
    });
  });
});

describe('the shelf of versions', () => {
  it('has those of the family, and those that lie under the bundle from earlier days', async () => {
    const plain = await make('plain');
    const shelf = versionShelf(join(folder, 'shelf'));
    const version = await learn(plain);
    const { id } = createVersion(plain, readTrainable(plain), SOME_FACTS).lineage;
    const learned = (await openBundle(plain.folder, version)).version!.lineage.id;
    // As a Marginalia without families left it.
    const early = join(folder, 'shelf', plain.hash.slice(0, 16), learned);
    mkdirSync(join(early, '..'), { recursive: true });
    cpSync(version, early, { recursive: true });
    forgetFamily(early);
    const late = join(folder, 'late');
    await writeVersion(late, createVersion(plain, readTrainable(plain), SOME_FACTS));
    expect(await shelf.importFrom(plain, late)).toBe(id);

    const ids = async (bundle: Bundle): Promise<string[]> =>
      (await shelf.list(bundle)).map((one) => one.id).sort();
    expect(await ids(plain)).toEqual([id, learned].sort());
    expect(shelf.folderOf(plain, learned)).toBe(early);
    expect((await openBundle(plain.folder, early)).version!.lineage.base.family).toBe(plain.family);
    await shelf.rename(plain, learned, 'early');
    expect((await shelf.list(plain)).map(({ name }) => name)).toContain('early');
    // Another bundle of the family knows what names the family.
    const sister = await make('sister', { tensors: (t) => t.get(GATE)!.values.fill(9) });
    expect(await ids(sister)).toEqual([id]);
    await shelf.remove(plain, learned);
    expect(await ids(plain)).toEqual([id]);
  });

  it('takes a version of earlier days over with its family', async () => {
    const plain = await make('plain');
    const version = await learn(plain);
    forgetFamily(version);
    const shelf = versionShelf(join(folder, 'shelf'));
    const id = await shelf.importFrom(plain, version);
    const sister = await make('sister', { tensors: (t) => t.get(GATE)!.values.fill(9) });
    const opened = await openBundle(sister.folder, shelf.folderOf(sister, id));
    expect(opened.version!.lineage.id).toBe(id);
  });
});
