import type { Settings } from '../stores/settings-store.ts';
import type { OpenVolume } from '../stores/volume-store.ts';
import { presetsFor, type WindowPreset } from './usual-windows.ts';

const usualByVolume = new WeakMap<OpenVolume, readonly WindowPreset[]>();

/**
 * Windows to choose from: those of the series, the user's for its modality, the usual ones. Of windows
 * that are alike only the first is kept.
 */
export function presetsOf(
  volume: OpenVolume | null,
  settings: Settings | null,
): readonly WindowPreset[] {
  if (!volume) return [];
  const { info, voxels } = volume;
  const { modality } = info.stack;
  const usual = usualByVolume.get(volume) ?? presetsFor(modality, voxels);
  usualByVolume.set(volume, usual);
  const ofSeries = info.presets.map((preset) => ({
    ...preset,
    name: preset.name || 'of the series',
  }));
  const all = [...ofSeries, ...(settings?.presets[modality] ?? []), ...usual];
  const key = ({ centre, width }: WindowPreset): string => `${centre}/${width}`;
  return [
    ...new Map(all.toReversed().map((preset) => [key(preset), preset])).values(),
  ].toReversed();
}
