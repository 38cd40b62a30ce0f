import { useAnnotation } from '../../stores/annotation-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import { useVolume } from '../../stores/volume-store.ts';
import { count, short } from '../../model/format.ts';
import type { Readout } from '../../viewer/index.ts';

/** What is under the pointer in words: value and label, then what the model thinks of it. */
export function readoutLines({ value, label, suggested, uncertainty, voxel }: Readout): string[] {
  const { labels, active, map } = useAnnotation();
  const unit = useVolume().current?.info.unit ?? '';
  const nameOf = (of: number): string | undefined => labels.find((one) => one.value === of)?.name;
  const name = label ? nameOf(label) : suggested ? `${nameOf(suggested)}?` : undefined;
  const maps = active && useSuggestions().mapsOf(active.id, voxel[2]);
  const probability = maps?.probability[voxel[0] + (map?.size[0] ?? 0) * voxel[1]];
  const guess =
    probability === undefined ? undefined : `${active!.name} ${(probability / 255).toFixed(2)}`;
  const shown = valueText(value, unit);
  const first = [shown, name, guess].filter(Boolean).join(' · ');
  if (uncertainty === null) return [first];
  const nats = `${uncertainty.toFixed(2)} nats`;
  // Of all labels: samples and name of the one that has it are another matter.
  if (useView().doubt.of === 'largest') return [first, `largest doubt ${nats}`];
  const samples = maps?.samplesUsed;
  const doubt = `doubt ${nats}`;
  return [first, samples ? `${doubt} · ${count(samples, 'sample')}` : doubt];
}

function valueText(value: Readout['value'], unit: string): string {
  if (value === null) return 'not read yet';
  if (typeof value === 'number') return `${short(value)} ${unit}`.trim();
  const [red, green, blue] = value;
  return `R ${red} G ${green} B ${blue}`;
}
