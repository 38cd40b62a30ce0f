import { nextInt32, type RandomState } from './random.ts';

/** Draws of augmentation and sampling; each advances the state. */
export function uniform(state: RandomState, low = 0, high = 1): number {
  return low + ((nextInt32(state) >>> 0) / 0x100000000) * (high - low);
}

/** Whole number from `low` to `high`, both included. */
export function whole(state: RandomState, low: number, high: number): number {
  return Math.min(high, Math.floor(uniform(state, low, high + 1)));
}

/** True with a probability in 0 … 1. */
export const chance = (state: RandomState, probability: number): boolean =>
  uniform(state) < probability;

/** One of the items, of which there is at least one, each equally likely. */
export function pick<T>(state: RandomState, items: readonly T[]): T {
  return items[whole(state, 0, items.length - 1)]!;
}

/** Log-uniform factor between 1/limit and limit. */
export const factor = (state: RandomState, limit: number): number =>
  Math.exp(uniform(state, -Math.log(limit), Math.log(limit)));
