import { input, matmul } from '../tensor/index.ts';
import { createSession, type Device } from './session.ts';

/** Side of the square matrices: enough to tell a GPU from software that pretends to be one. */
const SIDE = 512;

/**
 * Multiplies two matrices on a device and checks the product: the seconds it takes, best of a few.
 * Throws what the device says where it cannot. May end the process: drivers crash.
 */
export async function measureDevice(device: Device): Promise<number> {
  const product = matmul(input('a', [SIDE, SIDE]), input('b', [SIDE, SIDE]));
  const session = await createSession({ product }, { device });
  const dims = [SIDE, SIDE];
  const a = { data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => i % 7), dims };
  const b = { data: new Float32Array(SIDE * SIDE).fill(1), dims };
  // Row 0 of a: 0 … 6 again and again; times a column of ones.
  const expected = a.data.subarray(0, SIDE).reduce((sum, v) => sum + v, 0);
  let best = Infinity;
  for (let run = 0; run < 6; run++) {
    const begin = performance.now();
    const { product } = await session.run({ a, b });
    best = Math.min(best, (performance.now() - begin) / 1000);
    if (Math.abs(product![0]! - expected) > 1e-3 * expected) {
      throw new Error(`${device} multiplied wrongly: ${product![0]} instead of ${expected}`);
    }
    // Hopelessly slow already: no need to be exact.
    if (best > 0.5) break;
  }
  await session.dispose();
  return best;
}
