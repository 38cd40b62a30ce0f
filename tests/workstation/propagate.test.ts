import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { LEARNING_DEFAULTS } from '../../src/main/engine/learn/types.ts';
import { annotationProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import { withEngine } from '../../src/main/services/engine/engine.ts';
import { simulate, type SimulatedScore } from '../../src/main/services/simulate/simulate.ts';
import { volumePath } from '../../src/shared/contract/index.ts';
import { dice } from '../../src/shared/metrics/index.ts';
import { inOrder } from '../support/outwards.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { openSeries, openWorkstation, PHANTOM, type Workstation } from './workstation.ts';

const { size: SIZE, slices: SLICES } = PHANTOM;
const PIXELS = SIZE * SIZE;
const PROMPT = 'left kidney';

/** An oval that runs aslant and ends within the series: the truth of it in every slice. */
const truth = Array.from({ length: SLICES }, (_, k) =>
  Uint8Array.from({ length: PIXELS }, (_, i) => {
    const radius = 6 * Math.sqrt(Math.max(0, 1 - ((k - 5.5) / 5) ** 2));
    return Math.hypot((i % SIZE) - 12 - k / 2, Math.floor(i / SIZE) - 16) < radius ? 1 : 0;
  }),
);

/**
 * A model that knows nothing of the structure: all that is right in the rest comes from the slices
 * that are decided.
 */
describe('suggestions follow what is decided', () => {
  let station: Workstation;
  let stack: string;
  let label: string;
  /** What simulate says after four slices, and which they are: slices of the series. */
  let simulated: SimulatedScore;
  let annotated: readonly number[];

  beforeAll(async () => {
    station = await openWorkstation();
    // Files say no window of their own, a series does.
    const model = join(station.root, 'model', 'model.json');
    const json = JSON.parse(readFileSync(model, 'utf8')) as { preprocessing: { window: unknown } };
    json.preprocessing.window = { default: { centre: 40, width: 400 } };
    writeFileSync(model, JSON.stringify(json));
    stack = await openSeries(station);
    const { page } = station;
    await page.call('settings.change', { samples: 0 });
    label = (await page.call('labels.create', { stack, name: 'oval', prompt: PROMPT })).id;
    await page.stream('suggestions.run', {
      stack,
      labels: [label],
      slices: [0, SLICES - 1],
      focus: 0,
    }).result;
    [simulated, annotated] = await simulateSame();
  }, 180_000);

  /** The same series and truth as files, and an annotator without a person on them. */
  async function simulateSame(): Promise<[SimulatedScore, number[]]> {
    const { affineLps: a } = await station.page.stream('volumes.open', { stack, resample: false })
      .result;
    const answer = await station.session.fetch(new Request(`http://localhost${volumePath(stack)}`));
    const vector = (c: number): string => `(${[0, 4, 8].map((r) => a![r + c]).join(',')})`;
    const header = (type: string): string =>
      `NRRD0004\ntype: ${type}\ndimension: 3\nspace: left-posterior-superior\nsizes: ${SIZE} ${SIZE} ${SLICES}\n` +
      `space directions: ${vector(0)} ${vector(1)} ${vector(2)}\nspace origin: ${vector(3)}\nencoding: raw\nendian: little\n\n`;
    const folder = (kind: string): string => join(station.root, kind);
    for (const [kind, type, data] of [
      ['images', 'int16', inOrder(new Uint8Array(await answer.arrayBuffer()), SLICES)],
      ['labels', 'uint8', Buffer.concat(truth)],
    ] as const) {
      mkdirSync(folder(kind));
      writeFileSync(
        join(folder(kind), 'one.nrrd'),
        Buffer.concat([Buffer.from(header(type)), data]),
      );
    }
    const bundle = await openBundle(folder('model'));
    const [only] = await withEngine(
      bundle,
      'cpu',
      () => undefined,
      (engine) =>
        simulate(engine, {
          bundle,
          source: {
            images: folder('images'),
            labels: folder('labels'),
            truths: [{ name: 'oval', prompt: PROMPT, values: [1] }],
          },
          rounds: [4],
          strategy: 'uncertainty',
          learns: false,
          propagates: true,
          samples: 0,
          settings: LEARNING_DEFAULTS,
          application: { version: '0.0.0' },
        }),
    );
    const { scores, annotated: taken } = only!.rounds.at(-1)!;
    return [scores[0]!, [...taken]];
  }

  const masks = async (indices: readonly number[]): Promise<Uint8Array<ArrayBuffer>[]> => {
    const found: Uint8Array<ArrayBuffer>[] = [];
    for (const index of indices) {
      const maps = await station.page.call('suggestions.get', { stack, label, index });
      found.push(Uint8Array.from(maps!.probability, (p) => (p >= 128 ? 1 : 0)));
    }
    return found;
  };
  const all = Array.from({ length: SLICES }, (_, k) => k);
  const rest = (): number[] => all.filter((k) => !annotated.includes(k));
  const diceOf = async (): Promise<number> =>
    dice(Buffer.concat(await masks(rest())), Buffer.concat(rest().map((k) => truth[k]!)));
  const accept = (indices: readonly number[], shown = truth) =>
    station.page.call('edits.apply', {
      stack,
      name: 'Accept',
      slices: indices.map((index) => slicePatch(index, shown[index]!)),
      review: indices.map((index) => ({ index, state: 'accepted' as const })),
      actor: 'model',
    });

  it('by what simulate gets from the same slices, and leads to them in the same order', async () => {
    const { page } = station;
    const alone = await masks(all);
    expect(await diceOf()).toBe(simulated.modelDice);
    const queue = await page.call('queue.next', { stack, count: 4 });
    expect(queue.map(({ index, why }) => [index, why])).toEqual(annotated.map((k) => [k, 'far']));

    await accept(annotated);
    expect(await diceOf()).toBe(simulated.dice);
    expect(simulated.dice).toBeGreaterThan(simulated.modelDice + 0.3);
    const list = await page.call('suggestions.list', { stack });
    expect(new Set(list.map(({ evidence }) => evidence?.slices))).toEqual(new Set([4]));
    // Labels are what was accepted, nothing else.
    expect((await page.call('annotation.voxels', { stack })).map(({ index }) => index)).toEqual(
      [...annotated].sort((a, b) => a - b),
    );

    await page.call('settings.change', { propagate: false });
    expect(await masks(all)).toEqual(alone);
    expect(
      (await page.call('suggestions.list', { stack })).every(({ evidence }) => evidence === null),
    ).toBe(true);
    await page.call('settings.change', { propagate: true });
    expect(await diceOf()).toBe(simulated.dice);

    await page.call('edits.undo', { stack });
    expect(await masks(all)).toEqual(alone);
    await page.call('edits.redo', { stack });
    expect(await diceOf()).toBe(simulated.dice);
  });

  it('and say so in the export, also of what was accepted', async () => {
    const { page, root } = station;
    const [next] = rest();
    const suggested = await masks(all);
    await accept([next!], suggested);
    const folder = join(root, 'out');
    await page.stream('export.run', { stack, folder, formats: ['csv'], deidentify: true }).result;
    const file = readFileSync(join(folder, 'provenance.json'), 'utf8');
    const { propagation, review } = annotationProvenanceSchema.parse(JSON.parse(file));
    const sorted = [...annotated].sort((a, b) => a - b);
    expect(propagation!.slices.map(({ index }) => index)).toEqual(
      [...sorted, next!].sort((a, b) => a - b),
    );
    expect(propagation!.slices.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
    // The first four were accepted of the model alone, the fifth joined with them.
    const taken = review.suggestions.map((one) => one['propagation'] as typeof propagation);
    expect(taken.map((one) => one?.slices.map(({ index }) => index) ?? null)).toEqual([
      sorted,
      null,
    ]);
    await page.call('edits.undo', { stack });
  });

  it('and of a slice itself they are what they were before it was accepted', async () => {
    const { page } = station;
    const [index] = annotated;
    const maps = await page.call('suggestions.get', { stack, label, index: index! });
    expect(maps!.evidence).toMatchObject({ slices: 4 });
    for (let i = 0; i < PIXELS; i++) {
      const parts = maps!.aleatoric[i]! + maps!.epistemic[i]!;
      expect(Math.abs(maps!.total[i]! - parts)).toBeLessThanOrEqual(1);
    }
  });

  it('label by label: one that nobody decided on is the model alone', async () => {
    const { page } = station;
    const { id } = await page.call('labels.create', { stack, name: 'later', prompt: 'spleen' });
    await page.stream('suggestions.run', { stack, labels: [id], slices: [0, 2], focus: 0 }).result;
    const list = await page.call('suggestions.list', { stack });
    expect(list.filter((s) => s.label === id).map(({ evidence }) => evidence)).toEqual([
      null,
      null,
      null,
    ]);
    expect(await diceOf()).toBe(simulated.dice);
    await page.call('labels.remove', { stack, label: id });
  });

  it('while what is decided changes, never a mixture', async () => {
    const { page } = station;
    const asked = [page.call('suggestions.list', { stack })];
    await page.call('review.set', { stack, slices: [{ index: annotated[0]!, state: 'unseen' }] });
    asked.push(page.call('suggestions.list', { stack }));
    for (const list of await Promise.all(asked)) {
      expect(new Set(list.map(({ evidence }) => evidence?.id)).size).toBe(1);
    }
    const [, last] = await Promise.all(asked);
    expect(last![0]!.evidence?.slices).toBe(3);
  });
});
