import {
  createSession,
  type Device,
  type Value,
} from '../../../src/main/engine/runtime/session.ts';
import {
  constant,
  grad,
  input,
  mul,
  sum,
  type Tensor,
} from '../../../src/main/engine/tensor/index.ts';
import { fillNormal } from '../../../src/main/engine/runtime/noise.ts';
import { keyedState } from '../../../src/shared/random.ts';

export interface OperatorCase {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /** Independent implementation on flat arrays, row-major. */
  readonly naive: (...inputs: Float32Array[]) => ArrayLike<number>;
  /** Keeps inputs inside an operator's domain. */
  readonly domain?: (x: number) => number;
  /** Indices of inputs without a gradient. */
  readonly fixed?: readonly number[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

export function randomInputs(c: OperatorCase): Float32Array[] {
  return c.shapes.map((shape, i) => {
    const values = new Float32Array(sizeOf(shape));
    fillNormal(keyedState(7, c.name, i), values);
    return c.domain ? values.map(c.domain) : values;
  });
}

const feeds = (c: OperatorCase, values: readonly Float32Array[]): Record<string, Value> =>
  Object.fromEntries(values.map((data, i) => [`x${i}`, { data, dims: c.shapes[i]! }]));

/** Runs a case once on a device: its output, and the gradients of Σ w·y for fixed random w. */
export async function evaluate(
  c: OperatorCase,
  device: Device,
): Promise<{
  y: Float32Array;
  gradients: Float32Array[];
  loss: (v: Float32Array[]) => Promise<number>;
  dispose: () => Promise<void>;
}> {
  const values = randomInputs(c);
  const inputs = c.shapes.map((shape, i) => input(`x${i}`, shape));
  const y = c.build(...inputs);
  const shape = y.shape as readonly number[];
  const w = new Float32Array(sizeOf(shape));
  fillNormal(keyedState(11, c.name), w);
  const loss = sum(mul(y, constant(w, shape)));
  const wrt = inputs.filter((_, i) => !c.fixed?.includes(i));
  const gradients = grad(loss, wrt);
  const backward = await createSession(
    { y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) },
    { device },
  );
  const forward = await createSession({ y }, { device: 'cpu' });
  const out = await backward.run(feeds(c, values));
  return {
    y: out['y']!,
    gradients: gradients.map((_, i) => out[`g${i}`]!),
    // Summed in double precision, so that differences of losses keep their digits.
    loss: async (v) => {
      const r = (await forward.run(feeds(c, v)))['y']!;
      return r.reduce((s, x, i) => s + x * w[i]!, 0);
    },
    dispose: async () => {
      await backward.dispose();
      await forward.dispose();
    },
  };
}

/** Largest difference, relative to the largest magnitude of what is expected. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let magnitude = 1e-6;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return Number.isNaN(difference) ? Infinity : difference / magnitude;
}
