import { setImmediate } from 'node:timers/promises';
import { volumeMl } from '../../shared/metrics/index.ts';
import type { Grid } from '../../shared/volume.ts';
import type { LabelDefinition } from './labels.ts';

/** One cell, quoted as RFC 4180 has it. */
const cell = (text: string | number): string =>
  /[",\r\n]/.test(String(text)) ? `"${String(text).replaceAll('"', '""')}"` : String(text);

/** How large a label is. */
export interface LabelStatistics {
  readonly voxels: number;
  readonly millilitres: number;
  /** In how many slices it is. */
  readonly slices: number;
}

/** How large every label is, in their order. Between two slices other work has its turn. */
export async function labelStatistics(
  labels: readonly LabelDefinition[],
  labelMap: Uint8Array,
  grid: Grid,
): Promise<LabelStatistics[]> {
  const pixels = grid.size[0] * grid.size[1];
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
    millilitres: volumeMl(voxels[value]!, grid),
    slices: slices[value]!,
  }));
}

/** The same as a table. */
export function statisticsCsv(
  labels: readonly LabelDefinition[],
  statistics: readonly LabelStatistics[],
): string {
  const rows = labels.map(({ value, name, prompt }, n) => {
    const { voxels, millilitres, slices } = statistics[n]!;
    return [value, name, prompt, voxels, millilitres.toFixed(3), slices];
  });
  return [['value', 'name', 'prompt', 'voxels', 'volume_ml', 'slices'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}
