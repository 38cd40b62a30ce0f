import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { listModels, resolveBundle } from '../../src/main/engine/bundle/library.ts';
import { loadTokenizer } from '../../src/main/engine/bundle/tokenizer.ts';
import { refusal, TINY_TOKENIZER, writeTinyBundle, type BundleChange } from './tiny-model.ts';

const work = mkdtempSync(join(tmpdir(), 'marginalia-bundle-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(work, 'b-'));
});

const WEIGHT = 'vision_model.conv1.weight';
const GATE = 'pvl_adapters.0.two_way.cross_attn_img_to_txt.gate';

it('a valid bundle opens, whatever the float type and whatever else lies beside it', async () => {
  writeTinyBundle(folder, {
    tensors: (t) => t.set(WEIGHT, { ...t.get(WEIGHT)!, dtype: 'F16' }),
  });
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const bundle = await openBundle(folder);
  expect(bundle.json.name).toBe('tiny');
  expect(bundle.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(loadTokenizer(bundle)('left kidney')).toEqual({
    ids: [2, 4, 6, 3, 0],
    attentionMask: [1, 1, 1, 1, 0],
  });
});

/** What is wrong, how it is made, the error's code, what it must name, what the hint must say. */
type Fault = [string, () => void, string, (RegExp | string)[], RegExp];

const built = (change: BundleChange): (() => void) => {
  return () => void writeTinyBundle(folder, change);
};
const changed = (name: string, alter: (path: string) => void): (() => void) => {
  return () => {
    writeTinyBundle(folder);
    alter(join(folder, name));
  };
};
const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
};
const AGAIN = /[Ii]mport or download the bundle again/;

