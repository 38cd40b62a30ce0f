import { setImmediate } from 'node:timers/promises';

/**
 * A label map in the values of a dataset.
 * @param values from a value of the map to one of the dataset; 0 stays 0.
 * @param ignored slices that are filled with the value `ignore`, whatever is painted there.
 * Between two slices other work has its turn.
 */
export async function datasetLabels(
  labelMap: Uint8Array,
  pixels: number,
  values: ReadonlyMap<number, number>,
  ignored: ReadonlySet<number>,
  ignore: number | null,
): Promise<Uint8Array> {
  const table = new Uint8Array(256);
  for (const [from, to] of values) table[from] = to;
  const mapped = new Uint8Array(labelMap.length);
  for (let k = 0; k * pixels < mapped.length; k++) {
    const slice = mapped.subarray(k * pixels, (k + 1) * pixels);
    if (ignore !== null && ignored.has(k)) slice.fill(ignore);
    else for (let i = 0; i < slice.length; i++) slice[i] = table[labelMap[k * pixels + i]!]!;
    await setImmediate();
  }
  return mapped;
}
