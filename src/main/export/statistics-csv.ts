import { setImmediate } from 'node:timers/promises';
import { volumeMl } from '../../shared/metrics/index.ts';
import type { Grid } from '../../shared/volume.ts';
import type { LabelDefinition } from './labels.ts';

/** One cell, quoted as RFC 4180 has it. */
const cell = (text: string | number): string =>
  /[",\r\n]/.test(String(text)) ? `"${String(text).replaceAll('"', '""')}"` : String(text);

/**
 * How large every label is: voxels, millilitres, and in how many slices it is. Between two slices
 * other work has its turn.
 */
export async function statisticsCsv(
  labels: readonly LabelDefinition[],
  labelMap: Uint8Array,
  grid: Grid,
): Promise<string> {
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
  const rows = labels.map(({ value, name, prompt }) => [
    value, name, prompt, voxels[value]!, volumeMl(voxels[value]!, grid).toFixed(3), slices[value]!,
  ]); // prettier-ignore
  return [['value', 'name', 'prompt', 'voxels', 'volume_ml', 'slices'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}