const faults: Fault[] = [
  [
    'no model.json',
    changed('model.json', (p) => rmSync(p)),
    'no-bundle',
    ['model.json'],
    /marginalia model import/,
  ],
  [
    'a changed byte',
    changed('weights.safetensors', flip),
    'bundle-hash-mismatch',
    ['weights.safetensors', /sha256 is \w{12}… instead of \w{12}…/],
    AGAIN,
  ],
  [
    'a changed byte of the tokenizer',
    changed('tokenizer.json', flip),
    'bundle-hash-mismatch',
    ['tokenizer.json'],
    AGAIN,
  ],
  [
    'a file that is cut off',
    changed('adapters.safetensors', (p) => truncateSync(p, 100)),
    'bundle-hash-mismatch',
    ['adapters.safetensors', /100 bytes instead of \d+/],
    AGAIN,
  ],
  [
    'a file that has grown',
    changed('weights.safetensors', (p) => appendFileSync(p, 'x')),
    'bundle-hash-mismatch',
    ['weights.safetensors', /bytes instead of/],
    AGAIN,
  ],
  [
    'a missing file',
    changed('weights.safetensors', (p) => rmSync(p)),
    'bundle-file-missing',
    ['weights.safetensors'],
    AGAIN,
  ],
  [
    'a missing tokenizer',
    changed('tokenizer.json', (p) => rmSync(p)),
    'bundle-file-missing',
    ['tokenizer.json'],
    AGAIN,
  ],
  [
    'a folder in the place of a file',
    changed('weights.safetensors', (p) => {
      rmSync(p);
      mkdirSync(p);
    }),
    'not-a-file',
    ['weights.safetensors', /folder/],
    /file/,
  ],
  [
    'an unlisted file',
    built({
      json: (j) => {
        delete j.files['adapters.safetensors'];
      },
    }),
    'bad-model-json',
    ['adapters.safetensors', /does not list/],
    AGAIN,
  ],
  [
    'an unlisted tokenizer',
    built({
      json: (j) => {
        delete j.files['tokenizer.json'];
      },
    }),
    'bad-model-json',
    ['tokenizer.json', /does not list/],
    AGAIN,
  ],
  [
    'a file outside the folder',
    built({
      json: (j) => {
        j.files['../secret'] = { sha256: '0'.repeat(64), bytes: 1 };
      },
    }),
    'bad-model-json',
    ['../secret'],
    AGAIN,
  ],
  [
    'a missing tensor',
    built({ tensors: (t) => t.delete(WEIGHT) }),
    'missing-tensor',
    ['weights.safetensors', WEIGHT],
    /another architecture/,
  ],
  [
    'a missing adapter',
    built({ tensors: (t) => t.delete(GATE) }),
    'missing-tensor',
    ['adapters.safetensors', GATE],
    /another architecture/,
  ],
  [
    'a wrong shape',
    built({
      tensors: (t) => t.set(WEIGHT, { shape: [4, 3, 4, 5], values: new Float32Array(240) }),
    }),
    'bad-tensor-shape',
    ['weights.safetensors', WEIGHT, '4×3×4×5', '4×3×4×4'],
    /another architecture/,
  ],
  [
    'axes in another order',
    built({ tensors: (t) => t.set(WEIGHT, { ...t.get(WEIGHT)!, shape: [3, 4, 4, 4] }) }),
    'bad-tensor-shape',
    [WEIGHT, '3×4×4×4'],
    /another architecture/,
  ],
  [
    'a wrong type',
    built({ tensors: (t) => t.set(WEIGHT, { ...t.get(WEIGHT)!, dtype: 'I64' }) }),
    'bad-tensor-type',
    ['weights.safetensors', WEIGHT, 'I64', 'F32', 'F16'],
    AGAIN,
  ],
  [
    'more layers than there are',
    built({
      json: (j) => {
        j.architecture['layers'] = 2;
      },
    }),
    'missing-tensor',
    [/resblocks\.1\./],
    /another architecture/,
  ],
  [
    'a thousand million layers',
    built({
      json: (j) => {
        j.architecture['layers'] = 1e9;
      },
    }),
    'bad-model-json',
    ['architecture.layers', '512'],
    AGAIN,
  ],
  [
    'an endless image',
    built({
      json: (j) => {
        j.architecture['image'] = 1e300;
      },
    }),
    'bad-model-json',
    ['architecture.image'],
    AGAIN,
  ],
  [
    'negative widths',
    built({
      json: (j) => {
        j.architecture['joint'] = -4;
      },
    }),
    'bad-model-json',
    ['architecture.joint'],
    AGAIN,
  ],
  [
    'heads that do not divide the width',
    built({
      json: (j) => {
        j.architecture['visionHeads'] = 3;
      },
    }),
    'bad-model-json',
    ['visionHeads'],
    AGAIN,
  ],
  [
    'fusion beyond the last layer',
    built({
      json: (j) => {
        j.architecture['fusionLayers'] = [1];
      },
    }),
    'bad-model-json',
    ['fusionLayers'],
    AGAIN,
  ],
  [
    'padding that is no token',
    built({
      json: (j) => {
        j.tokenizer['padId'] = 8;
      },
    }),
    'bad-model-json',
    ['tokenizer.padId'],
    AGAIN,
  ],
  [
    'a newer format',
    built({
      json: (j) => {
        j['formatVersion'] = 2;
        delete j['prompts'];
      },
    }),
    'newer-format',
    ['model.json', /version 2/, /version 1/],
    /[Uu]pdate Marginalia/,
  ],
  [
    'a version that is no number',
    built({
      json: (j) => {
        j['formatVersion'] = 'two';
      },
    }),
    'bad-model-json',
    ['formatVersion'],
    AGAIN,
  ],
  [
    'another format',
    built({
      json: (j) => {
        j['format'] = 'something-else';
      },
    }),
    'bad-model-json',
    ['format'],
    AGAIN,
  ],
  [
    'model.json that is no JSON',
    changed('model.json', (p) => writeFileSync(p, '{"format": ')),
    'bad-model-json',
    ['model.json', /JSON/],
    AGAIN,
  ],
  [
    'model.json that is null',
    changed('model.json', (p) => writeFileSync(p, 'null')),
    'bad-model-json',
    ['model.json'],
    AGAIN,
  ],
  [
    'model.json that is a folder',
    changed('model.json', (p) => {
      rmSync(p);
      mkdirSync(p);
    }),
    'not-a-file',
    ['model.json', /folder/],
    /file/,
  ],
  [
    'a model.json of gigabytes',
    changed('model.json', (p) => truncateSync(p, 2 ** 32)),
    'file-too-large',
    ['model.json', '4295 MB'],
    /./,
  ],
];

