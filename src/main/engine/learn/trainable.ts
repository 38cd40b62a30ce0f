import { MarginaliaError } from '../../../shared/errors.ts';
import { isTrainable, type Architecture } from '../medclipseg/config.ts';
import { firstFusion } from '../medclipseg/forward.ts';
import { tensorShapes } from '../medclipseg/shapes.ts';
import type { TrainableSet } from './types.ts';

/** What learns, and from which layer on anything changes. */
export interface Trainable {
  readonly names: readonly string[];
  /** Tokens before this layer are the same in every step; `layers` is behind the last one. */
  readonly from: number;
}

/** @throws MarginaliaError `bad-trainable-set` where there are fewer adapters than asked for. */
export function resolveTrainable(set: TrainableSet, a: Architecture): Trainable {
  const all = [...tensorShapes(a).keys()].filter(isTrainable);
  if (set === 'all') return { names: all, from: firstFusion(a) };
  const adapters = a.fusionLayers.length;
  const last = set === 'head' ? 0 : set.lastAdapters;
  if (last > adapters || last < 0 || !Number.isInteger(last)) {
    throw new MarginaliaError(
      'bad-trainable-set',
      `The model has ${adapters} adapters: its last ${last} cannot be trained.`,
      `Ask for a number from 0 to ${adapters}.`,
    );
  }
  const frozen = (name: string): boolean =>
    name.startsWith('pvl_adapters.') && Number(name.split('.')[1]) < adapters - last;
  return {
    names: all.filter((name) => !frozen(name)),
    from: last === 0 ? a.layers : Math.max(a.fusionLayers[adapters - last]!, firstFusion(a)),
  };
}
