import { setImmediate } from 'node:timers/promises';
import { amountOf, amountUnit, type AmountUnit, type Raster } from '../../shared/image/index.ts';
import type { Contents, LabelVoxels } from './contents.ts';
import { csvText } from './csv.ts';
import type { LabelDefinition } from './labels.ts';

/** How large a label is. */
export interface LabelStatistics {
  readonly voxels: number;
  /** In the `amountUnit` of the image. */
  readonly amount: number;
  /** In how many slices it is. */
  readonly slices: number;
}

/** How large every label is, in their order. Between two slices other work has its turn. */
export async function labelStatistics(
  labels: readonly LabelDefinition[],
  labelMap: Uint8Array,
  raster: Raster,
): Promise<LabelStatistics[]> {
  const pixels = raster.size[0] * raster.size[1];
  const voxels = new Float64Array(256);
  const slices = new Uint32Array(256);
  for (let from = 0; from < labelMap.length; from += pixels) {
    const seen = new Uint8Array(256);
    for (let i = from; i < from + pixels; i++) {
      const value = labelMap[i]!;
      voxels[value]! += 1;
      seen[value] = 1;
    }
    seen.forEach((isThere, value) => (slices[value]! += isThere));
    await setImmediate();
  }
  return labels.map(({ value }) => ({
    voxels: voxels[value]!,
    amount: amountOf(voxels[value]!, raster),
    slices: slices[value]!,
  }));
}

/** The kinds of which a label's amount is the sum, with the names of their columns. */
const KINDS = [
  ['decided', 'decided'],
  ['acceptedUnseen', 'accepted_unseen'],
  ['paintedUndecided', 'painted_undecided'],
  ['suggested', 'suggested'],
] as const satisfies readonly (readonly [keyof LabelVoxels, string])[];

/** What a column of amounts is called, and its unit at the end of all such names. */
const COLUMNS: Readonly<Record<AmountUnit, readonly [name: string, unit: string]>> = {
  ml: ['volume_ml', 'ml'],
  'mm²': ['area_mm2', 'mm2'],
  pixels: ['pixels', 'pixels'],
};

/** The same as a table, with how much of each label was decided. */
export function statisticsCsv(
  labels: readonly LabelDefinition[],
  statistics: readonly LabelStatistics[],
  { voxels: byKind }: Contents,
  raster: Raster,
): string {
  const [column, unit] = COLUMNS[amountUnit(raster)];
  const digits = unit === 'pixels' ? 0 : 3;
  const rows = labels.map(({ value, name, prompt }, n) => {
    const { voxels, amount, slices } = statistics[n]!;
    const parts = KINDS.map(([kind]) => amountOf(byKind[value]![kind], raster).toFixed(digits));
    return [value, name, prompt, voxels, amount.toFixed(digits), slices, ...parts];
  });
  const head = ['value', 'name', 'prompt', 'voxels', column, 'slices'];
  return csvText([[...head, ...KINDS.map(([, kind]) => `${kind}_${unit}`)], ...rows]);
}
