/**
 * npm run bench:learn: seconds of a step at the compact size, batch 8 (random weights), and of a
 * round of learning from 8 slices with the default bundle: judged before and after, as a user waits
 * for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { resolveBundle } from '../../src/main/engine/bundle/library.ts';
import { LEARNING_DEFAULTS } from '../../src/main/engine/learn/types.ts';
import { visionTokens, type Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { firstFusion } from '../../src/main/engine/medclipseg/forward.ts';
import { createLearner } from '../../src/main/engine/medclipseg/learner.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { resolveTrainable } from '../../src/main/engine/learn/trainable.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { withEngine } from '../../src/main/services/engine/engine.ts';
import { learnVersion } from '../../src/main/services/learn/learn-version.ts';
import type { DecidedSlice } from '../../src/main/services/learn/decided.ts';
import { bestSeconds, describeMachine } from './machine.ts';
import { COMPACT_SIZE, randomModel } from './model-files.ts';

const BATCH = 8;

async function secondsOfStep(a: Architecture): Promise<number> {
  const { folder, weights } = randomModel(a);
  try {
    const { names } = resolveTrainable('all', a);
    const shapes = tensorShapes(a);
    const size = (name: string): number => shapes.get(name)!.reduce((n, d) => n * d, 1);
    const parameters = new Map(
      names.map((name) => [name, new Float32Array(size(name)).fill(0.01)]),
    );
    const learner = await createLearner({
      device: 'cpu',
      folder,
      architecture: a,
      frozen: weights,
      trainable: names,
      batch: BATCH,
      from: firstFusion(a),
    });
    const noise = Array.from({ length: BATCH }, (_, i) =>
      noiseSource({ seed: 0, slice: 'bench', prompt: String(i), sample: 0 }),
    );
    const batch = {
      inputs: {
        image_tokens: new Float32Array(BATCH * visionTokens(a) * a.visionWidth).fill(0.1),
        text_tokens: new Float32Array(BATCH * a.context * a.textWidth).fill(0.1),
      },
      textMask: new Float32Array(BATCH * a.context).map((_, i) => (i % a.context < 12 ? 1 : 0)),
      target: new Float32Array(BATCH * a.image ** 2).map((_, i) => i % 2),
      noise,
    };
    const seconds = await bestSeconds(() => learner.run(batch, parameters));
    await learner.dispose();
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Slices of a disc that grows: what is learned does not change the time it takes. */
const slices: DecidedSlice[] = Array.from({ length: 8 }, (_, k) => {
  const side = 64;
  const mask = Uint8Array.from({ length: side ** 2 }, (_, i) =>
    Math.hypot((i % side) - 30, Math.floor(i / side) - 30) < 8 + k ? 1 : 0,
  );
  return {
    name: `bench:axial:${k}`,
    spacing: [1, 1],
    slice: {
      channels: 1,
      columns: side,
      rows: side,
      pixels: Float32Array.from(mask, (v, i) => 40 * v + ((i * 37) % 50)),
      window: { centre: 45, width: 90 },
    },
    targets: [{ prompt: 'hippocampus in a brain MR', mask }],
  };
});

async function secondsOfRound(): Promise<number> {
  const bundle = await openBundle(resolveBundle('default'));
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-bench-'));
  try {
    return await withEngine(
      bundle,
      'cpu',
      () => undefined,
      async (engine) => {
        const begin = performance.now();
        await learnVersion(engine, {
          bundle,
          slices,
          settings: LEARNING_DEFAULTS,
          samples: 10,
          name: 'bench',
          out: join(folder, 'version'),
          application: { version: '0.0.0' },
          overrule: false,
        });
        return (performance.now() - begin) / 1000;
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(describeMachine());
const row = (label: string, seconds: number): void =>
  console.log(`  ${label.padEnd(62)}${seconds.toFixed(2)} s`);
row(`step, compact size, batch ${BATCH}`, await secondsOfStep(COMPACT_SIZE));
row(
  `round on 8 slices, default bundle, ${LEARNING_DEFAULTS.steps} steps, judged before and after`,
  await secondsOfRound(),
);
