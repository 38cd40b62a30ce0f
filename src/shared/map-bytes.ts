import { MAX_ENTROPY, type UncertaintyMaps } from './uncertainty.ts';

/** Maps of a slice as they are sent and stored: 0 … 255 for probability 0 … 1, and for 0 … ln 2 nats. */
export type MapBytes = { readonly [K in keyof UncertaintyMaps]: Uint8Array };

/** Of each kind what `make` says of it, in an order that is always the same. */
export const eachKind = <T>(
  make: (kind: keyof MapBytes, n: number) => T,
): { [K in keyof MapBytes]: T } => ({
  probability: make('probability', 0),
  total: make('total', 1),
  aleatoric: make('aleatoric', 2),
  epistemic: make('epistemic', 3),
});

/** The upper end of each scale. */
const MOST = { probability: 1, total: MAX_ENTROPY, aleatoric: MAX_ENTROPY, epistemic: MAX_ENTROPY };

/** Values beyond the ends are taken as the ends, NaN as 0. */
export function toBytes(kind: keyof MapBytes, values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  const scale = 255 / MOST[kind];
  // Values beyond the ends would wrap round.
  for (let i = 0; i < values.length; i++) {
    bytes[i] = Math.min(255, Math.max(0, values[i]! * scale + 0.5));
  }
  return bytes;
}

/** The map that `toBytes` wrote, within its quantisation; one value per byte. */
export function fromBytes(kind: keyof MapBytes, bytes: Uint8Array): Float32Array {
  // `Float32Array.from` with a function takes twenty times as long.
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = (bytes[i]! / 255) * MOST[kind];
  return values;
}
