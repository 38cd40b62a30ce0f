import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addTokenizer } from '../../src/main/engine/bundle/add-tokenizer.ts';
import { openBundle, type Bundle } from '../../src/main/engine/bundle/bundle.ts';
import { importCheckpoint } from '../../src/main/engine/bundle/import-checkpoint.ts';
import { writeSafetensors } from '../../src/main/engine/bundle/safetensors.ts';
import { loadTokenizer } from '../../src/main/engine/bundle/tokenizer.ts';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { refusal, TINY, TINY_TOKENIZER } from './tiny-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-tokenizers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLIP = { backbone: 'clip', vocab: 49_408, context: 77, maxPosition: 77 } as const;

/** What an import may find without being told. */
interface Found {
  readonly beside?: { readonly name: string; readonly text: string };
  readonly donors?: readonly Bundle[];
  /** Value of all weights. */
  readonly fill?: number;
}

/** A model of a few numbers but for its vocabulary, imported from zeros. */
async function importing(
  out: string,
  change: Partial<Architecture>,
  tokenizer?: string,
  { beside, donors = [], fill = 0 }: Found = {},
): Promise<Bundle> {
  const a: Architecture = { ...TINY, ...change };
  mkdirSync(join(folder, `from-${out}`));
  const path = join(folder, `from-${out}`, 'model.safetensors');
  if (beside) writeFileSync(join(folder, `from-${out}`, beside.name), beside.text);
  writeSafetensors(
    path,
    [...tensorShapes(a)].map(([name, shape]) => ({
      name,
      shape,
      dtype: 'F32',
      values: () => new Float32Array(shape.reduce((n, d) => n * d, 1)).fill(fill),
    })),
  );
  return importCheckpoint({
    checkpoint: path,
    out: join(folder, out),
    donors: donors.map((donor) => donor.folder),
    choices: { visionHeads: 2, textHeads: 2, context: a.context },
    ...(tokenizer !== undefined && { tokenizer }),
  });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Ids up to the padding. */
const idsOf = (bundle: Bundle, prompt: string): number[] => {
  const { ids, attentionMask } = loadTokenizer(bundle)(prompt);
  return ids.slice(0, attentionMask.lastIndexOf(1) + 1);
};

describe('the tokenizer of CLIP', () => {
  it('is made of the published pairs', () => {
    const merges = readFileSync('resources/tokenizers/clip/merges.txt');
    expect(createHash('sha256').update(merges).digest('hex')).toBe(
      '9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a',
    );
  });

  it('comes along, reads as published, and pads with 0 behind the end', async () => {
    const bundle = await importing('clip', CLIP);
    const encode = loadTokenizer(bundle);
    // Ids that the published code gives.
    expect(idsOf(bundle, 'hello world')).toEqual([49406, 3306, 1002, 49407]);
    expect(idsOf(bundle, ' A  Photo of a\tCAT')).toEqual([49406, 320, 1125, 539, 320, 2368, 49407]);
    expect(idsOf(bundle, 'a diagram')).toEqual([49406, 320, 22697, 49407]);
    // Numerals are read one by one, signs together; “µ” is the bytes C2 and B5.
    expect(idsOf(bundle, '12.5 !!')).toEqual([49406, 272, 273, 269, 276, 748, 49407]);
    expect(idsOf(bundle, 'µ').slice(1, -1)).toEqual([126, 256 + 113]);
    const { ids, attentionMask } = encode('a dog');
    expect(ids).toHaveLength(77);
    expect(ids.slice(4)).toEqual(Array.from({ length: 73 }, () => 0));
    expect(attentionMask.slice(0, 5)).toEqual([1, 1, 1, 1, 0]);
    expect(readFileSync(join(bundle.folder, 'MODEL_CARD.md'), 'utf8')).toContain('OpenAI, MIT');
  });

  it('refuses what has more tokens than the model reads, and says what fits', async () => {
    const bundle = await importing('short', { ...CLIP, context: 5 });
    const error = await refusal(() => loadTokenizer(bundle)('a photo of a cat'));
    expect(error).toMatchObject({
      code: 'prompt-too-long',
      hint: expect.stringContaining('“a photo of”'),
    });
  });
});

describe('a vocab.txt', () => {
  const words = Object.keys(TINY_TOKENIZER.model.vocab);

  it('gives what the tokenizer.json of its tokens gives', async () => {
    const json = await importing('json', {}, file('t.json', JSON.stringify(TINY_TOKENIZER)));
    const txt = await importing('txt', {}, file('vocab.txt', `${words.join('\n')}\n`));
    for (const prompt of ['left kidney', 'right spleen']) {
      expect(idsOf(txt, prompt)).toEqual(idsOf(json, prompt));
    }
    expect(idsOf(txt, 'Left KIDNEY')).toEqual([2, 4, 6, 3]);
    expect(txt.json.tokenizer).toEqual({ kind: 'wordpiece', padId: 0 });
  });

  it('with capitals is read as it is written', async () => {
    const cased = [...words.slice(0, 4), 'Left', 'left', 'kidney'];
    const bundle = await importing('cased', {}, file('cased.txt', cased.join('\n')));
    expect(idsOf(bundle, 'Left kidney')).toEqual([2, 4, 6, 3]);
  });
});

describe('where no tokenizer is given', () => {
  const vocab = Object.keys(TINY_TOKENIZER.model.vocab).join('\n');
  const hasTokenizer = (bundle: Bundle): boolean =>
    existsSync(join(bundle.folder, 'tokenizer.json'));

  it.each([
    ['vocab.txt', vocab],
    ['tokenizer.json', JSON.stringify(TINY_TOKENIZER)],
  ])('a %s beside the checkpoint is taken', async (name, text) => {
    const bundle = await importing(`beside-${name}`, {}, undefined, { beside: { name, text } });
    expect(idsOf(bundle, 'left kidney')).toEqual([2, 4, 6, 3]);
    expect(bundle.json.provenance['tokenizer']).toContain(`${name}, beside the checkpoint`);
  });

  it('one beside the checkpoint that does not fit is left there', async () => {
    const beside = { name: 'vocab.txt', text: `${vocab}\nmore\nwords` };
    expect(hasTokenizer(await importing('unfit', {}, undefined, { beside }))).toBe(false);
  });

  it('that of a model with the same words is taken, of another one it is not', async () => {
    const donors = [await importing('donor', {}, file('donor.txt', vocab))];
    const bundle = await importing('borrowing', {}, undefined, { donors });
    expect(idsOf(bundle, 'left kidney')).toEqual([2, 4, 6, 3]);
    expect(bundle.json.provenance['tokenizer']).toContain('of the model donor');
    const other = await importing('stranger', {}, undefined, { donors, fill: 1 });
    expect(hasTokenizer(other)).toBe(false);
  });
});

describe('a model without a tokenizer', () => {
  const path = file('later.txt', Object.keys(TINY_TOKENIZER.model.vocab).join('\n'));

  it('gets one later, and only one', async () => {
    const { folder: bundle } = await importing('later', {});
    const reading = await addTokenizer(bundle, path);
    expect(idsOf(reading, 'left kidney')).toEqual([2, 4, 6, 3]);
    const given = await importing('at-once', {}, path);
    expect(reading.family).toBe(given.family);
    expect(await refusal(() => addTokenizer(bundle, path))).toMatchObject({
      code: 'has-tokenizer',
    });
  });

  it('stays as it was where that does not fit', async () => {
    const bundle = await importing('unlucky', {});
    const long = file('long.txt', `${readFileSync(path, 'utf8')}\nmore\nwords`);
    expect(await refusal(() => addTokenizer(bundle.folder, long))).toMatchObject({
      code: 'tokenizer-mismatch',
    });
    expect((await openBundle(bundle.folder)).hash).toBe(bundle.hash);
  });
});

describe('a tokenizer of another text encoder', () => {
  const numbered = (count: number, cls: number): string => {
    const tokens = Array.from({ length: count }, (_, id) => `word${id}`);
    for (const [n, token] of ['[CLS]', '[SEP]', '[UNK]'].entries()) tokens[cls + n] = token;
    tokens[0] = '[PAD]';
    return tokens.join('\n');
  };
  it.each<[string, Partial<Architecture>, string, RegExp]>([
    ['with too few tokens', CLIP, numbered(30_522, 2), /30522 tokens; the model knows 49408/],
    ['with too many tokens', { vocab: 30_522 }, numbered(31_000, 2), /30999; .* 30522/],
    ['of general text', { vocab: 30_522 }, numbered(30_522, 101), /BERT for general text/],
  ])('%s is refused, and nothing is left', async (name, change, vocab, message) => {
    const path = file(`${name}.txt`, vocab);
    const error = await refusal(() => importing(name, change, path));
    expect(error).toMatchObject({
      code: 'tokenizer-mismatch',
      message: expect.stringMatching(message),
    });
    expect(error.hint).toBeTruthy();
  });

  it('is told from that of the published towers', async () => {
    const path = file('biomedbert.txt', numbered(30_522, 2));
    const bundle = await importing('biomedbert', { vocab: 30_522 }, path);
    expect(idsOf(bundle, 'word7')).toEqual([2, 7, 3]);
  });

  it('that is neither is refused', async () => {
    const path = file('notes.txt', 'nothing\nof\nthe\nkind\n');
    expect(await refusal(() => importing('notes', {}, path))).toMatchObject({
      code: 'bad-tokenizer',
    });
  });
});
