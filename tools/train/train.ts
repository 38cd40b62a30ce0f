/**
 * Trains the default bundle from nothing, in two stages: all weights together, then the adapters
 * and the head alone, with the towers frozen as the paper has them. Resumable at any moment.
 *
 *   npx tsx tools/train/train.ts --out results/train --steps 11500 --frozen-steps 300
 *
 * The shipped weights came from `--steps 8000 --frozen-steps 500`, gone on with as `--steps 12500` up
 * to step 9500 and as above from there: tools/train/curve.jsonl.
 */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isTrainable } from '../../src/main/engine/medclipseg/config.ts';
import { createLearner } from '../../src/main/engine/medclipseg/learner.ts';
import { adamStep, cosineRate } from '../../src/main/engine/adam.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { constant } from '../../src/main/engine/tensor/index.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { compactArchitecture } from './architecture.ts';
import { freshTrainState, readTrainState, writeTrainState } from './state.ts';
import { drawBatch, type BatchSource } from './data/batches.ts';
import { caseNames, loadCase, split } from './data/hippocampus.ts';
import { createPhantomPool } from './data/phantoms.ts';
import { vocabulary } from './data/prompts.ts';
import { encodePrompts } from './tokens.ts';

const { values: args } = parseArgs({
  options: {
    out: { type: 'string', default: 'results/train' },
    steps: { type: 'string', default: '11500' },
    'frozen-steps': { type: 'string', default: '300' },
    batch: { type: 'string', default: '8' },
    seed: { type: 'string', default: '0' },
    lr: { type: 'string', default: '3e-4' },
    'without-phantoms': { type: 'boolean', default: false },
    hippocampus: { type: 'string', default: '../shared/data/hippocampus' },
  },
});
const out = args.out;
const towerSteps = Number(args.steps);
const totalSteps = towerSteps + Number(args['frozen-steps']);
const batch = Number(args.batch);
const seed = Number(args.seed);
const WARM_UP = 400;
const SAVE_EVERY = 100;
const EMA = 0.998;
const LONGEST = 1;

const a = compactArchitecture(vocabulary().length);
const shapes = tensorShapes(a);
mkdirSync(out, { recursive: true });

const statePath = join(out, 'state.bin');
const state = existsSync(statePath) ? readTrainState(statePath, a) : freshTrainState(a, seed);
const source: BatchSource = {
  hippocampus: await Promise.all(
    split(caseNames(args.hippocampus)).train.map((name) => loadCase(args.hippocampus, name)),
  ),
  phantom: args['without-phantoms'] ? null : createPhantomPool(seed + state.step, 800),
};

let names: string[] = [];
let learner: Awaited<ReturnType<typeof createLearner>> | undefined;
let learnerStage = '';
const parameters = new Map<string, Float32Array>();

for (let window = { loss: 0, dice: 0, n: 0, at: Date.now() }; state.step < totalSteps;) {
  const stage = state.step < towerSteps ? 'towers' : 'adapters';
  if (stage !== learnerStage) await enter(stage);
  const data = drawBatch(source, batch, seed, state.step);
  const { ids, mask } = encodePrompts(data.prompts, a.context);
  const { losses, gradient } = await learner!.run(
    {
      inputs: { image: normalise(data.images), token_ids: ids },
      textMask: mask,
      target: new Float32Array(data.masks),
      noise: data.prompts.map((_, i) =>
        noiseSource({ seed, slice: 'train', prompt: String(i), sample: state.step }),
      ),
    },
    parameters,
  );
  if (!Number.isFinite(losses.total))
    throw new Error(`step ${state.step}: the loss is ${losses.total}`);
  adamStep(parameters, clipped(gradient), state.adam, { lr: rate(stage), pace });
  // A young average would hold on to the random start.
  const keep = Math.min(EMA, (1 + state.step) / (10 + state.step));
  for (const [name, p] of parameters) {
    const mean = state.average.get(name)!;
    for (let i = 0; i < p.length; i++) mean[i] = p[i]! + keep * (mean[i]! - p[i]!);
  }
  state.step += 1;
  window = {
    ...window,
    loss: window.loss + losses.total,
    dice: window.dice + losses.dice,
    n: window.n + 1,
  };
  if (state.step % SAVE_EVERY === 0 || state.step === totalSteps) {
    writeTrainState(statePath, state, a);
    const row = {
      step: state.step,
      stage,
      loss: +(window.loss / window.n).toFixed(4),
      dice: +(window.dice / window.n).toFixed(4),
      lr: +rate(stage).toExponential(2),
      secondsPerStep: +((Date.now() - window.at) / 1000 / window.n).toFixed(3),
    };
    appendFileSync(join(out, 'curve.jsonl'), `${JSON.stringify(row)}\n`);
    console.log(JSON.stringify(row));
    window = { loss: 0, dice: 0, n: 0, at: Date.now() };
  }
}
await learner?.dispose();

/** Compiles the graph of a stage; the second one starts from the averaged weights. */
async function enter(stage: 'towers' | 'adapters'): Promise<void> {
  await learner?.dispose();
  if (stage === 'adapters') {
    for (const [name, mean] of state.average) state.weights.get(name)!.set(mean);
  }
  names = [...shapes.keys()].filter((name) => stage === 'towers' || isTrainable(name));
  parameters.clear();
  for (const name of names) parameters.set(name, state.weights.get(name)!);
  learner = await createLearner({
    architecture: a,
    frozen: (name) => constant(state.weights.get(name)!, [...shapes.get(name)!]),
    trainable: names,
    batch,
    towers: true,
    contrastiveWeight: stage === 'towers' ? 0 : 0.1,
    device: 'cpu',
  });
  learnerStage = stage;
}

function rate(stage: 'towers' | 'adapters'): number {
  const top = Number(args.lr);
  if (stage === 'adapters') {
    return cosineRate(top / 4, top / 100, state.step - towerSteps, totalSteps - towerSteps);
  }
  return state.step < WARM_UP
    ? (top * (state.step + 1)) / WARM_UP
    : cosineRate(top, top / 20, state.step - WARM_UP, towerSteps - WARM_UP);
}

/** Gradients, shortened together so that their norm is at most `LONGEST`. */
function clipped(gradient: (name: string) => Float32Array): (name: string) => Float32Array {
  let sum = 0;
  for (const name of names) for (const g of gradient(name)) sum += g * g;
  const factor = LONGEST / Math.max(LONGEST, Math.sqrt(sum));
  return (name) => (factor < 1 ? gradient(name).map((g) => g * factor) : gradient(name));
}

/** Post-norm layers as of BERT fall for high rates: all prompts would come to mean the same. */
function pace(name: string): number {
  return name.startsWith('text_model.transformer') ? 0.25 : 1;
}

/** Grey bytes [B, S, S] → [B, 3, S, S] as inference prepares them: one mean and deviation a channel. */
function normalise(images: Uint8Array): Float32Array {
  const pixels = a.image * a.image;
  const result = new Float32Array(3 * images.length);
  const mean = [0.485, 0.456, 0.406];
  const std = [0.229, 0.224, 0.225];
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < 3; c++) {
      const to = (b * 3 + c) * pixels;
      for (let i = 0; i < pixels; i++) {
        result[to + i] = (images[b * pixels + i]! / 255 - mean[c]!) / std[c]!;
      }
    }
  }
  return result;
}
