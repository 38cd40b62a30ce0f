import { describe, expect, it } from 'vitest';
import {
  detach,
  grad,
  input,
  matmul,
  reshape,
  scale,
  slice,
  sum,
  mul,
  add,
} from '../../../src/main/engine/tensor/index.ts';
import { createSession } from '../../../src/main/engine/runtime/session.ts';
import { cases } from './cases.ts';
import { evaluate, randomInputs, relativeError } from './harness.ts';

const STEP = 1e-2;

describe.each(cases)('$name', (c) => {
  it('equals a naive implementation and has the gradient of finite differences', async () => {
    const run = await evaluate(c, 'cpu');
    const values = randomInputs(c);
    expect(relativeError(run.y, c.naive(...values))).toBeLessThan(2e-6);
    const wrt = values.flatMap((_, i) => (c.fixed?.includes(i) ? [] : [i]));
    for (const [g, i] of wrt.entries()) {
      const x = values[i]!;
      const numeric = new Float64Array(x.length);
      for (let e = 0; e < x.length; e++) {
        const at = async (offset: number): Promise<number> => {
          const moved = values.map((v, j) => (j === i ? v.slice() : v));
          moved[i]![e] = x[e]! + offset;
          return run.loss(moved);
        };
        // Five-point rule: its error falls with the fourth power of the step.
        numeric[e] =
          (8 * ((await at(STEP)) - (await at(-STEP))) -
            ((await at(2 * STEP)) - (await at(-2 * STEP)))) /
          (12 * STEP);
      }
      expect(relativeError(run.gradients[g]!, numeric), `input ${i}`).toBeLessThan(1e-3);
    }
    await run.dispose();
  });
});

describe('shape checks name both shapes when a graph is built', () => {
  const a = input('a', [2, 3]);
  it.each([
    ['add', () => add(a, input('b', [2, 4])), /\[2, 3\] and \[2, 4\]/],
    ['matmul', () => matmul(a, input('b', [2, 4])), /\[2, 3\] and \[2, 4\]/],
    ['reshape', () => reshape(a, [4]), /\[2, 3\] does not fit \[4\]/],
    ['slice', () => slice(a, 1, 2, 5), /2…5 of axis 1 is outside \[2, 3\]/],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });
});

describe('grad', () => {
  it('is zero for what the loss does not depend on, or only behind detach', async () => {
    const x = input('x', [2]);
    const other = input('other', [3]);
    const [gx, go] = grad(sum(mul(scale(x, 2), detach(x))), [x, other]);
    const session = await createSession({ gx: gx!, go: go! }, { device: 'cpu' });
    const out = await session.run({ x: { data: Float32Array.of(3, 5), dims: [2] } });
    expect([...out['gx']!]).toEqual([6, 10]);
    expect([...out['go']!]).toEqual([0, 0, 0]);
  });

  it('refuses a loss that is no scalar', () => {
    const x = input('x', [2]);
    expect(() => grad(x, [x])).toThrow(/must be a scalar, not \[2\]/);
  });
});
