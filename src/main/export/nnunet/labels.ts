import { setImmediate } from 'node:timers/promises';
import type { LabelDefinition } from '../labels.ts';

/** By the value of a label in the map, the one in the dataset; 0 stays 0. @param values in the order of the labels. */
export function valueTable(
  labels: readonly LabelDefinition[],
  values: readonly number[],
): Uint8Array {
  const table = new Uint8Array(256);
  labels.forEach(({ value }, n) => (table[value] = values[n]!));
  return table;
}

/**
 * A label map in the values of a dataset.
 * @param table as `valueTable`.
 * @param ignored slices that are filled with the value `ignore`, whatever is painted there.
 * Between two slices other work has its turn.
 */
export async function datasetLabels(
  labelMap: Uint8Array,
  pixels: number,
  table: Uint8Array,
  ignored: ReadonlySet<number>,
  ignore: number | null,
): Promise<Uint8Array> {
  const mapped = new Uint8Array(labelMap.length);
  for (let k = 0; k * pixels < mapped.length; k++) {
    const slice = mapped.subarray(k * pixels, (k + 1) * pixels);
    if (ignore !== null && ignored.has(k)) slice.fill(ignore);
    else for (let i = 0; i < slice.length; i++) slice[i] = table[labelMap[k * pixels + i]!]!;
    await setImmediate();
  }
  return mapped;
}
