import type { CallOutput } from '../../../src/shared/contract/index.ts';
import { encodeRuns } from '../../../src/shared/labelmap/rle.ts';

type Annotation = CallOutput<'annotation.get'>;
type Label = Annotation['labels'][number];
type EditResult = CallOutput<'edits.apply'>;
export type ReviewState = Annotation['review'][number];

interface Step {
  readonly name: string;
  readonly before: Map<number, Uint8Array>;
  readonly after: Map<number, Uint8Array>;
  readonly reviewBefore: readonly ReviewState[];
  readonly reviewAfter: readonly ReviewState[];
}

/** Labels of one stack, in memory. */
export function createAnnotation(slices: number, pixels: number) {
  let labels: Label[] = [];
  let review: readonly ReviewState[] = Array.from({ length: slices }, () => 'unseen' as const);
  const runs = new Map<number, Uint8Array>();
  let undo: Step[] = [];
  let redo: Step[] = [];
  const empty = encodeRuns(new Uint8Array(pixels));

  const result = (changed: ReadonlyMap<number, Uint8Array>): EditResult => ({
    labels,
    slices: [...changed].map(([index, own]) => ({ index, runs: own })),
    review: review.map((state, index) => ({ index, state })),
    undo: undo.map(({ name }) => name).toReversed(),
    redo: redo.map(({ name }) => name).toReversed(),
  });

  function edit(
    name: string,
    changes: readonly { index: number; runs: Uint8Array }[],
    states: readonly { index: number; state: ReviewState }[],
  ): EditResult {
    const before = new Map(changes.map(({ index }) => [index, runs.get(index) ?? empty]));
    const after = new Map(changes.map((change) => [change.index, change.runs]));
    const reviewBefore = review;
    review = review.map((state, k) => states.find(({ index }) => index === k)?.state ?? state);
    for (const [index, own] of after) runs.set(index, own);
    undo.push({ name, before, after, reviewBefore, reviewAfter: review });
    redo = [];
    return result(after);
  }

  function step(from: Step[], to: Step[], side: 'before' | 'after'): EditResult | null {
    const last = from.pop();
    if (!last) return null;
    to.push(last);
    for (const [index, own] of last[side]) runs.set(index, own);
    review = side === 'before' ? last.reviewBefore : last.reviewAfter;
    return result(last[side]);
  }

  return {
    edit,
    undo: () => step(undo, redo, 'before'),
    redo: () => step(redo, undo, 'after'),
    get: (): Annotation => ({
      labels,
      review: [...review],
      undo: result(new Map()).undo,
      redo: result(new Map()).redo,
    }),
    voxels: () => [...runs].map(([index, own]) => ({ index, runs: own })),
    review: () => review,
    labels: () => labels,
    addLabel(label: Omit<Label, 'id' | 'value'>): Label {
      const value = Math.max(0, ...labels.map((l) => l.value)) + 1;
      const made = { ...label, id: `label-${value}`, value };
      labels = [...labels, made];
      return made;
    },
    changeLabel(id: string, change: Partial<Label>): Label {
      labels = labels.map((label) => (label.id === id ? { ...label, ...change } : label));
      return labels.find((label) => label.id === id)!;
    },
    removeLabel(id: string): EditResult {
      labels = labels.filter((label) => label.id !== id);
      return edit('Remove “label”', [], []);
    },
    /** As if it had been done long ago. */
    begin(states: readonly ReviewState[], slicesNow: ReadonlyMap<number, Uint8Array>): void {
      review = states;
      for (const [index, own] of slicesNow) runs.set(index, own);
      undo = redo = [];
    },
  };
}
