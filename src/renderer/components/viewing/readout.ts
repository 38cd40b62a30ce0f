import type { useAnnotation } from '../../stores/annotation-store.ts';
import type { useSuggestions } from '../../stores/suggestions-store.ts';
import { count, short } from '../../model/format.ts';
import type { Readout } from '../../viewer/index.ts';

/** What is under the pointer in words: value and label, then what the model thinks of it. */
export function readoutLines(
  { value, label, probability, uncertainty, voxel }: Readout,
  unit: string,
  annotation: Pick<ReturnType<typeof useAnnotation>, 'labels' | 'active'>,
  suggestions: Pick<ReturnType<typeof useSuggestions>, 'mapsOf'>,
): string[] {
  const name = annotation.labels.find((l) => l.value === label)?.name;
  const { active } = annotation;
  const guess =
    probability === null || !active ? undefined : `${active.name} ${probability.toFixed(2)}`;
  const shown = value === null ? 'not read yet' : `${short(value)} ${unit}`.trim();
  const first = [shown, name, guess].filter(Boolean).join(' · ');
  if (uncertainty === null) return [first];
  const samples = active && suggestions.mapsOf(active.id, voxel[2])?.samplesUsed;
  const doubt = `doubt ${uncertainty.toFixed(2)} nats`;
  return [first, samples ? `${doubt} · ${count(samples, 'sample')}` : doubt];
}
