import { MarginaliaError } from '../../../shared/errors.ts';
import { decodeRuns } from '../../../shared/labelmap/rle.ts';
import { stepNames } from '../../../shared/step-names.ts';
import type { Triple } from '../../../shared/volume.ts';
import type { SliceEdit, Workspace } from '../../workspace/index.ts';
import { interpolateSlices } from './interpolate.ts';
import type { createAnnotation } from './annotation.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import type { CallHandlers } from '../session/index.ts';
import { labelOf } from '../suggest/index.ts';

/** A part of a stack: `from` and `size` in columns, rows and slices. */
interface Box {
  readonly from: Triple;
  readonly size: Triple;
}

/** Fills a label between the slices that hold it. */
export function createInterpolation(
  workspace: Workspace,
  { editQueue, resultOf }: Pick<ReturnType<typeof createAnnotation>, 'editQueue' | 'resultOf'>,
): { readonly calls: Pick<CallHandlers, 'labels.interpolate'> } {
  async function interpolate(
    stack: string,
    id: string,
    step: string | undefined,
  ): Promise<ReturnType<typeof resultOf>> {
    const { name, value } = labelOf(workspace, stack, id);
    const { columns, slices } = await slicesOf(workspace, stack, value);
    if (slices.size < 2) {
      throw new MarginaliaError(
        'too-few-slices',
        `${name} is in ${slices.size === 1 ? 'one slice' : 'no slice'}: there is nothing to fill in between.`,
        'Paint it in at least two slices.',
      );
    }
    const box = boxOf(slices, columns);
    const filled = await interpolateSlices(
      crop(slices, columns, box),
      box.size,
      [...slices.keys()].map((index) => index - box.from[2]),
    );
    await yieldToEventLoop();
    // Meanwhile others may have painted: what is there now is what is filled.
    return editQueue.add(() => {
      const decided = new Set(workspace.slices.decided(stack).map(({ index }) => index));
      const edits: SliceEdit[] = [];
      for (let k = 0; k < box.size[2]; k++) {
        const index = box.from[2] + k;
        if (slices.has(index) || decided.has(index)) continue;
        const before = workspace.slices.read(stack, index);
        edits.push({ index, labels: fill(before, columns, filled, box, k, value) });
      }
      const edit = { name: stepNames.interpolate(name), actor: 'human', slices: edits } as const;
      return resultOf(stack, workspace.journal.record(stack, edit, step));
    });
  }

  return {
    calls: { 'labels.interpolate': ({ stack, label, step }) => interpolate(stack, label, step) },
  };
}

/** The slices that hold a label, as masks, in order. */
async function slicesOf(
  workspace: Workspace,
  stack: string,
  value: number,
): Promise<{ readonly columns: number; readonly slices: Map<number, Uint8Array> }> {
  const [columns, rows] = workspace.series.get(stack)?.size ?? [0, 0];
  const slices = new Map<number, Uint8Array>();
  for (const { index, runs } of workspace.slices.painted(stack)) {
    const labels = decodeRuns(runs, columns * rows);
    if (labels.includes(value))
      slices.set(
        index,
        labels.map((v) => (v === value ? 1 : 0)),
      );
    await yieldToEventLoop();
  }
  return { columns, slices };
}

/** Shapes may lean a little beyond the ones that they are between. */
const MARGIN = 2;

/** The smallest box around all masks, with a margin in the plane. */
function boxOf(slices: ReadonlyMap<number, Uint8Array>, columns: number): Box {
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1];
  let rows = 0;
  for (const mask of slices.values()) {
    rows = mask.length / columns;
    mask.forEach((inside, at) => {
      if (inside === 0) return;
      const [x, y] = [at % columns, Math.floor(at / columns)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    });
  }
  const [x0, y0] = [Math.max(0, left - MARGIN), Math.max(0, top - MARGIN)];
  const [x1, y1] = [Math.min(columns - 1, right + MARGIN), Math.min(rows - 1, bottom + MARGIN)];
  const indices = [...slices.keys()];
  const [first, last] = [indices[0]!, indices.at(-1)!];
  return { from: [x0, y0, first], size: [x1 - x0 + 1, y1 - y0 + 1, last - first + 1] };
}

function crop(
  slices: ReadonlyMap<number, Uint8Array>,
  columns: number,
  { from, size }: Box,
): Uint8Array {
  const [nx, ny, nz] = size;
  const mask = new Uint8Array(nx * ny * nz);
  for (const [index, slice] of slices) {
    for (let y = 0; y < ny; y++) {
      const row = from[0] + columns * (from[1] + y);
      mask.set(slice.subarray(row, row + nx), nx * (y + ny * (index - from[2])));
    }
  }
  return mask;
}

/** A slice with the label where the k-th slice of the box has it and no label was before. */
function fill(
  before: Uint8Array,
  columns: number,
  filled: Uint8Array,
  { from, size: [nx, ny] }: Box,
  k: number,
  value: number,
): Uint8Array {
  const labels = before.slice();
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) {
      const at = from[0] + x + columns * (from[1] + y);
      if (filled[x + nx * (y + ny * k)] === 1 && labels[at] === 0) labels[at] = value;
    }
  }
  return labels;
}
