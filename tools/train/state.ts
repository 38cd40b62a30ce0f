import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { createAdamState, type AdamState } from '../../src/main/engine/adam.ts';
import { initialise } from './initialise.ts';

/** Everything that training needs to go on from where it stopped. */
export interface TrainState {
  readonly weights: Map<string, Float32Array>;
  /** Exponential moving average of the weights: what is exported. */
  readonly average: Map<string, Float32Array>;
  readonly adam: AdamState;
  step: number;
}

export function freshTrainState(a: Architecture, seed: number): TrainState {
  const weights = initialise(a, seed);
  const average = new Map([...weights].map(([name, w]) => [name, w.slice()]));
  return { weights, average, adam: createAdamState(weights), step: 0 };
}

/** All arrays in the order of the architecture. */
function arraysOf(state: TrainState, a: Architecture): Float32Array[] {
  return [state.weights, state.average, state.adam.mean, state.adam.square].flatMap((arrays) =>
    [...tensorShapes(a).keys()].map((name) => arrays.get(name)!),
  );
}

/** Two counts (steps of training and of Adam), then all arrays, at once or not at all. */
export function writeTrainState(path: string, state: TrainState, a: Architecture): void {
  const counts = Buffer.from(Int32Array.of(state.step, state.adam.step).buffer);
  const arrays = arraysOf(state, a).map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength));
  writeFileSync(`${path}.partial`, Buffer.concat([counts, ...arrays]));
  renameSync(`${path}.partial`, path);
}

export function readTrainState(path: string, a: Architecture): TrainState {
  const file = readFileSync(path);
  const state = freshTrainState(a, 0);
  let at = 8;
  for (const x of arraysOf(state, a)) {
    new Uint8Array(x.buffer).set(file.subarray(at, at + x.byteLength));
    at += x.byteLength;
  }
  if (at !== file.length) throw new Error(`${path} belongs to another architecture`);
  state.step = file.readInt32LE(0);
  state.adam.step = file.readInt32LE(4);
  return state;
}
