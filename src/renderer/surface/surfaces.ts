import type { Box } from '../../shared/edit/index.ts';
import { decodeRuns, encodeRuns } from '../../shared/labelmap/rle.ts';
import { spacingOf, type Grid } from '../../shared/volume.ts';
import { extractMesh, type Mesh } from './extract.ts';
import { cellStep, fillField, smoothField } from './field.ts';

/** Labels of a volume as the thread of surfaces holds them: runs of its slices. */
export interface SurfaceSource {
  /** @param labels of the slice along the third axis, i fastest. */
  setSlice(index: number, labels: Uint8Array): void;
  /** The surface of a label; null where there is none. */
  surfaceOf(value: number): Mesh | null;
}

/** Cells of a field at most. */
const MOST_CELLS = 2_000_000;

export function createSurfaceSource(grid: Grid, most = MOST_CELLS): SurfaceSource {
  const [columns, rows] = grid.size;
  const slices = new Map<number, Uint8Array>();
  const labelsOf = (index: number): Uint8Array | undefined => {
    const runs = slices.get(index);
    return runs && decodeRuns(runs, columns * rows);
  };

  /** The smallest box around a label. */
  function boxOf(value: number): Box | undefined {
    const low = [Infinity, Infinity, Infinity] as [number, number, number];
    const high = [-1, -1, -1] as [number, number, number];
    const reach = (axis: 0 | 1 | 2, from: number, to = from): void => {
      low[axis] = Math.min(low[axis], from);
      high[axis] = Math.max(high[axis], to);
    };
    for (const index of slices.keys()) {
      const labels = labelsOf(index)!;
      for (let j = 0; j < rows; j++) {
        const row = labels.subarray(j * columns, (j + 1) * columns);
        const first = row.indexOf(value);
        if (first < 0) continue;
        reach(0, first, row.lastIndexOf(value));
        reach(1, j);
        reach(2, index);
      }
    }
    if (high[2] < 0) return undefined;
    return { from: low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] };
  }

  return {
    setSlice(index, labels) {
      if (labels.some((label) => label !== 0)) slices.set(index, encodeRuns(labels));
      else slices.delete(index);
    },
    surfaceOf(value) {
      const box = boxOf(value);
      if (!box) return null;
      const step = cellStep(box.size, spacingOf(grid), most);
      return extractMesh(smoothField(fillField(box, step, columns, value, labelsOf)), grid);
    },
  };
}
