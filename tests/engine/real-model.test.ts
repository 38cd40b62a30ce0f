import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleWeights, openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { importCheckpoint } from '../../src/main/engine/bundle/import-checkpoint.ts';
import { loadTokenizer } from '../../src/main/engine/bundle/tokenizer.ts';
import { openModel } from '../../src/main/engine/medclipseg/open.ts';
import { mapsAtSlice, modelPicture, normalise } from '../../src/main/engine/preprocess.ts';
import { forkEngine } from '../../src/main/engine/process/spawn.ts';
import {
  startEngine,
  type EngineNotice,
  type EngineRequest,
} from '../../src/main/engine/process/supervisor.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { createAccumulator } from '../../src/shared/uncertainty.ts';
import { describeShared } from '../support/shared-data.ts';

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'left', 'right', 'kidney'];
const tokenizer = {
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

const request: EngineRequest = {
  slice: {
    channels: 1,
    rows: 51,
    columns: 35,
    pixels: Int16Array.from({ length: 51 * 35 }, (_, i) => 500 + 400 * Math.sin(i / 9)),
    window: { centre: 500, width: 900 },
  },
  prompts: ['left kidney', 'right kidney'],
  samples: 5,
  seed: 2,
  sliceKey: '1.2.3',
  tolerance: 0,
  priority: 0,
  preview: true,
};

describeShared('a real model in the engine process', ['reference', 'small-a'], (source) => {
  let folder: string;
  let bundleFolder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'marginalia-'));
    const tokenizerFile = join(folder, 'tokenizer.json');
    writeFileSync(tokenizerFile, JSON.stringify(tokenizer));
    bundleFolder = join(folder, 'bundle');
    await importCheckpoint({
      checkpoint: join(source, 'checkpoint.pth'),
      config: join(source, 'config.json'),
      tokenizer: tokenizerFile,
      out: bundleFolder,
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('predicts what its parts compute one by one', async () => {
    const engine = startEngine({ spawn: forkEngine });
    const seen: number[] = [];
    let final;
    try {
      await engine.load(bundleFolder, 'cpu');
      final = await engine.predict(request, { onFrame: (f) => seen.push(f.samplesUsed) }).result;
    } finally {
      await engine.close();
    }
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(5);

    const bundle = await openBundle(bundleFolder);
    const { preprocessing } = bundle.json;
    const size = bundle.architecture.image;
    const options = { device: 'cpu', folder: bundleFolder } as const;
    const model = await openModel(bundle.architecture, bundleWeights(bundle), options);
    const image = await model.encodeImage(
      normalise(modelPicture(request.slice, size), preprocessing),
    );
    for (const [label, text] of request.prompts.entries()) {
      const { ids, attentionMask } = loadTokenizer(bundle)(text);
      const prompt = await model.encodePrompt(ids, attentionMask);
      const expected = createAccumulator(size * size);
      for (let sample = 0; sample < 5; sample++) {
        const noise = noiseSource({ seed: 2, slice: '1.2.3', prompt: text, sample });
        expected.add(await model.forward([{ image, prompt, noise }]));
      }
      const maps = mapsAtSlice(expected.maps(), size, 51, 35);
      for (const map of ['probability', 'total', 'aleatoric', 'epistemic'] as const) {
        final.maps[label]![map].forEach((v, i) =>
          expect(Math.abs(v - maps[map][i]!)).toBeLessThan(2e-5),
        );
      }
    }
    await model.dispose();
  });

  it('goes on with the CPU, and says so, where CUDA cannot be used', async () => {
    const notices: EngineNotice[] = [];
    const engine = startEngine({ spawn: forkEngine, onNotice: (n) => notices.push(n) });
    try {
      const device = await engine.load(bundleFolder, 'cuda');
      expect((await engine.predict(request).result).samplesUsed).toBe(5);
      expect(notices.map(({ kind }) => kind)).toEqual(
        device === 'cuda' ? [] : ['fell-back-to-cpu'],
      );
    } finally {
      await engine.close();
    }
  });

  it('says which prompt is too long for it', async () => {
    const engine = startEngine({ spawn: forkEngine });
    try {
      await engine.load(bundleFolder, 'cpu');
      const prompts = ['left '.repeat(30)];
      await expect(engine.predict({ ...request, prompts }).result).rejects.toMatchObject({
        code: 'prompt-too-long',
      });
    } finally {
      await engine.close();
    }
  });
});
