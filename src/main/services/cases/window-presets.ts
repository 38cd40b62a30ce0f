import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { ImageInfo } from '../../../shared/image/index.ts';
import { COLOUR_WINDOW, windowBetween } from '../../../shared/windowing.ts';
import type { Statistics } from './statistics.ts';

type Window = z.infer<typeof contract.Window>;
type WindowPreset = z.infer<typeof contract.WindowPreset>;

/** Usual windows of CT in Hounsfield units (Radiopaedia, "Windowing (CT)"). */
const CT: readonly WindowPreset[] = [
  { name: 'soft tissue', centre: 40, width: 400 },
  { name: 'lung', centre: -600, width: 1500 },
  { name: 'bone', centre: 400, width: 1800 },
  { name: 'brain', centre: 40, width: 80 },
  { name: 'liver', centre: 30, width: 150 },
  { name: 'mediastinum', centre: 50, width: 350 },
  { name: 'subdural', centre: 75, width: 215 },
  { name: 'stroke', centre: 40, width: 40 },
  { name: 'temporal bone', centre: 600, width: 2800 },
  { name: 'spine', centre: 50, width: 250 },
  { name: 'angiography', centre: 300, width: 600 },
];

/** What becomes black and white where values have no unit: MR, ultrasound, X-ray. */
const byValues = ({ range: [least, most], percentiles: p }: Statistics): WindowPreset[] => [
  { name: 'high contrast', ...windowBetween(p[5], p[95]) },
  { name: 'bright structures', ...windowBetween(p[50], most) },
  { name: 'dark structures', ...windowBetween(least, p[75]) },
];

/**
 * How an image is shown first, and how else it may be: the windows of the user, the scanner's, those
 * usual for the modality, those that its values suggest.
 */
export function windowsOf(
  { modality, windows, channels }: Pick<ImageInfo, 'modality' | 'windows' | 'channels'>,
  statistics: Statistics,
  userPresets: readonly WindowPreset[] = [],
): { readonly window: Window; readonly presets: WindowPreset[] } {
  if (channels === 3) return { window: { ...COLOUR_WINDOW }, presets: [] };
  const scanner = windows.map(({ name, centre, width }, n) => ({
    name: name || (windows.length === 1 ? 'as acquired' : `as acquired ${n + 1}`),
    centre,
    width,
  }));
  const { range, percentiles } = statistics;
  const isCt = modality === 'CT';
  const automatic = { name: 'automatic', ...windowBetween(percentiles[0.5], percentiles[99.5]) };
  const presets = [
    ...userPresets,
    ...scanner,
    ...(isCt ? CT : []),
    automatic,
    { name: 'full range', ...windowBetween(...range) },
    ...(isCt ? [] : byValues(statistics)),
  ];
  const { centre, width } = scanner[0] ?? (isCt ? CT[0]! : automatic);
  return { window: { centre, width }, presets: withoutDoubles(presets) };
}

const withoutDoubles = (presets: readonly WindowPreset[]): WindowPreset[] =>
  presets.filter(({ name }, n) => presets.findIndex((other) => other.name === name) === n);
