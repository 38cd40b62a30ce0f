/**
 * npm run bench:step: seconds and peak memory of a training step (losses, gradients, Adam) from the
 * tokens before the first fusion, and the FLOP/s reached as a share of the machine's dense matrix
 * product measured in the same run. Every case has a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { adamStep, createAdamState } from '../../src/main/engine/adam.ts';
import {
  isTrainable,
  visionTokens,
  type Architecture,
} from '../../src/main/engine/medclipseg/config.ts';
import { lossGraph } from '../../src/main/engine/medclipseg/graphs.ts';
import { createLearner, type LearnerBatch } from '../../src/main/engine/medclipseg/learner.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { input } from '../../src/main/engine/tensor/index.ts';
import { countFlops } from './flops.ts';
import { bestSeconds, describeMachine, peakFlops, random } from './machine.ts';
import { COMPACT_SIZE, FULL_SIZE, PROMPT, randomModel, randomValues } from './model-files.ts';

const CASES: Readonly<Record<string, readonly [Architecture, number]>> = {
  'full size, batch 1': [FULL_SIZE, 1],
  'full size, batch 4': [FULL_SIZE, 4],
  'compact, batch 8': [COMPACT_SIZE, 8],
};

function randomBatch(a: Architecture, batch: number): LearnerBatch {
  const textMask = new Float32Array(batch * a.context);
  for (let i = 0; i < batch; i++) textMask.fill(1, i * a.context, i * a.context + PROMPT);
  return {
    inputs: {
      image_tokens: random(batch * visionTokens(a) * a.visionWidth),
      text_tokens: random(batch * a.context * a.textWidth),
    },
    textMask,
    target: new Float32Array(batch * a.image ** 2).map((_, i) => (i % 5 === 0 ? 1 : 0)),
    noise: Array.from({ length: batch }, (_, sample) =>
      noiseSource({ seed: 0, slice: 'bench', prompt: 'bench', sample }),
    ),
  };
}

async function bench(a: Architecture, batch: number): Promise<void> {
  const { folder, weights } = randomModel(a);
  try {
    const shapes = [...tensorShapes(a)].filter(([name]) => isTrainable(name));
    const parameters = new Map(shapes.map(([name, shape]) => [name, randomValues(name, shape)]));
    const adam = createAdamState(parameters);
    const before = await peakFlops();
    const learner = await createLearner({
      ...{ architecture: a, frozen: weights, trainable: [...parameters.keys()], batch },
      ...{ device: 'cpu', folder },
    });
    const data = randomBatch(a, batch);
    const seconds = await bestSeconds(async () => {
      const { gradient } = await learner.run(data, parameters);
      adamStep(parameters, gradient, adam, { lr: 1e-4 });
    });
    const memory = process.resourceUsage().maxRSS / 1024;
    const peak = Math.max(before, await peakFlops());
    const symbols = new Map(shapes.map(([name, shape]) => [name, input(name, shape)]));
    const graph = lossGraph((name) => symbols.get(name) ?? weights(name), symbols, batch, a);
    const flops = countFlops(Object.values(graph), {});
    console.log(
      [
        `  ${seconds.toFixed(3)} s a step, ${(flops / 1e9).toFixed(0)} GFLOP`,
        `${(flops / seconds / 1e9).toFixed(0)} of ${(peak / 1e9).toFixed(0)} GFLOP/s`,
        `${((100 * flops) / seconds / peak).toFixed(0)} %`,
        `peak memory ${memory.toFixed(0)} MiB`,
      ].join(', '),
    );
    await learner.dispose();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv[2];
if (wanted === undefined) {
  console.log(describeMachine());
  for (const name of Object.keys(CASES)) {
    console.log(name);
    spawnSync(process.execPath, [...process.execArgv, import.meta.filename, name], {
      stdio: 'inherit',
    });
  }
} else {
  await bench(...CASES[wanted]!);
}