describe('a bundle with', () => {
  it.each(faults)('%s is refused in words', async (_, make, code, names, hint) => {
    make();
    const error = await refusal(() => openBundle(folder));
    expect(error).toMatchObject({ code, hint: expect.stringMatching(hint) });
    for (const name of [...names, folder])
      expect(error.message).toMatch(name instanceof RegExp ? name : new RegExp(escape(name)));
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(400);
  });

  it('a damaged weights file is told even where model.json lists it so', async () => {
    writeTinyBundle(folder, { tensors: (t) => t.delete(WEIGHT) });
    const other = writeTinyBundle(join(folder, 'whole'));
    writeFileSync(
      join(other, 'weights.safetensors'),
      readFileSync(join(folder, 'weights.safetensors')),
    );
    expect((await refusal(() => openBundle(other))).code).toBe('bundle-hash-mismatch');
  });

  it('a file that is changed after it was opened once is noticed', async () => {
    writeTinyBundle(folder);
    await openBundle(folder);
    flip(join(folder, 'weights.safetensors'));
    expect((await refusal(() => openBundle(folder))).code).toBe('bundle-hash-mismatch');
  });
});

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

describe('the hash of a bundle', () => {
  const hashOf = async (change: BundleChange): Promise<string> => {
    const made = mkdtempSync(join(folder, 'h-'));
    return (await openBundle(writeTinyBundle(made, change))).hash;
  };

  it('changes with what shapes its predictions, and with nothing else', async () => {
    const plain = await hashOf({});
    const name = await hashOf({
      json: (j) => {
        j['name'] = 'renamed';
      },
    });
    const order = await hashOf({
      json: (j) => {
        j['files'] = Object.fromEntries(Object.entries(j.files).reverse());
      },
    });
    expect([name, order]).toEqual([plain, plain]);
    const different = await Promise.all([
      hashOf({
        json: (j) => {
          j.architecture['beta'] = 1;
        },
      }),
      hashOf({
        json: (j) => {
          j.architecture['maskPadding'] = true;
        },
      }),
      hashOf({
        json: (j) => {
          j.tokenizer['padId'] = 1;
        },
      }),
      hashOf({ tensors: (t) => t.get(GATE)!.values.fill(9) }),
      hashOf({ tokenizer: null }),
    ]);
    expect(new Set([plain, ...different]).size).toBe(6);
  });
});

