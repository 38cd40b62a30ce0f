import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createPredictor, type PredictorOptions } from '../../src/main/engine/predict.ts';
import type { PredictionFrame, PredictionRequest } from '../../src/main/engine/predict/types.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { createAccumulator } from '../../src/shared/uncertainty.ts';
import { fakeModel, rules, virtualClock, type FakeModel } from './fake-model.ts';

const pixels = (seed: number): Int16Array =>
  Int16Array.from({ length: 64 }, (_, i) => (i * 37 + seed * 11) % 256);

function request(id: string, change: Partial<PredictionRequest> = {}): PredictionRequest {
  return {
    id,
    // LINEAR with these values passes 0 … 255 through, so the model sees the pixels themselves.
    slice: {
      channels: 1,
      rows: 8,
      columns: 8,
      pixels: pixels(id.length),
      window: { centre: 128, width: 256 },
    },
    prompts: ['liver', 'left kidney'],
    samples: 12,
    seed: 3,
    sliceKey: id,
    tolerance: 0,
    priority: 0,
    preview: true,
    ...change,
  };
}

/** On a clock that stands still, unless a test moves one: runs are as large as `mostItems` allows. */
const predictor = (model: FakeModel, options: Partial<PredictorOptions> = {}) =>
  createPredictor({ model, ...rules, frameInterval: 0, now: virtualClock().now, ...options });

async function frames(
  model: FakeModel,
  asked: PredictionRequest,
  options: Partial<PredictorOptions> = {},
): Promise<PredictionFrame[]> {
  const seen: PredictionFrame[] = [];
  await predictor(model, options).predict(asked, (frame) => seen.push(frame));
  return seen;
}

describe('one prediction', () => {
  it('gives the mean pass first, then every run’s state, each right by the definition', async () => {
    const asked = request('a', { samples: 5 });
    const seen = await frames(fakeModel(), asked, { mostItems: 2 });
    expect(seen.map((f) => f.samplesUsed)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen.map((f) => f.final)).toEqual([false, false, false, false, false, true]);

    asked.prompts.forEach((prompt, label) => {
      const value = (i: number): number => asked.slice.pixels[i]! / 127.5 - 1 + prompt.length / 10;
      const mean = seen[0]!.maps[label]!;
      const expected = createAccumulator(64);
      for (let sample = 0; sample < 5; sample++) {
        const source = noiseSource({ seed: 3, slice: 'a', prompt, sample });
        const [one, two] = [new Float32Array(64), new Float32Array(64)];
        source(0, 'img_to_txt', one);
        source(1, 'txt_to_img', two);
        expected.add(one.map((e, i) => value(i) + (e + two[i]!) / Math.SQRT2));
      }
      const last = seen[5]!.maps[label]!;
      const wanted = expected.maps();
      for (let i = 0; i < 64; i++) {
        expect(mean.probability[i]).toBeCloseTo(1 / (1 + Math.exp(-value(i))), 5);
        expect(mean.epistemic[i]).toBeCloseTo(0, 6);
        for (const map of ['probability', 'total', 'aleatoric', 'epistemic'] as const) {
          expect(last[map][i]).toBeCloseTo(wanted[map][i]!, 5);
        }
      }
      expect(Math.max(...last.epistemic)).toBeGreaterThan(0.01);
    });
  });

  it('gives bit for bit the same, whatever the batches and whoever shares them', async () => {
    const alone = (await frames(fakeModel(), request('a'), { mostItems: 1 })).at(-1)!;
    for (const mostItems of [2, 3, 7, 32]) {
      const p = predictor(fakeModel(), { mostItems });
      const seen: PredictionFrame[] = [];
      await Promise.all([
        p.predict(request('other'), () => {}),
        p.predict(request('a'), (frame) => seen.push(frame)),
        p.predict(request('more', { samples: 3 }), () => {}),
      ]);
      expect(seen.at(-1)).toEqual(alone);
    }
    const onlyKidney = await frames(fakeModel(), request('a', { prompts: ['left kidney'] }));
    expect(onlyKidney.at(-1)!.maps[0]).toEqual(alone.maps[1]);
  });

  it('changes with the seed and with the slice key', async () => {
    const last = async (change: Partial<PredictionRequest>): Promise<Float32Array> =>
      (await frames(fakeModel(), request('a', change))).at(-1)!.maps[0]!.probability;
    const base = await last({});
    expect(await last({ seed: 4 })).not.toEqual(base);
    expect(await last({ sliceKey: 'b' })).not.toEqual(base);
  });

  it('is the mean pass alone when no samples are asked for', async () => {
    const model = fakeModel();
    const seen = await frames(model, request('a', { samples: 0, preview: false }));
    expect(seen.map((f) => [f.samplesUsed, f.final])).toEqual([[0, true]]);
    expect(model.runs.every((n) => n < 0)).toBe(true);
  });

  it('gives the final frame alone, and saves the mean pass, without preview', async () => {
    const model = fakeModel();
    const seen = await frames(model, request('a', { preview: false }));
    expect(seen.map((f) => [f.samplesUsed, f.final])).toEqual([[12, true]]);
    expect(model.runs.reduce((a, b) => a + b)).toBe(24);
  });

  it('throttles the frames between the first and the last', async () => {
    const clock = virtualClock();
    const model = fakeModel({ onForward: () => clock.advance(20) });
    const used = async (priority: number): Promise<number[]> => {
      const options = { mostItems: 2, frameInterval: 100, now: clock.now };
      const seen = await frames(model, request('a', { samples: 40, priority }), options);
      return seen.map(({ samplesUsed }) => samplesUsed);
    };
    expect(await used(1)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40]);
    // Nobody looks at it.
    expect(await used(0)).toEqual([0, 40]);
  });

  it('gives maps at the resolution of the slice', async () => {
    const slice = { ...request('a').slice, rows: 4, columns: 16 };
    const seen = await frames(fakeModel({ size: 12 }), request('a', { slice }));
    for (const { maps } of seen) {
      expect(maps.map((m) => m.total.length)).toEqual([64, 64]);
    }
  });
});

