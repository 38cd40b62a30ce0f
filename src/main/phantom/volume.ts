import { setImmediate } from 'node:timers/promises';
import type { Grid, Volume } from '../../shared/volume.ts';
import { createAbdomen, renderSlice, type Abdomen } from './abdomen.ts';

export interface PhantomVolume {
  /** Hounsfield units, int16. */
  readonly image: Volume;
  /** Values of ABDOMEN_LABELS. */
  readonly labels: Volume;
  readonly seed: number;
  readonly sliceThickness: number;
}

export interface PhantomOptions {
  readonly seed: number;
  /** Another patient than `createAbdomen(seed)`. */
  readonly abdomen?: Abdomen;
  /** Slices over the whole height of the phantom. */
  readonly slices: number;
  /** Rows and columns. */
  readonly size: number;
}

/** A patient as an axial volume, feet first: slice k lies at affine · (0, 0, k), LPS mm. */
export function phantomVolume(options: PhantomOptions): PhantomVolume {
  const { phantom, render } = emptyPhantom(options);
  for (let k = 0; k < options.slices; k++) render(k);
  return phantom;
}

/** As `phantomVolume`; it yields to other work between two slices. */
export async function renderPhantom(
  options: PhantomOptions,
  signal?: AbortSignal,
): Promise<PhantomVolume> {
  const { phantom, render } = emptyPhantom(options);
  for (let k = 0; k < options.slices; k++) {
    render(k);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return phantom;
}

function emptyPhantom({ seed, abdomen = createAbdomen(seed), slices, size }: PhantomOptions): {
  readonly phantom: PhantomVolume;
  /** Fills in slice k. */
  readonly render: (k: number) => void;
} {
  const [low, high] = abdomen.extent;
  const thickness = (high - low) / slices;
  const pixel = (2 * abdomen.halfField) / size;
  const origin = -abdomen.halfField + pixel / 2;
  const grid: Grid = {
    size: [size, size, slices],
    affineLps: [
      pixel,
      0,
      0,
      origin,
      0,
      pixel,
      0,
      origin,
      0,
      0,
      thickness,
      low + thickness / 2,
      0,
      0,
      0,
      1,
    ],
  };
  const image = new Int16Array(size * size * slices);
  const labels = new Uint8Array(size * size * slices);
  return {
    phantom: {
      image: { grid, data: image },
      labels: { grid, data: labels },
      seed,
      sliceThickness: thickness,
    },
    render(k) {
      const slice = renderSlice(abdomen, low + (k + 0.5) * thickness, size);
      image.set(slice.values.map(Math.round), k * size * size);
      labels.set(slice.labels, k * size * size);
    },
  };
}
