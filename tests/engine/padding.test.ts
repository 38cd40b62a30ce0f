import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import type { ForwardItem, ImageCode } from '../../src/main/engine/medclipseg/model.ts';
import { openModel, type OpenedModel } from '../../src/main/engine/medclipseg/open.ts';
import { fillNormal, noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { keyedState } from '../../src/shared/random.ts';
import { FULL_SIZE, randomModel } from '../bench/model-files.ts';
import { relativeError } from './tensor/harness.ts';

/** The towers meet in the middle, so that text passes layers before, between and behind. */
const SMALL: Architecture = {
  ...FULL_SIZE,
  image: 16,
  patch: 4,
  visionWidth: 16,
  visionHeads: 2,
  textWidth: 12,
  textHeads: 2,
  layers: 5,
  vocab: 50,
  context: 9,
  maxPosition: 9,
  joint: 8,
  adapter: 8,
  fusionLayers: [1, 2, 3],
  numUpscale: 1,
};

/** Prompts by their number of tokens; the longest fills the context. */
const LENGTHS = [2, 5, SMALL.context];

describe.each([
  ['unimedclip', 'unmasked, as published', false],
  ['unimedclip', 'masked', true],
  ['clip', 'unmasked, as published', false],
  ['clip', 'masked', true],
] as const)('%s, padding that is %s', (backbone, _, maskPadding) => {
  const architecture = { ...SMALL, backbone, maskPadding };
  const { folder, weights } = randomModel(architecture);
  let model: OpenedModel;
  let image: ImageCode;
  beforeAll(async () => {
    model = await openModel(architecture, weights, { device: 'cpu', folder });
    const pixels = new Float32Array(3 * SMALL.image ** 2);
    fillNormal(keyedState(1), pixels);
    image = await model.encodeImage(pixels);
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  /** A prompt of `length` tokens, padded with `pad`, in the mean pass and in one sample. */
  const items = async (length: number, pad = 0): Promise<ForwardItem[]> => {
    const tokens = Array.from({ length: SMALL.context }, (_, i) => i < length);
    const ids = tokens.map((real, i) => (real ? 3 + ((7 * i + length) % 40) : pad));
    const prompt = await model.encodePrompt(ids, tokens.map(Number));
    const noise = noiseSource({ seed: 1, slice: 's', prompt: `${length}`, sample: 0 });
    return [
      { image, prompt, noise: null },
      { image, prompt, noise },
    ];
  };

  it('gives a prompt alone what it gives among longer ones', async () => {
    const prompts: ForwardItem[][] = [];
    for (const length of LENGTHS) prompts.push(await items(length));
    const together = await model.pass(prompts.flat());
    for (const [at, prompt] of prompts.entries()) {
      const alone = await model.pass(prompt);
      for (const output of ['logits', 'imageFeatures', 'textFeatures'] as const) {
        const n = together[output].length / LENGTHS.length;
        const among = together[output].subarray(at * n, (at + 1) * n);
        expect(relativeError(alone[output], among), `${output} of ${LENGTHS[at]}`).toBeLessThan(
          1e-5,
        );
      }
    }
  });

  it(`${maskPadding ? 'never' : 'always'} lets its tokens be seen`, async () => {
    const [zero, other] = [await items(5, 0), await items(5, 2)];
    const difference = relativeError(await model.forward(other), await model.forward(zero));
    if (maskPadding) expect(difference).toBeLessThan(1e-5);
    else expect(difference).toBeGreaterThan(1e-3);
  });
});
