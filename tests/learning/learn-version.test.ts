import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle, readTrainable, type Bundle } from '../../src/main/engine/bundle/bundle.ts';
import { LEARNING_DEFAULTS } from '../../src/main/engine/learn/types.ts';
import { contentHash, type DecidedSlice } from '../../src/main/services/learn/decided.ts';
import { splitDecided } from '../../src/main/services/learn/slice-roles.ts';
import type { JobEngine } from '../../src/main/services/engine/engine.ts';
import {
  learnVersion,
  type LearnVersionOptions,
} from '../../src/main/services/learn/learn-version.ts';
import { MarginaliaError, toErrorInfo } from '../../src/shared/errors.ts';
import { entropy } from '../../src/shared/uncertainty.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { bundledProgram } from '../support/bundled.ts';
import { killWhereItWaits } from '../support/kill.ts';

const program = bundledProgram(join(import.meta.dirname, 'version-writer.ts'));

let folder: string;
let bundle: Bundle;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-learning-'));
  bundle = await openBundle(writeTinyBundle(join(folder, 'bundle')));
});
afterEach(() => rmSync(folder, { recursive: true }));

const truth = Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 1 : 0));
const decided = (count: number): DecidedSlice[] =>
  Array.from({ length: count }, (_, k) => ({
    name: `case:axial:${k}`,
    spacing: [1, 1],
    slice: {
      channels: 1,
      rows: 8,
      columns: 8,
      pixels: Float32Array.from({ length: 64 }, (_, i) => i + k),
      window: { centre: 32, width: 64 },
    },
    targets: [{ prompt: 'left kidney', mask: truth }],
  }));

/** An engine whose masks are wrong in `wrong.base` rows, and in `wrong.learned` with a version. */
function engineThatIsWrong(wrong: { base: number; learned: number }): JobEngine & {
  loaded: string | undefined;
  learnedFrom: readonly string[];
} {
  const engine = {
    loaded: undefined as string | undefined,
    learnedFrom: [] as readonly string[],
    device: () => 'cpu' as const,
    use: async (adapters: string | undefined): Promise<void> => {
      // What is loaded must be there, whole.
      if (adapters !== undefined) await openBundle(bundle.folder, adapters);
      engine.loaded = adapters;
    },
    learn: async (
      request: Parameters<JobEngine['learn']>[0],
      options?: Parameters<JobEngine['learn']>[1],
    ) => {
      engine.learnedFrom = request.training.map((slice) => (slice as DecidedSlice).name);
      const losses = { bce: 1, dice: 1, contrastive: 1, total: 1 };
      options?.onProgress?.({ step: 1, steps: 1, losses, validationDice: 0.5, secondsLeft: 0 });
      const parameters = readTrainable(bundle);
      parameters.forEach((values) => (values[0]! += 1));
      return Promise.resolve(parameters);
    },
    predict: () => {
      const rows = engine.loaded === undefined ? wrong.base : wrong.learned;
      const probability = Float32Array.from(truth, (v, i) => {
        const right = Math.floor(i / 8) >= rows;
        return (v === 1) === right ? 0.8 : 0.2;
      });
      const total = probability.map(entropy);
      const maps = [{ probability, total, aleatoric: total, epistemic: new Float32Array(64) }];
      return Promise.resolve({ samplesUsed: 0, final: true, maps });
    },
  };
  return engine;
}

const options = (change: Partial<LearnVersionOptions> = {}): LearnVersionOptions => ({
  bundle,
  slices: decided(8),
  settings: { ...LEARNING_DEFAULTS, steps: 1 },
  samples: 0,
  name: 'kidneys',
  out: join(folder, 'version'),
  application: { version: '0.0.0' },
  overrule: false,
  ...change,
});

