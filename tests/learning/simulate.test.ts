import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { LEARNING_DEFAULTS } from '../../src/main/engine/learn/types.ts';
import { withEngine } from '../../src/main/services/engine/engine.ts';
import {
  roundsOf,
  simulate,
  type SimulateOptions,
} from '../../src/main/services/simulate/simulate.ts';
import { summarise } from '../../src/main/services/simulate/summary.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-simulation-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** [8, 8, 12] voxels of 1 × 1 × 2 mm, slices from the head down: a bright block on dark ground. */
function writeCase(name: string): void {
  const values = { images: new Uint8Array(768), labels: new Uint8Array(768) };
  for (let i = 0; i < 768; i++) {
    const [x, y, z] = [i % 8, Math.floor(i / 8) % 8, Math.floor(i / 64)];
    const inside = x >= 2 && x < 6 && y >= 2 && y < 5 + (z % 2) && z >= 2 && z < 10;
    values.images[i] = inside ? 200 : 20 + ((i * 7) % 13);
    values.labels[i] = inside ? 1 : 0;
  }
  for (const [kind, data] of Object.entries(values)) {
    mkdirSync(join(folder, kind), { recursive: true });
    const header =
      'NRRD0004\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 8 8 12\n' +
      'space directions: (1,0,0) (0,1,0) (0,0,-2)\nspace origin: (0,0,0)\nencoding: raw\nendian: little\n\n';
    writeFileSync(join(folder, kind, `${name}.nrrd`), Buffer.concat([Buffer.from(header), data]));
  }
}

async function run(change: Partial<SimulateOptions>) {
  const own = join(folder, 'bundle');
  const bundle = await openBundle(existsSync(own) ? own : writeTinyBundle(own));
  return withEngine(
    bundle,
    'cpu',
    () => undefined,
    (engine) =>
      simulate(engine, {
        bundle,
        source: {
          images: join(folder, 'images'),
          labels: join(folder, 'labels'),
          truths: [{ name: 'block', prompt: 'left kidney', values: [1] }],
        },
        rounds: roundsOf(6),
        strategy: 'uncertainty',
        learns: false,
        propagates: false,
        samples: 2,
        settings: { ...LEARNING_DEFAULTS, steps: 3, batch: 2 },
        application: { version: '0.0.0' },
        ...change,
      }),
  );
}

describe('an annotator without a person', () => {
  it('annotates more slices every round, none twice, and counts its work', async () => {
    writeCase('one');
    writeCase('two');
    const cases = await run({});
    expect(cases.map((c) => c.case)).toEqual(['one', 'two']);
    const { rounds } = cases[0]!;
    expect(rounds.map(({ slices }) => slices)).toEqual([0, 4, 6]);
    const [, four, six] = rounds;
    expect(six!.annotated.slice(0, 4)).toEqual(four!.annotated);
    expect(new Set(six!.annotated).size).toBe(6);
    // 8 slices of 12 or 16 voxels.
    expect(rounds[0]!.scores[0]).toMatchObject({
      byHand: 112,
      painted: 0,
      changed: 0,
      interpolatedDice: 0,
      interpolatedLeft: 112,
    });
    for (const round of rounds) {
      const score = round.scores[0]!;
      const truth = round.annotated.filter((k) => k >= 2 && k < 10);
      expect(score.painted).toBe(truth.reduce((sum, k) => sum + 12 + 4 * (k % 2), 0));
      expect(score.dice).toBeGreaterThanOrEqual(0);
      expect(round.kept).toBe(null);
      // Without learning a suggestion never changes: what is changed is no longer left.
      expect(score.changed + score.left).toBe(rounds[0]!.scores[0]!.left);
    }
    const mean = summarise(cases);
    expect(mean.map(({ slices, cases: n }) => [slices, n])).toEqual([
      [0, 2],
      [4, 2],
      [6, 2],
    ]);
    expect(mean[0]!.interpolatedWork).toBe(1);
  });

  it('interpolates what lies between evenly spaced slices', async () => {
    writeCase('one');
    const [only] = await run({ strategy: 'uniform' });
    expect(only!.rounds.at(-1)!.scores[0]!.interpolatedDice).toBeGreaterThan(0.7);
  });

  it('joins the shapes of annotated slices with what the model says, where it is asked to', async () => {
    writeCase('one');
    const [alone] = await run({ strategy: 'uniform' });
    const [joined] = await run({ strategy: 'uniform', propagates: true });
    const last = joined!.rounds.at(-1)!.scores[0]!;
    // The model knows nothing here: all of it comes from the shapes.
    expect(last.dice).toBeGreaterThan(alone!.rounds.at(-1)!.scores[0]!.dice);
    expect(last.modelDice).toBe(alone!.rounds.at(-1)!.scores[0]!.dice);
    expect(joined!.rounds[0]!.scores[0]!.dice).toBe(joined!.rounds[0]!.scores[0]!.modelDice);
  });

  it('learns between rounds, begins every case anew, and leaves nothing behind', async () => {
    writeCase('one');
    writeCase('two');
    const said: string[] = [];
    const learned = await run({ learns: true, samples: 0, onProgress: (text) => said.push(text) });
    const [first, second] = learned;
    expect(first!.rounds.slice(1).every(({ kept }) => kept !== null)).toBe(true);
    expect(second!.rounds[0]).toEqual(first!.rounds[0]);
    expect(said).toContain('case 2 of 2: 4 annotated, learning step 3 of 3');
  }, 240_000);

  it('stops before nothing remains to be measured', async () => {
    writeCase('one');
    const [only] = await run({ rounds: roundsOf(40), strategy: 'random' });
    expect(only!.rounds.map(({ slices }) => slices)).toEqual([0, 4, 8]);
    const [finer] = await run({ rounds: [1, 3], strategy: 'random' });
    expect(finer!.rounds.map(({ slices }) => slices)).toEqual([0, 1, 3]);
    expect(roundsOf(20)).toEqual([4, 8, 16, 20]);
    expect(roundsOf(3)).toEqual([3]);
  });
});
