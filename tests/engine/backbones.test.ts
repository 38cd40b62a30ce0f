import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  BACKBONE_NAMES,
  isTrainable,
  type Architecture,
} from '../../src/main/engine/medclipseg/config.ts';
import { createLearner, type LearnerBatch } from '../../src/main/engine/medclipseg/learner.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { fillNormal, noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { keyedState } from '../../src/shared/random.ts';
import { FULL_SIZE, randomModel, randomValues } from '../bench/model-files.ts';

const BATCH = 2;

const SMALL: Architecture = {
  ...FULL_SIZE,
  image: 16,
  patch: 4,
  visionWidth: 16,
  visionHeads: 2,
  textWidth: 12,
  textHeads: 2,
  layers: 4,
  vocab: 30,
  context: 6,
  maxPosition: 8,
  joint: 8,
  adapter: 8,
  fusionLayers: [0, 2],
  numUpscale: 1,
};

/** Two images and prompts of two lengths with a disc each, the same at each call. */
function batchOf(a: Architecture): LearnerBatch {
  const image = new Float32Array(BATCH * 3 * a.image ** 2);
  fillNormal(keyedState('image'), image);
  const ids = [
    [2, 9, 14, 29, 0, 0],
    [2, 7, 21, 8, 17, 29],
  ];
  return {
    inputs: { image, token_ids: BigInt64Array.from(ids.flat(), BigInt) },
    textMask: Float32Array.from(ids.flat(), (id) => (id > 0 ? 1 : 0)),
    target: Float32Array.from({ length: BATCH * a.image ** 2 }, (_, i) => {
      const [x, y] = [i % a.image, Math.floor(i / a.image) % a.image];
      return Math.hypot(x - 7, y - 9) < 5 ? 1 : 0;
    }),
    noise: [0, 1].map((sample) => noiseSource({ seed: 1, slice: 's', prompt: 'p', sample })),
  };
}

describe.each(BACKBONE_NAMES)('learning with the towers of %s', (backbone) => {
  const a: Architecture = { ...SMALL, backbone };
  const { folder, weights } = randomModel(a);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const trainable = [...tensorShapes(a)].filter(([name]) => isTrainable(name));
  const parameters = (): Map<string, Float32Array> =>
    new Map(trainable.map(([name, shape]) => [name, randomValues(name, shape)]));
  const learner = createLearner({
    architecture: a,
    frozen: weights,
    trainable: trainable.map(([name]) => name),
    batch: BATCH,
    towers: true,
    // No gradient flows through its targets, as published, so it would not be the loss's slope.
    contrastiveWeight: 0,
    device: 'cpu',
    folder,
  });
  afterAll(async () => (await learner).dispose());

  it.each(['pvl_adapters.1.', 'mask_head.', 'upscale.'])(
    'the loss falls along the gradient of %s as fast as it says',
    async (part) => {
      const { run } = await learner;
      const batch = batchOf(a);
      const { gradient } = await run(batch, parameters());
      const names = trainable.map(([name]) => name).filter((name) => name.startsWith(part));
      const steepness = Math.hypot(...names.flatMap((name) => [...gradient(name)]));
      const lossAt = async (distance: number): Promise<number> => {
        const moved = parameters();
        for (const name of names) {
          const g = gradient(name);
          moved.get(name)!.forEach((v, i, all) => (all[i] = v + (distance / steepness) * g[i]!));
        }
        return (await run(batch, moved)).losses.total;
      };
      const step = 0.01;
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      expect(Math.abs(slope / steepness - 1)).toBeLessThan(0.02);
    },
  );

  it(`${backbone === 'biomedclip' ? 'never' : 'always'} meets before the first layer`, async () => {
    const { run } = await learner;
    const { gradient } = await run(batchOf(a), parameters());
    const isTouched = gradient('pvl_adapters.0.proj_vis_up.weight').some((g) => g !== 0);
    expect(isTouched).toBe(backbone !== 'biomedclip');
  });
});
