import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/main/engine/bundle/bundle.ts';
import type { OpenVolume } from '../../src/main/services/cases/index.ts';
import { annotatedSlices } from '../../src/main/services/suggest/annotated-slices.ts';
import { keyOf, type Recipe } from '../../src/main/services/suggest/recipe.ts';
import type { Workspace } from '../../src/main/workspace/index.ts';
import { ID, newFolder, prepared, STACK, stripe, stroke } from './stack.ts';

const recipe: Recipe = {
  bundle: { variant: { hash: 'bundle' }, version: null } as unknown as Bundle,
  window: { centre: 0, width: 1 },
  planes: ['acquired'],
  samples: 0,
  seed: 0,
  tolerance: 0,
  temperature: null,
  propagate: true,
};
const volume = { image: { id: ID } } as OpenVolume;

/** The workspace, and how often labels of slices were read from it. */
function counted(workspace: Workspace) {
  const reads = { labels: 0, suggestions: 0 };
  const { slices, suggestions } = workspace;
  const seen: Workspace = {
    ...workspace,
    slices: {
      ...slices,
      read: (...at) => (reads.labels++, slices.read(...at)),
      painted: (stack) => (reads.labels++, slices.painted(stack)),
    },
    suggestions: {
      ...suggestions,
      list: (...of) => (reads.suggestions++, suggestions.list(...of)),
    },
  };
  return { seen, reads };
}

describe('the slices that tell of a label', () => {
  it('are read once while nothing of their stack is changed, whatever else is', () => {
    const workspace = prepared(newFolder());
    const [label] = workspace.labels.list(ID);
    stroke(workspace, 3, stripe(1, 0, 9));
    stroke(workspace, 1, stripe(1, 0, 9));
    const { seen, reads } = counted(workspace);
    const slices = annotatedSlices(seen);
    const before = slices(volume, recipe, label!);
    expect(before.map(({ index, isAsked }) => [index, isAsked])).toEqual([
      [1, false],
      [3, false],
    ]);
    const read = { ...reads };
    workspace.series.open({ ...STACK, stack: 'other' });
    workspace.labels.create('other', { ...label!, name: 'Other' });
    workspace.settings.change({ seed: 3 });
    workspace.audit.append('looked', ID, {});
    for (let n = 0; n < 20; n++) expect(slices(volume, recipe, label!)).toEqual(before);
    expect(reads).toEqual(read);
  });

  it('are read again after every edit, decision and undo, and asked of after suggestions', () => {
    const workspace = prepared(newFolder());
    const [label] = workspace.labels.list(ID);
    const slices = annotatedSlices(workspace);
    const now = () => slices(volume, recipe, label!).map(({ index, isAsked }) => [index, isAsked]);
    expect(now()).toEqual([]);
    stroke(workspace, 3, stripe(1, 0, 9));
    const first = slices(volume, recipe, label!)[0]!;
    expect(now()).toEqual([[3, false]]);
    stroke(workspace, 3, stripe(1, 0, 10));
    expect(slices(volume, recipe, label!)[0]!.sha256).not.toBe(first.sha256);
    workspace.journal.undo(ID);
    expect(slices(volume, recipe, label!)[0]!.sha256).toBe(first.sha256);
    const map = new Uint8Array(16 * 8);
    const suggestion = {
      label: label!.id,
      index: 3,
      samplesUsed: 0,
      score: 0,
      doubt: 0,
      probability: map,
      total: map,
      aleatoric: map,
      epistemic: map,
    };
    workspace.suggestions.put(ID, [{ key: keyOf(recipe, label!), suggestion }]);
    expect(now()).toEqual([[3, true]]);
    workspace.suggestions.clear(ID);
    expect(now()).toEqual([[3, false]]);
    const decision = { index: 3, review: 'rejected' } as const;
    workspace.journal.record(ID, { name: 'Reject', actor: 'human', slices: [decision] });
    expect(now()).toEqual([]);
    workspace.journal.undo(ID);
    workspace.journal.undo(ID);
    expect(now()).toEqual([]);
  });
});
