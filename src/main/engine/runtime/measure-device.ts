import { constant, input, matmul, type Tensor } from '../tensor/index.ts';
import { createSession, type Device } from './session.ts';

/** Slower than any processor: software that pretends to be a GPU. */
const HOPELESS = 4e9;

/**
 * FLOP/s that a device reaches in products of square matrices, as a model's layers are. Throws what
 * the device says where it cannot. May end the process, since drivers crash.
 */
export async function measureDevice(device: Device): Promise<number> {
  const small = await chainOfProducts(device, 256, 1);
  // A real load would keep a software adapter busy for minutes.
  return small < HOPELESS ? small : await chainOfProducts(device, 1024, 8);
}

/** Multiplies an input by a matrix again and again, and checks what comes out. */
async function chainOfProducts(device: Device, side: number, length: number): Promise<number> {
  const dims = [side, side];
  // Every product replaces each value by the mean of its row.
  const mean = constant(new Float32Array(side * side).fill(1 / side), dims);
  let product: Tensor = input('x', dims);
  for (let i = 0; i < length; i++) product = matmul(product, mean);
  const session = await createSession({ product }, { device });

  const x = Float32Array.from({ length: side * side }, (_, i) => (i % side) % 7);
  const expected = x.subarray(0, side).reduce((sum, v) => sum + v, 0) / side;
  let seconds = Infinity;
  for (let run = 0; run < 4; run++) {
    const begin = performance.now();
    const result = await session.run({ x: { data: x, dims } });
    seconds = Math.min(seconds, (performance.now() - begin) / 1000);
    const got = result['product']!.at(-1)!;
    if (!(Math.abs(got - expected) < 1e-3 * expected)) {
      throw new RangeError(`it computed ${got} where ${expected} is right`);
    }
  }
  await session.dispose();
  return (length * 2 * side ** 3) / seconds;
}
