import { setImmediate } from 'node:timers/promises';
import { volumeMl } from '../../shared/metrics/index.ts';
import type { Grid } from '../../shared/volume.ts';
import type { Contents, LabelVoxels } from './contents.ts';
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

/** The kinds of which a label's volume is the sum, with the names of their columns. */
const KINDS = [
  ['decided', 'decided_ml'],
  ['acceptedUnseen', 'accepted_unseen_ml'],
  ['paintedUndecided', 'painted_undecided_ml'],
  ['suggested', 'suggested_ml'],
] as const satisfies readonly (readonly [keyof LabelVoxels, string])[];

/** The same as a table, with how much of each label was decided. */
export function statisticsCsv(
  labels: readonly LabelDefinition[],
  statistics: readonly LabelStatistics[],
  { voxels: byKind }: Contents,
  grid: Grid,
): string {
  const rows = labels.map(({ value, name, prompt }, n) => {
    const { voxels, millilitres, slices } = statistics[n]!;
    const parts = KINDS.map(([kind]) => volumeMl(byKind[value]![kind], grid).toFixed(3));
    return [value, name, prompt, voxels, millilitres.toFixed(3), slices, ...parts];
  });
  const head = ['value', 'name', 'prompt', 'voxels', 'volume_ml', 'slices'];
  return [[...head, ...KINDS.map(([, name]) => name)], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}
