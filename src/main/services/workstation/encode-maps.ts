import { calibrateMaps } from '../../../shared/calibration/index.ts';
import { scoreSlice } from '../../../shared/queue/index.ts';
import { MAX_ENTROPY, type UncertaintyMaps } from '../../../shared/uncertainty.ts';
import type { Suggestion } from '../../workspace/index.ts';
import { breathe } from './pieces.ts';
import type { SliceView } from './slice-view.ts';

/** Maps as they are sent and stored, of slices as stored. */
export type EncodedMaps = Pick<Suggestion, 'probability' | 'total' | 'aleatoric' | 'epistemic'>;

/** 0 … 255 for 0 … `most`. */
function toBytes(values: Float32Array, most: number): Uint8Array {
  const bytes = new Uint8Array(values.length);
  const scale = 255 / most;
  // Values beyond the ends would wrap round; NaN becomes 0.
  for (let i = 0; i < values.length; i++) {
    bytes[i] = Math.min(255, Math.max(0, values[i]! * scale + 0.5));
  }
  return bytes;
}

/** Values of bytes that `toBytes` made, in nats. */
export function doubtOf(bytes: Uint8Array): Float32Array {
  // `Float32Array.from` with a function takes twenty times as long.
  const doubt = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) doubt[i] = (bytes[i]! / 255) * MAX_ENTROPY;
  return doubt;
}

/** Maps of a slice as shown in the form in which they are sent, map by map. */
export async function encodeMaps(maps: UncertaintyMaps, view: SliceView): Promise<EncodedMaps> {
  const encode = async (values: Float32Array, most: number): Promise<Uint8Array> => {
    const bytes = view.restore(toBytes(values, most));
    await breathe();
    return bytes;
  };
  return {
    probability: await encode(maps.probability, 1),
    total: await encode(maps.total, MAX_ENTROPY),
    aleatoric: await encode(maps.aleatoric, MAX_ENTROPY),
    epistemic: await encode(maps.epistemic, MAX_ENTROPY),
  };
}

/** How much a slice deserves a look: for the queue, and for the strip chart. */
export async function measureDoubt(
  maps: UncertaintyMaps,
  view: SliceView,
): Promise<{ readonly score: number; readonly doubt: number }> {
  const { score } = scoreSlice(maps, view.shown);
  await breathe();
  return { score, doubt: meanDoubt(maps) };
}

/** Mean total entropy, in nats, of the pixels that are predicted or in doubt; 0 without any. */
function meanDoubt({ probability, total }: UncertaintyMaps): number {
  let [sum, pixels] = [0, 0];
  for (let i = 0; i < total.length; i++) {
    if (!(probability[i]! > 0.5 || total[i]! >= MAX_ENTROPY / 2)) continue;
    sum += total[i]!;
    pixels++;
  }
  return pixels === 0 ? 0 : sum / pixels;
}

/** At the temperature of the learned adapters, if any. */
export async function atTemperature(
  maps: UncertaintyMaps,
  temperature: number | null,
): Promise<UncertaintyMaps> {
  if (temperature === null) return maps;
  const calibrated = calibrateMaps(maps, temperature);
  await breathe();
  return calibrated;
}
