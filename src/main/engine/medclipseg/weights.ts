import type { Tensor } from '../tensor/index.ts';

/** The model's tensors by their published names, as float32 tensors of a graph. */
export type Weights = (name: string) => Tensor;

/** The same under a common prefix: `at(w, 'vision_model')('proj')`. */
export function at(weights: Weights, prefix: string): Weights {
  return (name) => weights(`${prefix}.${name}`);
}
