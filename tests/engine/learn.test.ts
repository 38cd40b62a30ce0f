import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { drawPicks } from '../../src/main/engine/learn/examples.ts';
import {
  learn,
  type LearningHooks,
  type LearningModel,
} from '../../src/main/engine/learn/learn.ts';
import { createTokenSource } from '../../src/main/engine/learn/tokens.ts';
import { resolveTrainable } from '../../src/main/engine/learn/trainable.ts';
import {
  LEARNING_DEFAULTS,
  type LearningJob,
  type LearningProgress,
  type LearningSettings,
  type LearningSlice,
} from '../../src/main/engine/learn/types.ts';
import { isTrainable, type Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { createLearner } from '../../src/main/engine/medclipseg/learner.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import type { Device } from '../../src/main/engine/runtime/session.ts';
import { uniform } from '../../src/shared/random-draws.ts';
import { keyedState } from '../../src/shared/random.ts';
import { FULL_SIZE, randomModel } from '../bench/model-files.ts';
import { webgpuMissing } from '../support/webgpu.ts';
import { relativeError } from './tensor/harness.ts';

const noGpu = await webgpuMissing();

const a: Architecture = {
  ...FULL_SIZE,
  image: 32,
  patch: 8,
  visionWidth: 24,
  visionHeads: 2,
  textWidth: 16,
  textHeads: 2,
  layers: 4,
  vocab: 40,
  context: 6,
  maxPosition: 6,
  joint: 16,
  adapter: 8,
  fusionLayers: [1, 2, 3],
  numUpscale: 1,
};
const { folder, weights } = randomModel(a);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parameters = new Map(
  [...tensorShapes(a)]
    .filter(([name]) => isTrainable(name))
    .map(([name, shape]) => {
      const state = keyedState('parameters', name);
      const size = shape.reduce((n, d) => n * d, 1);
      const scale = shape.length > 1 ? 1 / Math.sqrt(size / shape[0]!) : 0;
      const base = /norm/.test(name) && name.endsWith('weight') ? 1 : 0;
      return [
        name,
        Float32Array.from({ length: size }, () => base + uniform(state, -scale, scale)),
      ];
    }),
);
const model: LearningModel = {
  architecture: a,
  weights,
  parameters,
  folder,
  rules: {
    channelOrder: 'BGR',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    tokenize: (prompt) => ({
      ids: [2, 5 + (prompt.length % 30), 3, 0, 0, 0],
      attentionMask: [1, 1, 1, 0, 0, 0],
    }),
  },
};

/** A bright disc on a dark ground at (x, y), in a slice of 40 × 30 pixels. */
function disc(x: number, y: number): LearningSlice {
  const [rows, columns] = [30, 40];
  const inside = Uint8Array.from({ length: rows * columns }, (_, i) =>
    Math.hypot((i % columns) - x, Math.floor(i / columns) - y) < 7 ? 1 : 0,
  );
  const pixels = Int16Array.from(inside, (v, i) => (v ? 800 : 100) + ((i * 37) % 50));
  return {
    slice: { channels: 1, rows, columns, pixels, window: { centre: 500, width: 1000 } },
    targets: [
      { prompt: 'disc', mask: inside },
      { prompt: 'nothing here', mask: new Uint8Array(rows * columns) },
    ],
  };
}

const job = (settings: Partial<LearningSettings>, training = [disc(12, 10), disc(25, 18)]) =>
  ({
    training,
    validation: [disc(18, 14)],
    replay: [],
    settings: { ...LEARNING_DEFAULTS, steps: 4, batch: 4, variants: 3, ...settings },
  }) satisfies LearningJob;

const hooks = (more: Partial<LearningHooks> = {}): LearningHooks => ({
  signal: new AbortController().signal,
  onProgress: () => undefined,
  yieldToPredictions: () => Promise.resolve(),
  onFallback: (device, reason) => {
    throw new Error(`${device}: ${reason}`);
  },
  ...more,
});

async function curveOf(
  settings: Partial<LearningSettings>,
  device: Device = 'cpu',
): Promise<LearningProgress[]> {
  const curve: LearningProgress[] = [];
  await learn(model, job(settings), device, hooks({ onProgress: (p) => curve.push(p) }));
  return curve;
}

describe('learning from corrected slices', () => {
  it('finds what it is shown, also in a slice that it never learned from', async () => {
    const curve = await curveOf({ steps: 150, batch: 8, rate: [3e-3, 1e-3], validateEvery: 150 });
    const mean = (part: LearningProgress[]): number =>
      part.reduce((sum, { losses }) => sum + losses.bce, 0) / part.length;
    expect(mean(curve.slice(-20))).toBeLessThan(0.7 * mean(curve.slice(0, 20)));
    expect(curve.at(-1)!.validationDice).toBeGreaterThan(0.6);
    expect(curve.at(-1)!.secondsLeft).toBe(0);
  });

  it('repeats itself to the last bit, and leaves what it started from as it is', async () => {
    const before = structuredClone(parameters);
    const once = await learn(model, job({}), 'cpu', hooks());
    expect(await learn(model, job({}), 'cpu', hooks())).toEqual(once);
    expect(parameters).toEqual(before);
    expect(await learn(model, job({ seed: 1 }), 'cpu', hooks())).not.toEqual(once);
  });

  it('works with one slice and refuses to start with none', async () => {
    await learn(model, job({}, [disc(12, 10)]), 'cpu', hooks());
    await expect(learn(model, job({}, []), 'cpu', hooks())).rejects.toMatchObject({
      code: 'no-corrections',
    });
  });

  it.each([
    ['head', 'head', /^(mask_head|upscale)\./],
    ['the last adapter', { lastAdapters: 1 }, /^(mask_head|upscale|pvl_adapters\.2)\./],
  ] as const)('changes nothing but %s when asked to', async (_, trainable, learned) => {
    const after = await learn(model, job({ trainable }), 'cpu', hooks());
    expect([...after.keys()]).toEqual([...parameters.keys()]);
    for (const [name, values] of after) {
      const same = values.every((v, i) => v === parameters.get(name)![i]);
      // Behind the softmax a shift of all keys changes nothing: rounding decides on its gradient.
      if (!learned.test(name)) expect(same, name).toBe(true);
      else if (!name.includes('norm_k.bias')) expect(same, name).toBe(false);
    }
  });

  it('refuses to train more adapters than there are', async () => {
    const asked = job({ trainable: { lastAdapters: 4 } });
    await expect(learn(model, asked, 'cpu', hooks())).rejects.toMatchObject({
      code: 'bad-trainable-set',
    });
  });

  it('stops within one step when it is cancelled', async () => {
    const abort = new AbortController();
    let steps = 0;
    const onProgress = ({ step }: LearningProgress): void => {
      steps = step;
      if (step === 2) abort.abort();
    };
    const work = learn(
      model,
      job({ steps: 50 }),
      'cpu',
      hooks({ signal: abort.signal, onProgress }),
    );
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(steps).toBe(2);
  });

  it('lets others go first before every run', async () => {
    let turns = 0;
    const yieldToPredictions = (): Promise<void> => Promise.resolve(void turns++);
    await learn(model, job({ steps: 5, validateEvery: 10 }), 'cpu', hooks({ yieldToPredictions }));
    // Compiling, five steps, and a look at the one validation slice.
    expect(turns).toBe(7);
  });

  it('goes on with the CPU where a device fails', async () => {
    const failed: Device[] = [];
    const onFallback = (device: Device): void => void failed.push(device);
    const after = await learn(model, job({}), 'cuda', hooks({ onFallback }));
    if (failed.length > 0) expect(after).toEqual(await learn(model, job({}), 'cpu', hooks()));
  });

  it.skipIf(noGpu !== undefined)(
    `gives the same curve on WebGPU${noGpu ? `: skipped, ${noGpu}` : ''}`,
    async () => {
      const [cpu, gpu] = [
        await curveOf({ validateEvery: 4 }),
        await curveOf({ validateEvery: 4 }, 'webgpu'),
      ];
      cpu.forEach(({ losses }, i) => {
        expect(Math.abs(gpu[i]!.losses.total - losses.total)).toBeLessThan(1e-4);
      });
      expect(gpu.at(-1)!.validationDice).toBeCloseTo(cpu.at(-1)!.validationDice!, 2);
    },
  );
});

describe('layers before the first that learns', () => {
  it.each(['head', { lastAdapters: 1 }, { lastAdapters: 2 }] as const)(
    'are computed once without changing a gradient: %o',
    async (set) => {
      const { names, from } = resolveTrainable(set, a);
      const noise = [0, 1].map((sample) =>
        noiseSource({ seed: 3, slice: 's', prompt: 'p', sample }),
      );
      const options = { device: 'cpu', folder } as const;
      const gradients = async (start: number): Promise<Map<string, Float32Array>> => {
        const tokens = await createTokenSource(a, weights, start, model.rules, options);
        const common = { ...options, architecture: a, frozen: weights, batch: 2 };
        const learner = await createLearner({ ...common, trainable: names, from: start });
        const image = await tokens.image({
          channels: 1,
          rows: 32,
          columns: 32,
          values: new Uint8Array(32 * 32).map((_, i) => (i * 7) % 256),
        });
        const pairs = [];
        for (const [i, prompt] of ['disc', 'a longer one'].entries()) {
          pairs.push(await tokens.pair(image, await tokens.prompt(prompt), noise[i]!));
        }
        const join = (parts: Float32Array[]): Float32Array =>
          Float32Array.from(parts.flatMap((p) => [...p]));
        const { gradient } = await learner.run(
          {
            inputs: {
              image_tokens: join(pairs.map((p) => p.image)),
              text_tokens: join(pairs.map((p) => p.text)),
            },
            textMask: join(pairs.map((p) => p.mask)),
            target: new Float32Array(2 * 32 * 32).map((_, i) => (i % 5 === 0 ? 1 : 0)),
            noise,
          },
          parameters,
        );
        await learner.dispose();
        await tokens.dispose();
        return new Map(names.map((name) => [name, gradient(name)]));
      };
      const whole = await gradients(resolveTrainable('all', a).from);
      const late = await gradients(from);
      for (const [name, values] of late) {
        if (name.includes('norm_k.bias')) continue;
        expect(relativeError(values, whole.get(name)!), name).toBeLessThan(1e-4);
      }
    },
  );
});

describe('the pairs of a step', () => {
  it('show every corrected slice equally often, and repeat the share of old cases asked for', () => {
    const training = [disc(10, 10), disc(20, 10), disc(30, 10)];
    const replay = [disc(5, 5)];
    const asked = { ...job({ batch: 8, replay: 0.3 }, training), replay };
    const picks = Array.from({ length: 500 }, (_, step) => drawPicks(asked, step)).flat();
    const share = (slice: LearningSlice): number =>
      picks.filter((pick) => pick.slice === slice).length / picks.length;
    expect(share(replay[0]!)).toBeCloseTo(0.3, 1);
    for (const slice of training) expect(share(slice)).toBeCloseTo(0.7 / 3, 1);
  });
});
