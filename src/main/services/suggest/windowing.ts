import type { VoxelArray, Window } from '../../../shared/volume.ts';
import { percentiles, windowBetween } from '../../../shared/windowing.ts';
import type { ModelJson, WindowRule } from '../../engine/bundle/model-json.ts';

/** Of an image. */
interface Values {
  readonly data: VoxelArray;
}

type Rules = ModelJson['preprocessing']['window'];

const ruleFor = (rules: Rules, modality: string | undefined): WindowRule =>
  rules[modality ?? 'default'] ?? rules['default']!;

/**
 * The window a bundle wants for a grey image where the user gives none.
 * @param modality DICOM (0008,0060); undefined where unknown, as in NIfTI files.
 * @param preset the first window of the series.
 */
export function chooseWindow(
  rules: Rules,
  values: Values,
  modality: string | undefined,
  preset?: Window,
): Window {
  const assumed = modality ?? guessModality(values);
  const fixed = fixedWindow(rules, assumed, preset);
  if (fixed !== undefined) return fixed;
  const rule = ruleFor(rules, assumed);
  return betweenPercentiles(
    values,
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

function betweenPercentiles({ data }: Values, range: readonly [number, number]): Window {
  const [low, high] = percentiles(data, range) as [number, number];
  return windowBetween(low, high);
}

/** Air at about −1000 Hounsfield units beside tissue gives a CT away; nothing else is guessed. */
export function guessModality({ data }: Values): string | undefined {
  const [low, high] = percentiles(data, [1, 99]) as [number, number];
  return low <= -800 && low >= -3100 && high > 0 && high < 4000 ? 'CT' : undefined;
}
