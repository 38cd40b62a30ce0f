import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePatch, diff } from '../../src/shared/labelmap/patch.ts';
import { encodeRuns } from '../../src/shared/labelmap/rle.ts';
import { STEPS } from '../../src/main/workspace/schema.ts';
import { close, ID, newFolder, open, PIXELS, prepared, stripe, stroke } from './stack.ts';

/** The schema as version 1 had it, for good: not taken from the program. */
const VERSION_1 = `
  CREATE TABLE series (id INTEGER PRIMARY KEY, stack TEXT NOT NULL UNIQUE,
    series_uid TEXT NOT NULL, description TEXT NOT NULL, modality TEXT NOT NULL,
    columns INTEGER NOT NULL, rows INTEGER NOT NULL, slices INTEGER NOT NULL,
    files TEXT NOT NULL, opened TEXT NOT NULL, trimmed INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE label (id INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL REFERENCES series (id), value INTEGER NOT NULL, name TEXT NOT NULL,
    colour TEXT NOT NULL, prompt TEXT NOT NULL, visible INTEGER NOT NULL,
    locked INTEGER NOT NULL, term TEXT, removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (series, value)) STRICT;
  CREATE TABLE slice (id INTEGER PRIMARY KEY, series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL, runs BLOB NOT NULL, seal INTEGER NOT NULL,
    UNIQUE (series, position)) STRICT;
  CREATE TABLE review (id INTEGER PRIMARY KEY, series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL, state TEXT NOT NULL, UNIQUE (series, position)) STRICT;
  CREATE TABLE edit (seq INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL REFERENCES series (id), name TEXT NOT NULL, made TEXT NOT NULL,
    actor TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0, slices INTEGER NOT NULL,
    bytes INTEGER NOT NULL, removes INTEGER REFERENCES label (id)) STRICT;
  CREATE INDEX edit_by_series ON edit (series, undone, seq);
  CREATE INDEX edit_bytes ON edit (bytes);
  CREATE TABLE edit_slice (id INTEGER PRIMARY KEY,
    edit INTEGER NOT NULL REFERENCES edit (seq) ON DELETE CASCADE, position INTEGER NOT NULL,
    patch BLOB NOT NULL, seal INTEGER NOT NULL, review_before TEXT, review_after TEXT,
    UNIQUE (edit, position)) STRICT;
`;

