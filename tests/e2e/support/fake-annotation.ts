import type { CallInput, CallOutput } from '../../../src/shared/contract/index.ts';
import { apply, decodePatch, rebase } from '../../../src/shared/labelmap/patch.ts';
import { decodeRuns, encodeRuns } from '../../../src/shared/labelmap/rle.ts';

type Annotation = CallOutput<'annotation.get'>;
type Label = Annotation['labels'][number];
type EditResult = CallOutput<'edits.apply'>;
export type ReviewState = Annotation['review'][number];
type ReviewChange = NonNullable<CallInput<'edits.apply'>['review']>[number];

/** The state of a slice, and the labels that it is about. */
interface Review {
  readonly state: ReviewState;
  readonly labels: readonly string[];
  /** Those of them that nobody has looked at. */
  readonly unseen: readonly string[];
}

interface Step {
  readonly name: string;
  readonly before: Map<number, Uint8Array>;
  readonly after: Map<number, Uint8Array>;
  readonly reviewBefore: readonly Review[];
  readonly reviewAfter: readonly Review[];
}

/** Labels of one stack, in memory. */
export function createAnnotation(slices: number, pixels: number) {
  let labels: Label[] = [];
  let review: readonly Review[] = Array.from({ length: slices }, () => reviewOf('unseen'));
  const runs = new Map<number, Uint8Array>();
  let undo: Step[] = [];
  let redo: Step[] = [];
  const empty = encodeRuns(new Uint8Array(pixels));

  function reviewOf(
    state: ReviewState,
    about = labels.map(({ id }) => id),
    unseen = state === 'accepted-unseen' ? about : [],
  ): Review {
    return { state, labels: state === 'unseen' ? [] : about, unseen };
  }

  const result = (changed: ReadonlyMap<number, Uint8Array>): EditResult => ({
    labels,
    slices: [...changed].map(([index, own]) => ({ index, runs: own })),
    review: review.map(({ state, labels, unseen }, index) => ({
      index,
      state,
      labels: [...labels],
      unseen: [...unseen],
    })),
    undo: undo.map(({ name }) => name).toReversed(),
    redo: redo.map(({ name }) => name).toReversed(),
    edit: null,
  });

  function patched(index: number, patch: Uint8Array): Uint8Array {
    const labels = decodeRuns(runs.get(index) ?? empty, pixels);
    apply(labels, rebase(decodePatch(patch, pixels), labels));
    return encodeRuns(labels);
  }

  function edit(
    name: string,
    changes: Readonly<CallInput<'edits.apply'>['slices']>,
    states: readonly ReviewChange[],
  ): EditResult {
    const before = new Map(changes.map(({ index }) => [index, runs.get(index) ?? empty]));
    const after = new Map(changes.map(({ index, patch }) => [index, patched(index, patch)]));
    const reviewBefore = review;
    const changed = new Map(
      states.map((own) => [own.index, reviewOf(own.state, own.labels, own.unseen)]),
    );
    review = review.map((own, k) => changed.get(k) ?? own);
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
      review: review.map(({ state }) => state),
      covered: review.map((own) => [...own.labels]),
      unseen: review.map((own) => [...own.unseen]),
      undo: result(new Map()).undo,
      redo: result(new Map()).redo,
      numbers: { undo: [], redo: [] },
    }),
    voxels: () => [...runs].map(([index, own]) => ({ index, runs: own })),
    review: () => review.map(({ state }) => state),
    /** A slice that was begun counts as corrected. */
    settle(slice: number): EditResult {
      review = review.map((own, k) =>
        own.state === 'started' && k === slice ? { ...own, state: 'corrected' } : own,
      );
      return result(new Map());
    },
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
      review = states.map((state) => reviewOf(state));
      for (const [index, own] of slicesNow) runs.set(index, own);
      undo = redo = [];
    },
  };
}