describe('a learned version', () => {
  it('is kept where the slices held back got better, and says all that it came from', async () => {
    const engine = engineThatIsWrong({ base: 6, learned: 2 });
    const { kept, version } = await learnVersion(engine, options());
    const out = join(folder, 'version');
    expect([kept, engine.loaded]).toEqual([true, out]);
    const { lineage } = (await openBundle(bundle.folder, out)).version!;
    expect(lineage).toEqual(version.lineage);
    expect(lineage).toMatchObject({
      parent: null,
      base: { sha256: bundle.hash },
      settings: { steps: 1 },
      curve: [{ step: 1, total: 1, validationDice: 0.5 }],
    });
    expect(lineage.judgement!.before.dice).toBeCloseTo(0.25, 6);
    expect(lineage.judgement!.after.dice).toBeCloseTo(0.75, 6);
    expect(lineage.slices.map(({ role }) => role[0]).join('')).toBe('tvtttvtt');
    expect(lineage.slices[3]!.sha256).toBe(contentHash(decided(8)[3]!));
    expect(engine.learnedFrom).not.toContain('case:axial:1');
  });

  it('says how well its probabilities fit: three in four pixels right where it says 0.8', async () => {
    const { version } = await learnVersion(engineThatIsWrong({ base: 6, learned: 2 }), options());
    const { before, after, temperature } = version.lineage.calibration!;
    expect(before.expectedError).toBeCloseTo(0.05, 6);
    // Two slices are few: a little nearer to 0.8 than they say themselves.
    const said = 1 / (1 + Math.exp(-Math.log(4) / temperature));
    expect(said).toBeGreaterThan(0.75);
    expect(said).toBeCloseTo(0.75, 2);
    expect(after.expectedError).toBeCloseTo(said - 0.75, 6);
  });

  it('is not kept where they got worse, and the old adapters stay loaded', async () => {
    const engine = engineThatIsWrong({ base: 2, learned: 3 });
    const { kept, version } = await learnVersion(engine, options());
    expect([kept, engine.loaded, existsSync(join(folder, 'version'))]).toEqual([
      false,
      undefined,
      false,
    ]);
    expect(version.lineage.judgement).toMatchObject({ overruled: false });
    expect(readdirSync(folder)).toEqual(['bundle']);
  });

  it('is kept all the same where the user overrules that, which is recorded', async () => {
    const engine = engineThatIsWrong({ base: 2, learned: 3 });
    const { kept } = await learnVersion(engine, options({ overrule: true }));
    const version = (await openBundle(bundle.folder, join(folder, 'version'))).version!;
    expect([kept, version.lineage.judgement!.overruled]).toEqual([true, true]);
  });

  it('is kept unjudged where there is nothing to judge it by', async () => {
    const { kept, version } = await learnVersion(
      engineThatIsWrong({ base: 2, learned: 3 }),
      options({ slices: decided(1) }),
    );
    expect([kept, version.lineage.judgement, version.lineage.calibration]).toEqual([
      true,
      null,
      null,
    ]);
  });

  it('names its parent', async () => {
    const engine = engineThatIsWrong({ base: 6, learned: 2 });
    const { version } = await learnVersion(engine, options());
    const parent = await openBundle(bundle.folder, join(folder, 'version'));
    const next = await learnVersion(engine, options({ bundle: parent, out: join(folder, 'next') }));
    expect(next.version.lineage.parent).toBe(version.lineage.id);
  });

  it('is never written over another, and needs at least one slice', async () => {
    const engine = engineThatIsWrong({ base: 6, learned: 2 });
    await learnVersion(engine, options());
    await expect(learnVersion(engine, options())).rejects.toMatchObject({ code: 'version-exists' });
    await expect(
      learnVersion(engine, options({ slices: [], out: join(folder, 'other') })),
    ).rejects.toMatchObject({ code: 'no-corrections' });
  });

  it('leaves the old adapters loaded and nothing behind where learning fails', async () => {
    const engine = engineThatIsWrong({ base: 6, learned: 2 });
    const failure = new MarginaliaError('cancelled', 'Learning was cancelled.');
    const predict = engine.predict;
    let calls = 0;
    const failing: JobEngine = {
      ...engine,
      predict: (...request) => (++calls > 2 ? Promise.reject(failure) : predict(...request)),
    };
    await expect(learnVersion(failing, options())).rejects.toMatchObject({ code: 'cancelled' });
    expect([engine.loaded, readdirSync(folder)]).toEqual([undefined, ['bundle']]);
  });

  it.each([
    ['a new folder', false],
    ['a folder that is there', true],
  ])(
    'in %s is whole or not there after a kill before any change',
    async (_, isThere) => {
      const outcomes = { whole: 0, none: 0 };
      for (let change = 1; ; change++) {
        const out = join(folder, `killed-${change}`);
        if (isThere) mkdirSync(out);
        const { at } = await killWhereItWaits(program(), [bundle.folder, out, `${change}`]);
        if (at === undefined) break;
        try {
          const { version } = await openBundle(bundle.folder, out);
          expect(version!.lineage.name).toBe('killed');
          outcomes.whole++;
        } catch (error) {
          expect(toErrorInfo(error).code).toBe('no-adapters');
          outcomes.none++;
        }
      }
      expect(outcomes.none).toBeGreaterThan(5);
      expect(outcomes.whole).toBeGreaterThan(0);
    },
    240_000,
  );
});

describe('slices held back', () => {
  it('keep their part when more are decided', () => {
    const few = splitDecided(decided(5));
    const more = splitDecided(decided(21));
    const names = (slices: readonly DecidedSlice[]): string[] => slices.map(({ name }) => name);
    expect(names(more.validation).slice(0, few.validation.length)).toEqual(names(few.validation));
    expect(names(more.training).slice(0, few.training.length)).toEqual(names(few.training));
    expect(more.validation.length).toBe(5);
  });

  it('show something, and empty ones only beside those: alone they praise what finds nothing', () => {
    const empty = (slice: DecidedSlice): DecidedSlice => ({
      ...slice,
      targets: slice.targets.map((target) => ({ ...target, mask: new Uint8Array(64) })),
    });
    const judging = (shown: readonly number[], count: number): string[] => {
      const slices = decided(count).map((slice, k) => (shown.includes(k) ? slice : empty(slice)));
      const { validation, training } = splitDecided(slices);
      expect(training.length + validation.length).toBe(count);
      return validation.map(({ name }) => name);
    };
    expect(judging([0, 4, 5, 6, 7], 8)).toEqual(['case:axial:4']);
    expect(judging([0, 1], 8)).toEqual(['case:axial:1', 'case:axial:3', 'case:axial:7']);
    expect(judging([], 8)).toEqual([]);
    expect(judging([3], 8)).toEqual([]);
  });
});
