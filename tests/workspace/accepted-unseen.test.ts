import { join } from 'node:path';
import * as sqlite from 'node-sqlite3-wasm';
import { describe, expect, it } from 'vitest';
import { STEPS } from '../../src/main/workspace/schema.ts';
import type { SliceEdit } from '../../src/main/workspace/index.ts';
import { close, ID, newFolder, open, prepared } from './stack.ts';

describe('labels that were accepted without a look', () => {
  it('are known apart from those that were looked at, through undo and reopening', () => {
    const folder = newFolder();
    const workspace = prepared(folder);
    const [liver, other] = workspace.labels.list(ID).map(({ id }) => id);
    const record = (slice: SliceEdit): void =>
      void workspace.journal.record(ID, { name: 'Accept', actor: 'human', slices: [slice] });
    record({ index: 1, review: 'accepted', covers: [liver!] });
    record({ index: 1, review: 'accepted', covers: [liver!, other!], unseen: [other!] });
    const mixed = { state: 'accepted', labels: [liver, other], unseen: [other] };
    expect(workspace.slices.decisions(ID)[1]).toEqual(mixed);
    // The state alone says it of all.
    record({ index: 2, review: 'accepted-unseen' });
    expect(workspace.slices.decisions(ID)[2]).toEqual({
      state: 'accepted-unseen',
      labels: [liver, other],
      unseen: [liver, other],
    });
    record({ index: 1, review: 'accepted', covers: [liver!, other!] });
    expect(workspace.slices.decisions(ID)[1]!.unseen).toEqual([]);
    expect(workspace.journal.undo(ID)?.slices).toEqual([
      { index: 1, review: 'accepted', covers: [liver, other], unseen: [other] },
    ]);
    close(workspace);
    const again = open(folder);
    expect(again.slices.decisions(ID)[1]).toEqual(mixed);
    again.journal.redo(ID);
    expect(again.slices.decisions(ID)[1]!.unseen).toEqual([]);
    expect(again.slices.decided(ID).map(({ index, unseen }) => [index, unseen])).toEqual([
      [1, []],
      [2, [liver, other]],
    ]);
  });

  it('are none in a workspace from before there were any', () => {
    const folder = newFolder();
    const db = new sqlite.Database(join(folder, 'workspace.sqlite'));
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    for (const step of STEPS.slice(0, 7)) db.exec(step);
    db.run(
      "INSERT INTO series VALUES (7, ?, '1.2.3', 'Abdomen', 'CT', 16, 8, 5, '[]', '', 0, NULL)",
      [ID],
    );
    db.run("INSERT INTO label VALUES (3, 7, 1, 'Liver', '#ee6a5f', '', 1, 0, NULL, 0)");
    db.run("INSERT INTO review VALUES (1, 7, 2, 'accepted', 3, '[\"3\"]')");
    db.exec('PRAGMA user_version=7');
    db.close();
    const migrated = open(folder);
    expect(migrated.slices.decisions(ID)[2]).toEqual({
      state: 'accepted',
      labels: ['3'],
      unseen: [],
    });
  });
});