/** A workspace with one label, one painted slice, and the edit that painted it. */
function writeVersion1(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const db = new sqlite.Database(join(folder, 'workspace.sqlite'));
  const runs = encodeRuns(stripe(1, 3, 40));
  const patch = encodePatch(diff(new Uint8Array(PIXELS), stripe(1, 3, 40)));
  db.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; ${VERSION_1}`);
  db.run('INSERT INTO series VALUES (7, ?, ?, ?, ?, 16, 8, 5, ?, ?, 0)', [
    ID,
    '1.2.3',
    'Abdomen',
    'CT',
    '["/a"]',
    '2024-05-01T10:00:00.000Z',
  ]);
  db.run("INSERT INTO label VALUES (3, 7, 1, 'Liver', '#aa3300', 'liver', 1, 0, NULL, 0)");
  db.run('INSERT INTO slice VALUES (1, 7, 2, ?, ?)', [runs, crc32(runs, crc32('7/2'))]);
  db.run("INSERT INTO review VALUES (1, 7, 2, 'corrected')");
  db.run(
    "INSERT INTO edit VALUES (5, 7, 'Brush', '2024-05-01T10:00:01.000Z', 'human', 0, 1, ?, NULL)",
    [patch.length],
  );
  db.run("INSERT INTO edit_slice VALUES (1, 5, 2, ?, ?, 'unseen', 'corrected')", [
    patch,
    crc32(patch, crc32('5/2')),
  ]);
  db.exec('PRAGMA user_version=1');
  db.close();
}

function inspect<T>(file: string, query: string): T[] {
  const db = new sqlite.Database(file);
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    return db.all(query) as T[];
  } finally {
    db.close();
  }
}

describe('a workspace of an older version', () => {
  it('is brought up to date with all it holds, after a copy of the file was made', () => {
    const folder = newFolder();
    writeVersion1(folder);
    const before = readFileSync(join(folder, 'workspace.sqlite'));
    const workspace = open(folder);
    expect(workspace.recovery).toBeUndefined();
    expect(workspace.labels.list(ID)).toMatchObject([{ id: '3', value: 1, name: 'Liver' }]);
    expect(workspace.slices.read(ID, 2)).toEqual(stripe(1, 3, 40));
    expect(workspace.slices.reviews(ID)[2]).toBe('corrected');
    stroke(workspace, 2, stripe(1, 0, 50), 'new');
    expect(workspace.journal.names(ID).undo).toEqual(['new', 'Brush']);
    workspace.journal.undo(ID);
    workspace.journal.undo(ID);
    expect(workspace.slices.painted(ID)).toEqual([]);
    expect(workspace.audit.list(9).map(({ what }) => what)).toEqual(['undo', 'undo', 'edit']);

    const [backup, ...more] = readdirSync(join(folder, 'backups'));
    expect(more).toEqual([]);
    expect(workspace.backup).toBe(join(folder, 'backups', backup!));
    expect(backup).toMatch(/^workspace-v1-\d{4}-.*\.sqlite$/);
    expect(readFileSync(workspace.backup!).equals(before)).toBe(true);
  });

  it('is migrated once', () => {
    const folder = newFolder();
    writeVersion1(folder);
    close(open(folder));
    expect(open(folder).backup).toBeUndefined();
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(1);
  });

  it('has the very schema of a new one', () => {
    const [old, fresh] = [newFolder(), newFolder()];
    writeVersion1(old);
    const tables = [old, fresh].map((folder) => {
      close(open(folder));
      const schema = inspect<{ name: string }>(
        join(folder, 'workspace.sqlite'),
        'SELECT name, type, tbl_name FROM sqlite_schema ORDER BY name',
      );
      const columns = schema.map(({ name }) =>
        inspect(
          join(folder, 'workspace.sqlite'),
          `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${name}')`,
        ),
      );
      return { schema, columns };
    });
    expect(tables[0]).toEqual(tables[1]);
  });

  it('calls a stack resampled that lies on no grid: its labels were made on resampled slices', () => {
    const folder = newFolder();
    const db = new sqlite.Database(join(folder, 'workspace.sqlite'));
    for (const step of STEPS.slice(0, 8)) db.exec(step);
    const insert = (stack: string, image: string | null): void =>
      void db.run(
        'INSERT INTO series (stack, series_uid, description, modality, columns, rows, slices, files, opened, image) VALUES (?, ?, ?, ?, 8, 8, 4, ?, ?, ?)',
        [stack, stack, '', 'CT', '[]', '2026-01-01T00:00:00Z', image],
      );
    insert('regular', '{"grid":{"size":[8,8,4],"affineLps":[]}}');
    insert('tilted', '{"grid":null,"resamplable":true}');
    insert('of earlier days', null);
    insert('damaged', '{"grid":nu');
    db.run("INSERT INTO label VALUES (1, 2, 1, 'skull', '#ffffff', '', 1, 0, NULL, 0)");
    db.exec('PRAGMA user_version=8');
    db.close();
    const workspace = open(folder);
    const ids = workspace.series.list().map(({ stack }) => stack);
    expect(ids.sort()).toEqual(['damaged', 'of earlier days', 'regular', 'tilted/resampled']);
    expect(workspace.labels.list('tilted/resampled')).toMatchObject([{ name: 'skull' }]);
    workspace.series.rename('of earlier days', 'renamed');
    expect(workspace.series.get('renamed')).toMatchObject({ description: '' });
    // Never over another one.
    workspace.series.rename('renamed', 'regular');
    expect(workspace.series.get('renamed')).toBeDefined();
  });

  it('is recovered before it is migrated where it is damaged', () => {
    const folder = newFolder();
    writeVersion1(folder);
    const file = join(folder, 'workspace.sqlite');
    const bytes = readFileSync(file);
    bytes.write('garbage garbage', 0);
    writeFileSync(file, bytes);
    const workspace = open(folder);
    expect(workspace.recovery?.damage).toMatch(/not a database/);
    expect(workspace.slices.read(ID, 2)).toEqual(stripe(1, 3, 40));
    expect(workspace.journal.undo(ID)?.name).toBe('Brush');
  });
});

describe('a workspace of a newer version', () => {
  it('is refused and left as it is', () => {
    const folder = newFolder();
    close(prepared(folder));
    const file = join(folder, 'workspace.sqlite');
    inspect(file, 'PRAGMA user_version=99');
    const before = readFileSync(file);
    for (let time = 0; time < 2; time++) {
      expect(() => open(folder)).toThrow(
        expect.objectContaining({
          code: 'workspace-newer',
          message: expect.stringContaining('schema 99') as string,
          hint: expect.stringContaining('newer version') as string,
        }) as Error,
      );
    }
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['backups', 'lock', 'workspace.sqlite']);
  });
});
