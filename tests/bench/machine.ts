import { cpus } from 'node:os';
import { createSession } from '../../src/main/engine/runtime/session.ts';
import { constant, input, matmul } from '../../src/main/engine/tensor/index.ts';

/** Best of several timings of `job`, in seconds, after one that warms up. */
export async function bestSeconds(job: () => Promise<unknown>, runs = 5): Promise<number> {
  await job();
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await job();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

/** n numbers from −0.5 to 0.5. */
export const random = (n: number): Float32Array =>
  Float32Array.from({ length: n }, () => Math.random() - 0.5);

/** FLOP/s of the machine's dense matrix product, at the shapes of a transformer's MLP. */
export async function peakFlops(): Promise<number> {
  const [m, k, n] = [1280, 768, 3072];
  const weight = constant(random(k * n), [k, n]);
  const session = await createSession(
    { y: matmul(input('x', [m, k]), weight) },
    {
      device: 'cpu',
    },
  );
  const x = { data: random(m * k), dims: [m, k] };
  const seconds = await bestSeconds(() => session.run({ x }), 20);
  await session.dispose();
  return (2 * m * k * n) / seconds;
}

export function describeMachine(): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} logical cores, Node ${process.version}`;
}
