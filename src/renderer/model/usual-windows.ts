import type { VoxelArray, Window } from '../../shared/volume.ts';
import { percentiles, windowBetween } from '../../shared/windowing.ts';

export interface WindowPreset extends Window {
  readonly name: string;
}

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

/** Percentiles that become black and white where values have no unit: MR, ultrasound, X-ray. */
const BY_PERCENTILES: readonly (readonly [name: string, low: number, high: number])[] = [
  ['full range', 0, 100],
  ['standard', 0.5, 99.5],
  ['high contrast', 5, 95],
  ['bright structures', 50, 100],
  ['dark structures', 0, 75],
];

/** Values looked at for percentiles: enough to be right within a part in a thousand. */
const MOST = 200_000;

/**
 * Windows to choose from: a table for CT, percentiles of the volume for everything else.
 * @param modality DICOM (0008,0060), or '' where the files do not say.
 */
export function presetsFor(modality: string, values: VoxelArray): readonly WindowPreset[] {
  if (modality === 'CT') return CT;
  const at = BY_PERCENTILES.flatMap(([, low, high]) => [low, high]);
  const ends = percentiles(values, at, MOST);
  return BY_PERCENTILES.map(([name], n) => ({
    name,
    ...windowBetween(ends[2 * n]!, ends[2 * n + 1]!),
  }));
}
