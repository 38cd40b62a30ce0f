import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { NamedWindow } from '../../../shared/image/index.ts';
import type { Statistics } from './statistics.ts';

type Window = z.infer<typeof contract.Window>;
type WindowPreset = z.infer<typeof contract.WindowPreset>;

/** Usual in radiology, Hounsfield units. */
const CT: readonly WindowPreset[] = [
  { name: 'soft tissue', centre: 40, width: 400 },
  { name: 'lung', centre: -600, width: 1500 },
  { name: 'bone', centre: 400, width: 1800 },
  { name: 'brain', centre: 40, width: 80 },
  { name: 'liver', centre: 60, width: 160 },
  { name: 'mediastinum', centre: 50, width: 350 },
];

/** A window that maps exactly [low, high] to black … white (PS3.3 C.11.2.1.2.1, LINEAR). */
const spanning = ([low, high]: readonly [number, number]): Window => ({
  centre: (low + high + 1) / 2,
  width: Math.max(1, high - low + 1),
});

/**
 * How an image is shown first, and how else it may be: the windows of the user, the scanner's, those
 * usual for the modality, those that its values suggest.
 */
export function windowsOf(
  modality: string,
  windows: readonly NamedWindow[],
  { usual, range }: Statistics,
  userPresets: readonly WindowPreset[] = [],
): { readonly window: Window; readonly presets: WindowPreset[] } {
  const scanner = windows.map(({ name, centre, width }, n) => ({
    name: name || (windows.length === 1 ? 'as acquired' : `as acquired ${n + 1}`),
    centre,
    width,
  }));
  const usualOnes = modality === 'CT' ? CT : [];
  const automatic = { name: 'automatic', ...spanning(usual) };
  const presets = [
    ...userPresets,
    ...scanner,
    ...usualOnes,
    automatic,
    { name: 'full range', ...spanning(range) },
  ];
  const { centre, width } = scanner[0] ?? usualOnes[0] ?? automatic;
  return { window: { centre, width }, presets: withoutDoubles(presets) };
}

const withoutDoubles = (presets: readonly WindowPreset[]): WindowPreset[] =>
  presets.filter(({ name }, n) => presets.findIndex((other) => other.name === name) === n);
