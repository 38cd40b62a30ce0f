import type { Settings } from '../stores/settings-store.ts';
import type { OpenVolume } from '../stores/volume-store.ts';

type WindowPreset = Settings['presets'][string][number];

/**
 * Windows to choose from: those that came with the series, and those that the user has made for its
 * modality since. Of windows that are alike only the first is kept.
 */
export function presetsOf(
  volume: OpenVolume | null,
  settings: Settings | null,
): readonly WindowPreset[] {
  if (!volume) return [];
  const { presets, stack } = volume.info;
  const all = [...presets, ...(settings?.presets[stack.modality] ?? [])];
  const key = ({ centre, width }: WindowPreset): string => `${centre}/${width}`;
  return [
    ...new Map(all.toReversed().map((preset) => [key(preset), preset])).values(),
  ].toReversed();
}
