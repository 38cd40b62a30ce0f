/** Where a label is in a picture. */
export interface ColumnRuns {
  /** Lengths of runs of pixels, column after column: outside, inside and so on; the first may be 0. */
  readonly counts: readonly number[];
  /** Pixels inside. */
  readonly area: number;
  /** [x, y, width, height] of the smallest box around them, in pixels. */
  readonly box: readonly [number, number, number, number];
}

/**
 * The pixels of a label as COCO's uncompressed run lengths, which run down the columns.
 * @param mask label values row by row.
 * @param size [columns, rows].
 */
export function columnRuns(
  mask: Uint8Array,
  [columns, rows]: readonly [number, number],
  value: number,
): ColumnRuns {
  const counts: number[] = [];
  let [run, isInside, area] = [0, false, 0];
  let [left, top, right, bottom] = [columns, rows, -1, -1];
  for (let x = 0; x < columns; x++) {
    for (let y = 0; y < rows; y++) {
      const is = mask[x + columns * y] === value;
      if (is !== isInside) {
        counts.push(run);
        [run, isInside] = [0, is];
      }
      run++;
      if (!is) continue;
      area++;
      left = Math.min(left, x);
      right = x;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  counts.push(run);
  const box = area === 0 ? ([0, 0, 0, 0] as const) : null;
  return { counts, area, box: box ?? [left, top, right - left + 1, bottom - top + 1] };
}
