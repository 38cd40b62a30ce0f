import type { Volume, Window } from '../../shared/volume.ts';
import { percentiles, windowBetween } from '../../shared/windowing.ts';
import type { ModelJson, WindowRule } from '../engine/bundle/model-json.ts';

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
  if (rule === 'series') return preset ?? betweenPercentiles(volume, [0.5, 99.5]);
  if ('centre' in rule) return rule;
  return betweenPercentiles(volume, rule.percentiles);
}

function betweenPercentiles(volume: Volume, range: readonly [number, number]): Window {
  const [low, high] = percentiles(volume.data, range) as [number, number];
  return windowBetween(low, high);
}

/** Air at about −1000 Hounsfield units beside tissue gives a CT away; nothing else is guessed. */
export function guessModality(volume: Volume): string | undefined {
  const [low, high] = percentiles(volume.data, [1, 99]) as [number, number];
  return low <= -800 && low >= -3100 && high > 0 && high < 4000 ? 'CT' : undefined;
}
