import type { Volume, Window } from '../../../shared/volume.ts';
import { percentiles, windowBetween } from '../../../shared/windowing.ts';
import type { ModelJson, WindowRule } from '../../engine/bundle/model-json.ts';

type Rules = ModelJson['preprocessing']['window'];

const ruleFor = (rules: Rules, modality: string | undefined): WindowRule =>
  rules[modality ?? 'default'] ?? rules['default']!;

/**
 * The window a bundle wants for a volume where the user gives none.
 * @param modality DICOM (0008,0060); undefined where unknown, as in NIfTI files.
 * @param preset the first window of the series.
 */
export function chooseWindow(
  rules: Rules,
  volume: Volume,
  modality: string | undefined,
  preset?: Window,
): Window {
  const assumed = modality ?? guessModality(volume);
  const fixed = fixedWindow(rules, assumed, preset);
  if (fixed !== undefined) return fixed;
  const rule = ruleFor(rules, assumed);
  return betweenPercentiles(
    volume,
    rule !== 'series' && 'percentiles' in rule ? rule.percentiles : [0.5, 99.5],
  );
}

/** The same where no voxels are needed to tell; undefined where they are. */
export function fixedWindow(
  rules: Rules,
  modality: string | undefined,
  preset?: Window,
): Window | undefined {
  const rule = ruleFor(rules, modality);
  if (rule === 'series') return preset;
  return 'centre' in rule ? rule : undefined;
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
