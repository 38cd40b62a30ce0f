import type { Volume, Window } from '../../shared/volume.ts';
import type { ModelJson, WindowRule } from '../engine/bundle/model-json.ts';

/** Percentiles of a volume, from every n-th voxel of it where it is large. */
export function percentiles(data: Volume['data'], at: readonly number[]): number[] {
  const step = Math.max(1, Math.floor(data.length / 1_000_000));
  const values = new Float32Array(Math.ceil(data.length / step));
  for (let i = 0; i < values.length; i++) values[i] = data[i * step]!;
  const sorted = values.filter(Number.isFinite).sort();
  return at.map((p) => sorted[Math.round((p / 100) * (sorted.length - 1))] ?? 0);
}

/**
 * The window a bundle wants for a volume where the user gives none.
 * @param modality DICOM (0008,0060); undefined where unknown, as in NIfTI files.
 * @param preset the series' own first window.
 */
export function chooseWindow(
  rules: ModelJson['preprocessing']['window'],
  volume: Volume,
  modality: string | undefined,
  preset?: Window,
): Window {
  const rule: WindowRule =
    rules[modality ?? guessModality(volume) ?? 'default'] ?? rules['default']!;
  if (rule === 'series') return preset ?? fromPercentiles(volume, [0.5, 99.5]);
  if ('centre' in rule) return rule;
  return fromPercentiles(volume, rule.percentiles);
}

/** A window that maps exactly [low, high] to black … white (PS3.3 C.11.2.1.2.1, LINEAR). */
function fromPercentiles(volume: Volume, range: readonly [number, number]): Window {
  const [low, high] = percentiles(volume.data, range) as [number, number];
  return { centre: (low + high + 1) / 2, width: Math.max(1, high - low + 1) };
}

/** Air at about −1000 Hounsfield units beside tissue gives a CT away; nothing else is guessed. */
export function guessModality(volume: Volume): string | undefined {
  const [low, high] = percentiles(volume.data, [1, 99]) as [number, number];
  return low <= -800 && low >= -3100 && high > 0 && high < 4000 ? 'CT' : undefined;
}