describe('early stopping', () => {
  const used = async (
    change: Partial<PredictionRequest>,
    model = fakeModel(),
    options: Partial<PredictorOptions> = {},
  ): Promise<number> => {
    const last = (await frames(model, request('a', { samples: 200, ...change }), options)).at(-1)!;
    expect(last.final).toBe(true);
    return last.samplesUsed;
  };

  it('takes more samples for a smaller tolerance, and all for none', async () => {
    const [none, fine, coarse] = [
      await used({ tolerance: 0 }),
      await used({ tolerance: 0.02 }),
      await used({ tolerance: 0.05 }),
    ];
    expect(none).toBe(200);
    expect(fine).toBeLessThan(200);
    expect(coarse).toBeLessThan(fine);
    // A standard error falls with √n.
    expect(fine / coarse).toBeGreaterThan(4);
    expect(fine / coarse).toBeLessThan(9);
  });

  it('stops at the same sample whatever the batches', async () => {
    const counts = new Set<number>();
    for (const mostItems of [1, 5, 32]) {
      counts.add(await used({ tolerance: 0.03 }, fakeModel(), { mostItems }));
    }
    expect(counts.size).toBe(1);
  });

  it('does not waste more passes than it has used', async () => {
    const model = fakeModel();
    const count = await used({ tolerance: 0.05, preview: false, prompts: ['liver'] }, model);
    expect(model.runs.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 * count);
  });

  it('settles at once where samples agree', async () => {
    expect(await used({ tolerance: 0.01 }, fakeModel({ spread: 0 }))).toBe(6);
  });
});

describe('many predictions', () => {
  it('share runs: mean passes of several slices first, then samples', async () => {
    const model = fakeModel();
    const p = predictor(model);
    const order: string[] = [];
    await Promise.all(
      ['a', 'bb', 'ccc', 'dddd'].map((id) =>
        p.predict(request(id), ({ samplesUsed }) => order.push(`${id}${samplesUsed}`)),
      ),
    );
    // The first run is a single pass, to learn how long one takes.
    expect(model.runs).toEqual([-1, -7, 32, 32, 32]);
    expect(order.slice(0, 4)).toEqual(['a0', 'bb0', 'ccc0', 'dddd0']);
    expect(order.at(-1)).toBe('dddd12');
  });

  it('encode every prompt and every image once', async () => {
    const model = fakeModel();
    const p = predictor(model);
    await Promise.all(['a', 'bb', 'ccc'].map((id) => p.predict(request(id), () => {})));
    await p.predict(request('a', { prompts: ['liver', 'spleen'] }), () => {});
    expect([model.images, model.prompts]).toEqual([3, 3]);
    const seen = { channels: 1, rows: 8, columns: 8, pixels: pixels(1) } as const;
    const window = { centre: 100, width: 50 };
    await p.predict(request('a', { slice: { ...seen, window } }), () => {});
    expect(model.images).toBe(4);
  });

  it('go by priority, which can change while they wait', async () => {
    const p = predictor(fakeModel(), { mostItems: 2 });
    const done: string[] = [];
    const start = (id: string, priority: number): Promise<void> =>
      p.predict(request(id, { priority }), () => {}).then(() => void done.push(id));
    const all = [start('low', 0), start('mid', 1), start('raised', 0), start('high', 2)];
    p.prioritise('raised', 3);
    p.prioritise('unknown', 3);
    await Promise.all(all);
    expect(done).toEqual(['raised', 'high', 'mid', 'low']);
  });

  it('let the most urgent go next even while another is being sampled', async () => {
    const p = predictor(fakeModel(), { mostItems: 1 });
    const order: string[] = [];
    let late: Promise<void> | undefined;
    await p.predict(request('long', { samples: 30 }), ({ samplesUsed }) => {
      order.push(`long${samplesUsed}`);
      if (samplesUsed === 2) {
        late = p.predict(request('urgent', { priority: 1, samples: 2 }), (f) =>
          order.push(`urgent${f.samplesUsed}`),
        );
      }
    });
    await late;
    expect(order.slice(2, 7)).toEqual(['long2', 'urgent0', 'urgent1', 'urgent2', 'long3']);
  });

  it('run a suspect alone', async () => {
    const runs: (readonly string[])[] = [];
    const p = predictor(fakeModel(), { onRun: (ids) => runs.push(ids) });
    await Promise.all([
      p.predict(request('a'), () => {}),
      p.predict(request('suspect', { alone: true }), () => {}),
      p.predict(request('b'), () => {}),
    ]);
    for (const ids of runs) if (ids.includes('suspect')) expect(ids).toEqual(['suspect']);
    expect(runs.some((ids) => ids.length === 2)).toBe(true);
  });
});

