import { createAbdomen, renderSlice, ABDOMEN_LABELS } from '../../../src/main/phantom/abdomen.ts';
import { chance, uniform, whole } from '../../../src/shared/random-draws.ts';
import { keyedState, type RandomState } from '../../../src/shared/random.ts';
import type { LabelledSlice } from '../../../src/main/engine/learn/augment.ts';

/** Side of the training images in pixels. */
export const SIDE = 224;

/** Patients with seeds from here on are never trained on. */
export const VALIDATION_SEEDS = 1_000_000;

/** Share of draws that put a new slice into the pool. */
const RENEWAL = 0.05;

interface Rendered {
  readonly values: Int16Array;
  readonly labels: Uint8Array;
}

/**
 * Slices of phantoms, rendered once and drawn many times; now and then one is replaced, so that the
 * pool never grows old.
 */
export function createPhantomPool(
  seed: number,
  size: number,
): (state: RandomState) => LabelledSlice {
  let made = 0;
  const render = (): Rendered => {
    const state = keyedState('phantom pool', seed, made++);
    const abdomen = createAbdomen(whole(state, 0, VALIDATION_SEEDS - 1));
    const { values, labels } = renderSlice(abdomen, uniform(state, ...abdomen.extent), SIDE);
    return { values: Int16Array.from(values), labels };
  };
  const pool = Array.from({ length: size }, render);
  return (state) => {
    if (chance(state, RENEWAL)) pool[made % size] = render();
    return windowed(pool[whole(state, 0, size - 1)]!, state);
  };
}

/** Centre 40, width 400, each off by up to a tenth; masks in the order of the label values. */
function windowed({ values, labels }: Rendered, state: RandomState): LabelledSlice {
  const centre = 40 + uniform(state, -30, 30);
  const width = 400 * uniform(state, 0.85, 1.2);
  const image = new Uint8Array(values.length);
  for (let i = 0; i < image.length; i++) {
    const v = ((values[i]! - centre) / width + 0.5) * 255;
    image[i] = v < 0 ? 0 : v > 255 ? 255 : v;
  }
  const masks = Object.values(ABDOMEN_LABELS).map((label) => {
    const mask = new Uint8Array(labels.length);
    for (let i = 0; i < mask.length; i++) if (labels[i] === label) mask[i] = 1;
    return mask;
  });
  return { picture: { channels: 1, columns: SIDE, rows: SIDE, values: image }, masks };
}