describe('the tokenizer of a bundle', () => {
  const tokenizer = async (text: string | object | null): Promise<(prompt: string) => unknown> => {
    const content = text === null || typeof text === 'string' ? text : JSON.stringify(text);
    return loadTokenizer(await openBundle(writeTinyBundle(folder, { tokenizer: content })));
  };
  const model = TINY_TOKENIZER.model;

  it.each([
    ['no JSON', '{"model"', 'bad-tokenizer', /JSON/],
    ['null', 'null', 'bad-tokenizer', /object/],
    ['nothing', '', 'bad-tokenizer', /JSON/],
    ['no model', {}, 'bad-tokenizer', /model/],
    [
      'an unknown kind',
      { ...TINY_TOKENIZER, model: { ...model, type: 'Unigram' } },
      'bad-tokenizer',
      /WordPiece and BPE/,
    ],
    [
      'words that are no numbers',
      { ...TINY_TOKENIZER, model: { ...model, vocab: { a: 'b' } } },
      'bad-tokenizer',
      /model\.vocab\.a/,
    ],
    [
      'more words than the model',
      { ...TINY_TOKENIZER, model: { ...model, vocab: { ...model.vocab, liver: 8 } } },
      'tokenizer-mismatch',
      /up to 8.*knows 8 tokens/,
    ],
    [
      'an added token beyond the model',
      { ...TINY_TOKENIZER, added_tokens: [{ id: 4000, content: '[X]', special: true }] },
      'tokenizer-mismatch',
      /up to 4000/,
    ],
    [
      'an unknown way to split',
      { ...TINY_TOKENIZER, pre_tokenizer: { type: 'Magic' } },
      'bad-tokenizer',
      /Magic/,
    ],
    [
      'a broken pattern',
      {
        ...TINY_TOKENIZER,
        pre_tokenizer: {
          type: 'Split',
          pattern: { Regex: '(' },
          behavior: 'Isolated',
          invert: false,
        },
      },
      'bad-tokenizer',
      /./,
    ],
    [
      'merges that are missing',
      { ...TINY_TOKENIZER, model: { type: 'BPE', vocab: model.vocab } },
      'bad-tokenizer',
      /./,
    ],
    [
      'no token for what it does not know',
      { ...TINY_TOKENIZER, model: { ...model, vocab: { left: 4 }, unk_token: '[NONE]' } },
      'bad-tokenizer',
      /no token for a part of “left spleen”/,
    ],
  ] as [string, string | object, string, RegExp][])(
    '%s is refused in words',
    async (_, text, code, message) => {
      const error = await refusal(async () => (await tokenizer(text))('left spleen'));
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/text encoder/),
      });
      expect(error.message).toContain(join(folder, 'tokenizer.json'));
      expect(error.message).not.toContain('\n');
    },
  );

  it('that is not there is asked for when text comes', async () => {
    const error = await refusal(() => tokenizer(null));
    expect(error).toMatchObject({
      code: 'no-tokenizer',
      hint: expect.stringContaining('model tokenizer'),
    });
    expect(error.message).toContain('tiny');
  });

  it('tells how much of a long prompt fits', async () => {
    const encode = await tokenizer(TINY_TOKENIZER);
    encode('left left kidney');
    const error = await refusal(() => encode('left left kidney right kidney'));
    expect(error.code).toBe('prompt-too-long');
    expect(error.message).toMatch(/left left kidney right kidney.* 7 tokens.*tiny reads 5/);
    expect(error.hint).toContain('“left left kidney”');
  });

  it('says so where not one word fits', async () => {
    const encode = await tokenizer({
      ...TINY_TOKENIZER,
      model: { ...model, vocab: { ...model.vocab, '##a': 7 } },
    });
    const error = await refusal(() => encode('lefta'.padEnd(30, 'a')));
    expect(error.code).toBe('prompt-too-long');
    expect(error.hint).not.toContain('“”');
  });

  it('cuts a prompt of a megabyte short in the message, and reads it as a whole only once', async () => {
    const encode = await tokenizer(TINY_TOKENIZER);
    const read = vi.spyOn(Tokenizer.prototype, 'encode');
    const error = await refusal(() => encode('left '.repeat(200_000)));
    expect(error.code).toBe('prompt-too-long');
    expect(error.message.length).toBeLessThan(300);
    const lengths = read.mock.calls.map(([text]) => text.length);
    expect(lengths[0]).toBe(1_000_000);
    expect(Math.max(...lengths.slice(1))).toBeLessThan(50);
    expect(lengths.length).toBeLessThan(8);
    read.mockRestore();
  });

  it.each([
    ['an empty prompt', ' \t'],
    ['a prompt without words', '\u0001\u0002'],
  ])('%s is refused', async (_, prompt) => {
    const encode = await tokenizer({
      ...TINY_TOKENIZER,
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
    });
    expect(await refusal(() => encode(prompt))).toMatchObject({
      code: 'empty-prompt',
      hint: expect.stringMatching(/./),
    });
  });
});

describe('the library', () => {
  const before = process.env['MARGINALIA_MODELS'];
  afterEach(() => {
    if (before === undefined) delete process.env['MARGINALIA_MODELS'];
    else process.env['MARGINALIA_MODELS'] = before;
  });

  it('lists what has a model.json, names it and finds it by name or path', () => {
    process.env['MARGINALIA_MODELS'] = folder;
    writeTinyBundle(join(folder, 'mine'));
    mkdirSync(join(folder, 'not-a-model'));
    const names = listModels().map(({ name }) => name);
    expect(names).toContain('mine');
    expect(names).not.toContain('not-a-model');
    expect(resolveBundle('mine')).toBe(join(folder, 'mine'));
    expect(resolveBundle(join(folder, 'mine'))).toBe(join(folder, 'mine'));
  });

  it('tells the names it knows where one is unknown', async () => {
    process.env['MARGINALIA_MODELS'] = folder;
    writeTinyBundle(join(folder, 'mine'));
    expect(await refusal(() => resolveBundle('yours'))).toMatchObject({
      code: 'unknown-model',
      message: expect.stringContaining('yours'),
      hint: expect.stringContaining('mine'),
    });
  });

  it('that is a file or missing holds nothing', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(folder, 'nowhere')]) {
      process.env['MARGINALIA_MODELS'] = path;
      expect(listModels().filter((m) => m.folder.startsWith(folder))).toEqual([]);
    }
  });
});
