import { outwards } from '../../src/shared/outwards.ts';

/** Voxels as a host hands them over, put in the order of their slices. */
export function inOrder(handedOver: Uint8Array, slices: number): Uint8Array<ArrayBuffer> {
  const per = handedOver.length / slices;
  const bytes = new Uint8Array(handedOver.length);
  outwards(slices).forEach((k, n) =>
    bytes.set(handedOver.subarray(n * per, (n + 1) * per), k * per),
  );
  return bytes;
}

/** Voxels in the order of their slices, put as a host hands them over. */
export function handedOver(voxels: Uint8Array, slices: number): Uint8Array<ArrayBuffer> {
  const per = voxels.length / slices;
  const bytes = new Uint8Array(voxels.length);
  outwards(slices).forEach((k, n) => bytes.set(voxels.subarray(k * per, (k + 1) * per), n * per));
  return bytes;
}