describe('cancelling and failing', () => {
  it('stops one prediction at the next run and leaves the others alone', async () => {
    const model = fakeModel();
    const p = predictor(model, { mostItems: 2 });
    const seen: number[] = [];
    const cancelled = p.predict(request('a', { samples: 500 }), ({ samplesUsed }) => {
      seen.push(samplesUsed);
      if (samplesUsed === 3) p.cancel('a');
    });
    const other = p.predict(request('b'), () => {});
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await other;
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(model.runs.reduce((sum, n) => sum + Math.abs(n), 0)).toBeLessThan(60);
  });

  it('lets messages in between runs', async () => {
    const { port1: here, port2: there } = new MessageChannel();
    const model = fakeModel({
      onForward: () => {
        // Comes while the run holds up the thread.
        if (model.runs.length === 2) there.postMessage('stop');
      },
    });
    const p = predictor(model, { mostItems: 1 });
    here.on('message', () => p.cancel('a'));
    const running = p.predict(request('a', { samples: 1000 }), () => {});
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    here.close();
    expect(model.runs).toHaveLength(3);
  });

  it('keeps runs short on a slow machine', async () => {
    const clock = virtualClock();
    let perPass = 4;
    const model = fakeModel({
      onForward: (items) => {
        clock.advance(perPass * items.length);
        // From now on the machine has something else to do.
        if (model.runs.length === 2) perPass = 16;
      },
    });
    const p = predictor(model, { batchBudget: 20, now: clock.now });
    await p.predict(request('a', { samples: 20, preview: false }), () => {});
    // One pass to learn from, then what fits: 20/4, 20/4, 20/((4 + 16)/2) …
    expect(model.runs.slice(0, 6)).toEqual([1, 5, 5, 5, 2, 1]);
    expect(Math.max(...model.runs.slice(5))).toBe(1);
  });

  it('tells of a prompt that cannot be encoded, and of a run that failed', async () => {
    let fail = false;
    const model = fakeModel({
      onForward: () => {
        if (fail) throw new Error('out of memory');
      },
    });
    const p = predictor(model);
    const tooLong = p.predict(request('a', { prompts: ['x'.repeat(21)] }), () => {});
    const fine = p.predict(request('b'), () => {});
    await expect(tooLong).rejects.toThrow('too long');
    await fine;
    fail = true;
    await expect(p.predict(request('c'), () => {})).rejects.toThrow('out of memory');
    fail = false;
    await p.predict(request('d'), () => {});
  });

  it('refuses a second prediction of the same name and a slice that does not add up', async () => {
    const p = predictor(fakeModel());
    const first = p.predict(request('a'), () => {});
    await expect(p.predict(request('a'), () => {})).rejects.toThrow('under way');
    const slice = { ...request('b').slice, rows: 9 };
    await expect(p.predict(request('b', { slice }), () => {})).rejects.toThrow('9 × 8');
    await first;
  });

  it('cancels everything when it is disposed of', async () => {
    const p = predictor(fakeModel());
    const all = ['a', 'b'].map((id) => p.predict(request(id), () => {}));
    const results = Promise.allSettled(all);
    await p.dispose();
    expect((await results).map((r) => r.status)).toEqual(['rejected', 'rejected']);
  });
});
