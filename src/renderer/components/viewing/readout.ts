import type { useAnnotation } from '../../stores/annotation-store.ts';
import type { useSuggestions } from '../../stores/suggestions-store.ts';
import { count, short } from '../../model/format.ts';
import type { Readout } from '../../viewer/index.ts';

/** What is under the pointer in words: value and label, then what the model thinks of it. */
export function readoutLines(
  { value, label, suggested, uncertainty, voxel }: Readout,
  unit: string,
  annotation: Pick<ReturnType<typeof useAnnotation>, 'labels' | 'active' | 'map'>,
  suggestions: Pick<ReturnType<typeof useSuggestions>, 'mapsOf'>,
): string[] {
  const nameOf = (of: number): string | undefined =>
    annotation.labels.find((one) => one.value === of)?.name;
  const name = label ? nameOf(label) : suggested ? `${nameOf(suggested)}?` : undefined;
  const { active, map } = annotation;
  const maps = active && suggestions.mapsOf(active.id, voxel[2]);
  const probability = maps?.probability[voxel[0] + (map?.size[0] ?? 0) * voxel[1]];
  const guess =
    probability === undefined ? undefined : `${active!.name} ${(probability / 255).toFixed(2)}`;
  const shown = value === null ? 'not read yet' : `${short(value)} ${unit}`.trim();
  const first = [shown, name, guess].filter(Boolean).join(' · ');
  if (uncertainty === null) return [first];
  const samples = maps?.samplesUsed;
  const doubt = `doubt ${uncertainty.toFixed(2)} nats`;
  return [first, samples ? `${doubt} · ${count(samples, 'sample')}` : doubt];
}
