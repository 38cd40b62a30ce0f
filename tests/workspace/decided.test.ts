import { describe, expect, it } from 'vitest';
import type { ReviewState, Workspace } from '../../src/main/workspace/index.ts';
import { close, ID, LIVER, newFolder, open, prepared } from './stack.ts';

function decide(workspace: Workspace, index: number, review: ReviewState): void {
  workspace.journal.record(ID, { name: 'Decide', actor: 'human', slices: [{ index, review }] });
}

describe('decided slices', () => {
  it('come in the order in which they were decided first, whatever became of them', () => {
    const folder = newFolder();
    const workspace = prepared(folder);
    decide(workspace, 3, 'accepted');
    decide(workspace, 0, 'rejected');
    decide(workspace, 4, 'accepted');
    decide(workspace, 3, 'corrected');
    decide(workspace, 0, 'unseen');
    const order = [
      [3, 'corrected'],
      [4, 'accepted'],
    ];
    expect(workspace.slices.decided(ID).map(({ index, state }) => [index, state])).toEqual(order);
    close(workspace);
    expect(
      open(folder)
        .slices.decided(ID)
        .map(({ index, state }) => [index, state]),
    ).toEqual(order);
  });

  it('say nothing of labels that were made later, until they are decided again', () => {
    const workspace = prepared(newFolder(), 1);
    decide(workspace, 1, 'accepted');
    decide(workspace, 2, 'accepted');
    const later = workspace.labels.create(ID, { ...LIVER, name: 'Spleen' });
    decide(workspace, 2, 'corrected');
    const [first] = workspace.labels.list(ID);
    expect(workspace.slices.decided(ID)).toEqual([
      { index: 1, state: 'accepted', labels: [first!.id] },
      { index: 2, state: 'corrected', labels: [first!.id, later.id] },
    ]);
    workspace.labels.remove(ID, first!.id);
    expect(workspace.slices.decided(ID).map(({ labels }) => labels)).toEqual([[], [later.id]]);
  });
});
