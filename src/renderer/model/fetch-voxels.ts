import type { StreamOutput } from '../../shared/contract/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { outwards } from '../../shared/outwards.ts';
import type { PixelArray } from '../viewer/index.ts';

type VolumeInfo = StreamOutput<'volumes.open'>;

/** Pixels of an opened image before they came. */
export const emptyVoxels = ({ size, voxelType }: VolumeInfo): PixelArray =>
  new ARRAYS[voxelType](size[0] * size[1] * size[2]);

const ARRAYS = {
  int16: Int16Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  rgba: Uint32Array,
} as const;

/**
 * Fetches the voxels of a stack, i fastest, in rescaled units, into an array that `emptyVoxels`
 * made, so that a volume is never held twice.
 * @param slices along the third axis; they come from the middle outwards.
 * @param onSlices how many are there, 0 … slices.
 * @throws MarginaliaError `volume-incomplete`, `host-gone`.
 */
export async function fetchVoxels(
  url: string,
  voxels: PixelArray,
  slices: number,
  onSlices: (count: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const bytes = new Uint8Array(voxels.buffer);
  const perSlice = bytes.length / slices;
  const order = outwards(slices);
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new MarginaliaError('host-gone', 'Marginalia itself does not answer.');
  });
  if (!response.ok || response.body === null) throw incomplete(await response.text());
  let at = 0;
  const take = (piece: Uint8Array): void => {
    for (let taken = 0; taken < piece.length;) {
      const within = at % perSlice;
      const part = piece.subarray(taken, taken + perSlice - within);
      bytes.set(part, order[Math.floor(at / perSlice)]! * perSlice + within);
      taken += part.length;
      at += part.length;
    }
  };
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes.length) throw incomplete('More voxels came than there are.');
    take(value);
    onSlices(Math.floor(at / perSlice));
  }
  if (at < bytes.length) throw incomplete(`${at} of ${bytes.length} bytes came.`);
}

const incomplete = (why: string): MarginaliaError =>
  new MarginaliaError(
    'volume-incomplete',
    `The voxels of the series could not be read: ${why}`,
    'Open the series again.',
  );
