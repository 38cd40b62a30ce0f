import { describe, expect, it } from 'vitest';
import type { ReviewState, Workspace } from '../../src/main/workspace/index.ts';
import { close, ID, LIVER, newFolder, open, prepared, stripe } from './stack.ts';

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
      { index: 1, state: 'accepted', labels: [first!.id], unseen: [] },
      { index: 2, state: 'corrected', labels: [first!.id, later.id], unseen: [] },
    ]);
    workspace.labels.remove(ID, first!.id);
    expect(workspace.slices.decided(ID).map(({ labels }) => labels)).toEqual([[], [later.id]]);
  });

  it('are about the labels that were named, and undo brings back what the state was about', () => {
    const folder = newFolder();
    const workspace = prepared(folder);
    const [liver, other] = workspace.labels.list(ID).map(({ id }) => id);
    const about = (review: ReviewState, covers: string[]): void => {
      const slices = [{ index: 1, review, covers }];
      workspace.journal.record(ID, { name: 'Accept', actor: 'human', slices });
    };
    about('accepted', [liver!]);
    about('accepted', [liver!, other!]);
    about('accepted', [liver!, other!]);
    expect(workspace.journal.names(ID).undo).toEqual(['Accept', 'Accept']);
    expect(workspace.slices.decisions(ID)[1]?.labels).toEqual([liver, other]);
    expect(workspace.journal.undo(ID)?.slices).toEqual([
      { index: 1, review: 'accepted', covers: [liver], unseen: [] },
    ]);
    expect(workspace.slices.decided(ID)).toEqual([
      { index: 1, state: 'accepted', labels: [liver], unseen: [] },
    ]);
    const [entry] = workspace.audit.list(2).slice(-1);
    expect(entry!.provenance['decided']).toEqual([
      { state: 'accepted', labels: [liver, other], unseen: [], slices: [1] },
    ]);
    workspace.journal.undo(ID);
    expect(workspace.slices.decisions(ID)[1]?.labels).toEqual([]);
    workspace.journal.redo(ID);
    close(workspace);
    expect(open(folder).slices.decisions(ID)[1]?.labels).toEqual([liver]);
  });

  it('come of slices that were begun once these are left; undo of their edit takes that back, too', () => {
    const workspace = prepared(newFolder());
    const [liver] = workspace.labels.list(ID).map(({ id }) => id);
    const begin = (index: number): void => {
      const slices = [
        { index, labels: stripe(1, 0, 5), review: 'started' as const, covers: [liver!] },
      ];
      workspace.journal.record(ID, { name: `Erase ${index}`, actor: 'human', slices });
    };
    begin(1);
    begin(2);
    expect(workspace.slices.decided(ID)).toEqual([]);
    expect(workspace.slices.reviews(ID).slice(1, 3)).toEqual(['started', 'started']);
    expect(workspace.journal.settle(ID, 1)?.slices).toEqual([
      { index: 1, review: 'corrected', covers: [liver], unseen: [] },
    ]);
    expect(workspace.journal.settle(ID, 1)).toBeUndefined();
    expect(workspace.slices.decided(ID)).toEqual([
      { index: 1, state: 'corrected', labels: [liver], unseen: [] },
    ]);
    expect(workspace.journal.names(ID).undo).toEqual(['Erase 2', 'Erase 1']);
    workspace.journal.settle(ID, 2);
    workspace.journal.undo(ID);
    workspace.journal.undo(ID);
    expect(workspace.slices.reviews(ID)).toEqual(Array(5).fill('unseen'));
    expect(workspace.slices.painted(ID)).toEqual([]);
  });
});
