import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { describe, expect, it } from 'vitest';
import { STEPS } from '../../src/main/workspace/schema.ts';
import type { ReviewState, SliceRole, Workspace } from '../../src/main/workspace/index.ts';
import { close, ID, newFolder, open, prepared, stripe, stroke } from './stack.ts';

const ROLES: readonly SliceRole[] = [
  { index: 3, role: 'training', shows: true },
  { index: 0, role: 'validation', shows: true },
  { index: 4, role: 'training', shows: false },
];

const decide = (workspace: Workspace, index: number, review: ReviewState): void =>
  void workspace.journal.record(ID, {
    name: 'Decide',
    actor: 'human',
    slices: [{ index, review }],
  });

describe('roles of slices in learning', () => {
  it('outlive undo, rejection and a restart, in the order in which they were assigned', () => {
    const folder = newFolder();
    const workspace = prepared(folder);
    stroke(workspace, 3, stripe(1, 0, 9));
    decide(workspace, 0, 'accepted');
    workspace.sliceRoles.put(ID, ROLES);
    decide(workspace, 0, 'rejected');
    workspace.journal.undo(ID);
    workspace.journal.undo(ID);
    workspace.journal.undo(ID);
    expect(workspace.slices.decided(ID)).toEqual([]);
    expect(workspace.sliceRoles.list(ID)).toEqual(ROLES);
    close(workspace);
    expect(open(folder).sliceRoles.list(ID)).toEqual(ROLES);
  });

  it('keep their place where they change, and are put all or none', () => {
    const { sliceRoles } = prepared(newFolder());
    sliceRoles.put(ID, ROLES);
    sliceRoles.put(ID, [{ index: 3, role: 'validation', shows: true }]);
    const order = sliceRoles.list(ID).map(({ index, role }) => [index, role]);
    expect(order).toEqual([
      [3, 'validation'],
      [0, 'validation'],
      [4, 'training'],
    ]);
    expect(() =>
      sliceRoles.put(ID, [
        { index: 1, role: 'training', shows: true },
        { index: 5, role: 'training', shows: true },
      ]),
    ).toThrow(expect.objectContaining({ code: 'no-such-slice' }) as Error);
    expect(sliceRoles.list(ID)).toHaveLength(3);
  });

  it('are none in a workspace from before there were any, which opens with all that it holds', () => {
    const folder = newFolder();
    const db = new sqlite.Database(join(folder, 'workspace.sqlite'));
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    for (const step of STEPS.slice(0, 4)) db.exec(step);
    db.run("INSERT INTO series VALUES (7, ?, '1.2.3', 'Abdomen', 'CT', 16, 8, 5, '[]', '', 0)", [
      ID,
    ]);
    db.run("INSERT INTO review VALUES (1, 7, 2, 'accepted', 0)");
    db.exec('PRAGMA user_version=4');
    db.close();
    const migrated = open(folder);
    expect(migrated.backup).toContain('workspace-v4-');
    expect(migrated.slices.decided(ID)).toMatchObject([{ index: 2, state: 'accepted' }]);
    expect(migrated.sliceRoles.list(ID)).toEqual([]);
    migrated.sliceRoles.put(ID, ROLES);
    expect(migrated.sliceRoles.list(ID)).toEqual(ROLES);
  });
});
