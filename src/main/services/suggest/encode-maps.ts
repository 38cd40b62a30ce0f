import { calibrateMaps } from '../../../shared/calibration/index.ts';
import { toBytes, type MapBytes } from '../../../shared/map-bytes.ts';
import type { UncertaintyMaps } from '../../../shared/uncertainty.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import type { SliceView } from '../cases/index.ts';

/** Maps of a slice as shown, in bytes and turned to how slices are stored, map by map. */
export async function encodeMaps(maps: UncertaintyMaps, view: SliceView): Promise<MapBytes> {
  const encode = async (kind: keyof MapBytes): Promise<Uint8Array> => {
    const bytes = view.toStored(toBytes(kind, maps[kind]));
    await yieldToEventLoop();
    return bytes;
  };
  return {
    probability: await encode('probability'),
    total: await encode('total'),
    aleatoric: await encode('aleatoric'),
    epistemic: await encode('epistemic'),
  };
}

/** At the temperature of the learned adapters, if any. */
export async function atTemperature(
  maps: UncertaintyMaps,
  temperature: number | null,
): Promise<UncertaintyMaps> {
  if (temperature === null) return maps;
  const calibrated = calibrateMaps(maps, temperature);
  await yieldToEventLoop();
  return calibrated;
}
