import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import type { Workspace } from '../../src/main/workspace/index.ts';
import { close, LIVER, newFolder, open } from './stack.ts';

/** A workspace that takes some hundred pages: a stack of 64 × 64 × 80, noisy labels, 160 edits. */
const SIZE = [64, 64, 80] as const;
const PIXELS = SIZE[0] * SIZE[1];
const BIG = {
  stack: 'big',
  seriesInstanceUid: 'big',
  description: '',
  modality: 'MR',
  size: SIZE,
  files: [],
};

let intact: Buffer;
const truth: Uint8Array[] = [];

function paintAll(workspace: Workspace): void {
  workspace.series.open(BIG);
  for (const name of ['one', 'two', 'three']) workspace.labels.create('big', { ...LIVER, name });
  const noise = keyedState('damage');
  for (let n = 0; n < 2 * SIZE[2]; n++) {
    const labels = new Uint8Array(PIXELS);
    for (let i = 0; i < 1500; i++) labels[(nextInt32(noise) >>> 0) % PIXELS] = 1 + (i % 3);
    const slices = [{ index: n % SIZE[2], labels, review: 'corrected' as const }];
    workspace.journal.record('big', { name: `edit ${n}`, actor: 'human', slices });
    truth[n % SIZE[2]] = labels;
  }
}

beforeAll(() => {
  const folder = newFolder();
  const workspace = open(folder);
  paintAll(workspace);
  close(workspace);
  intact = readFileSync(join(folder, 'workspace.sqlite'));
});

/** A workspace folder with a file of these bytes. */
function withFile(bytes: Buffer): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'workspace.sqlite'), bytes);
  return folder;
}

/** Every slice is as it was painted, or empty and told to be lost. */
function expectTruth(workspace: Workspace): { whole: number; lost: number } {
  let [whole, lost] = [0, 0];
  const known = workspace.series.get('big') !== undefined;
  for (let index = 0; known && index < SIZE[2]; index++) {
    const labels = workspace.slices.read('big', index);
    if (Buffer.compare(labels, truth[index]!) === 0) whole++;
    else {
      expect(labels.every((value) => value === 0)).toBe(true);
      lost++;
    }
  }
  return { whole, lost };
}

/** Everything that the journal still has can be taken back and made again. */
function expectJournalFits(workspace: Workspace): void {
  if (workspace.series.get('big') === undefined) return;
  const before = workspace.slices.painted('big');
  const { undo } = workspace.journal.names('big');
  for (const name of undo) expect(workspace.journal.undo('big')?.name).toBe(name);
  while (workspace.journal.redo('big') !== undefined);
  expect(workspace.slices.painted('big')).toEqual(before);
}

describe('a damaged workspace', () => {
  it('keeps the damaged file and says what was recovered', () => {
    const bytes = Buffer.from(intact);
    bytes.write('no longer a database', 0);
    const folder = withFile(bytes);
    const workspace = open(folder);
    const { recovery } = workspace;
    expect(expectTruth(workspace)).toEqual({ whole: SIZE[2], lost: 0 });
    expect(recovery).toMatchObject({
      damage: expect.stringContaining('not a database') as string,
      rebuilt: [],
      lost: [],
      editsDropped: 0,
      labelsMadeUp: 0,
    });
    expect(recovery!.tables).toContainEqual({ table: 'slice', rows: 80, lost: 0, complete: true });
    expect(recovery!.message).toMatch(/1 series, 3 labels, 80 painted slices/);
    expect(recovery!.damagedFile).toMatch(/workspace\.damaged-[\dTZ-]+\.sqlite$/);
    expect(readFileSync(recovery!.damagedFile).equals(bytes)).toBe(true);
    expectJournalFits(workspace);
    close(workspace);
    expect(readdirSync(folder)).toHaveLength(4);
    const again = open(folder);
    expect(again.recovery).toBeUndefined();
    expect(again.audit.list(500).filter(({ what }) => what === 'workspace recovered')).toHaveLength(
      1,
    );
  });

  it('notices one changed bit in a stored slice and makes the slice again from the journal', () => {
    const folder = withFile(intact);
    const db = new sqlite.Database(join(folder, 'workspace.sqlite'));
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    const { runs } = db.get('SELECT runs FROM slice WHERE position = 33') as { runs: Uint8Array };
    db.close();
    const bytes = Buffer.from(intact);
    // The first bytes of a blob lie in one piece.
    const piece = Buffer.from(runs.slice(100, 140));
    const at = bytes.indexOf(piece);
    expect(at).toBeGreaterThan(0);
    bytes[at + 3]! ^= 4;
    writeFileSync(join(folder, 'workspace.sqlite'), bytes);
    const workspace = open(folder);
    expect(workspace.recovery).toMatchObject({
      damage: expect.stringContaining('slice 33') as string,
      rebuilt: [{ stack: 'big', index: 33 }],
      lost: [],
    });
    expect(expectTruth(workspace)).toEqual({ whole: SIZE[2], lost: 0 });
    expectJournalFits(workspace);
  });

  it('names the slices that are lost where the journal does not reach back', () => {
    const folder = newFolder();
    const first = open(folder, { user: 'ada', journalBytes: 20_000 });
    paintAll(first);
    close(first);
    const file = join(folder, 'workspace.sqlite');
    const db = new sqlite.Database(file);
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    db.run('UPDATE slice SET seal = seal + 1 WHERE position IN (5, 79)');
    db.close();
    const workspace = open(folder);
    expect(workspace.recovery?.lost.map(({ index }) => index)).toEqual([5, 79]);
    expect(workspace.recovery?.message).toMatch(/lost: 5 of big, 79 of big/);
    expect(expectTruth(workspace)).toEqual({ whole: SIZE[2] - 2, lost: 2 });
    const reviews = workspace.slices.reviews('big');
    expect([reviews[5], reviews[6], reviews[79]]).toEqual(['unseen', 'corrected', 'unseen']);
    // The last edit painted slice 79, so nothing can be undone any more.
    expect(workspace.journal.names('big').undo).toEqual([]);
    expect(workspace.recovery?.editsDropped).toBeGreaterThan(0);
  });

  it('gives lost labels new names where they are painted', () => {
    const folder = withFile(intact);
    const file = join(folder, 'workspace.sqlite');
    const db = new sqlite.Database(file);
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA foreign_keys=OFF');
    db.run('DELETE FROM label WHERE value = 2');
    db.run('INSERT INTO review (series, position, state) VALUES (99, 1, ?)', ['rejected']);
    db.close();
    const workspace = open(folder);
    expect(workspace.recovery).toMatchObject({
      damage: expect.stringContaining('refer') as string,
      labelsMadeUp: 1,
    });
    expect(workspace.labels.list('big').map(({ name }) => name)).toEqual([
      'one',
      'Label 2',
      'three',
    ]);
    expectTruth(workspace);
  });

  it('opens although texts beside the labels are damaged, also when it is recovered', () => {
    const folder = withFile(intact);
    const first = open(folder);
    first.settings.change({ samples: 4, seed: 3 });
    first.recents.add(['/data/a'], 'A');
    first.recents.add(['/data/b'], 'B');
    close(first);
    const file = join(folder, 'workspace.sqlite');
    const db = new sqlite.Database(file);
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    db.run("UPDATE series SET files = '[', image = '{'");
    db.run("UPDATE label SET term = '{' WHERE value = 1");
    db.run("UPDATE setting SET value = '' WHERE name = 'seed'");
    db.run("UPDATE recent SET paths = '[' WHERE title = 'A'");
    db.run("UPDATE review SET labels = '[' WHERE position = 7");
    db.run("UPDATE edit_slice SET labels_before = '[', labels_after = '['");
    db.run(
      "INSERT INTO audit (made, what, by, provenance) VALUES ('2026', 'looked', 'ada', '{\"a\":')",
    );
    db.close();
    const bytes = readFileSync(file);
    const expectReadable = (workspace: Workspace): void => {
      expect(expectTruth(workspace)).toEqual({ whole: SIZE[2], lost: 0 });
      expect(workspace.series.get('big')).toMatchObject({ files: [], image: null });
      expect(workspace.labels.list('big').map(({ term }) => term)).toEqual([
        null,
        LIVER.term,
        LIVER.term,
      ]);
      expect(workspace.settings.read()).toEqual({ samples: 4 });
      expect(workspace.recents.list().map(({ title }) => title)).toEqual(['B']);
      // Nobody can say what that decision was about.
      expect(workspace.slices.decided('big').find(({ index }) => index === 7)?.labels).toEqual([]);
      const entry = workspace.audit.list(9).find(({ what }) => what === 'looked');
      expect(entry?.provenance).toEqual({ unreadable: '{"a":' });
      expectJournalFits(workspace);
    };
    expectReadable(open(folder));
    bytes.write('no longer a database', 0);
    const recovered = open(withFile(bytes));
    expect(recovered.recovery?.message).toMatch(/80 painted slices/);
    expectReadable(recovered);
  });

  it.each([0, 1, 100, 4096, 5000, 100_000, 400_000])(
    'cut to %i bytes is recovered as far as it goes',
    (length) => {
      const folder = withFile(intact);
      truncateSync(join(folder, 'workspace.sqlite'), Math.min(length, intact.length - 1));
      const workspace = open(folder);
      expect(workspace.recovery).toBeDefined();
      expectTruth(workspace);
      expectJournalFits(workspace);
      workspace.series.open({ ...BIG, stack: 'next' });
      expect(
        readdirSync(folder).filter((name) => name.startsWith('workspace.damaged')),
      ).toHaveLength(1);
    },
  );

  it('never shows wrong labels, whatever bytes were changed', () => {
    const random = keyedState('flips');
    const below = (n: number): number => (nextInt32(random) >>> 0) % n;
    let [recovered, whole, lost] = [0, 0, 0];
    for (let round = 0; round < 48; round++) {
      const bytes = Buffer.from(intact);
      if (round % 3 === 0) {
        // A whole page of noise, as a disk leaves it.
        const page = below(bytes.length / 4096) * 4096;
        for (let i = 0; i < 4096; i++) bytes[page + i] = nextInt32(random);
      } else {
        for (let n = 0; n <= round % 7; n++) bytes[below(bytes.length)]! ^= 1 << below(8);
      }
      const folder = withFile(bytes);
      const workspace = open(folder);
      const counts = expectTruth(workspace);
      if (round % 4 === 0) expectJournalFits(workspace);
      whole += counts.whole;
      lost += counts.lost;
      if (workspace.recovery !== undefined) {
        recovered++;
        expect(existsSync(workspace.recovery.damagedFile)).toBe(true);
      }
      // What is lost is told.
      const table = workspace.recovery?.tables.find((each) => each.table === 'slice');
      const told = (workspace.recovery?.lost.length ?? 0) + (table?.lost ?? 0);
      expect(counts.lost <= told || table?.complete === false).toBe(true);
      close(workspace);
      expect(open(folder).recovery).toBeUndefined();
    }
    expect(recovered).toBeGreaterThan(20);
    expect(whole).toBeGreaterThan(0.9 * (whole + lost));
  }, 300_000);
});

describe('a recovery that is killed', () => {
  const damaged = (): Buffer => {
    const bytes = Buffer.from(intact);
    bytes.write('no longer a database', 0);
    return bytes;
  };

  it('while the new file is built begins again', () => {
    const folder = withFile(damaged());
    for (const name of ['workspace.unfinished.sqlite', 'workspace.reading.sqlite-wal']) {
      writeFileSync(join(folder, name), 'half');
    }
    const workspace = open(folder);
    expect(expectTruth(workspace)).toEqual({ whole: SIZE[2], lost: 0 });
    expect(readdirSync(folder).filter((name) => /unfinished|reading/.test(name))).toEqual([]);
  });

  it.each(['with the damaged file still there', 'with the damaged file put aside'])(
    'before the new file is in its place, %s, is finished',
    (state) => {
      const folder = withFile(damaged());
      const first = open(folder);
      const { damagedFile } = first.recovery!;
      close(first);
      const time = /damaged-(.+)\.sqlite/.exec(damagedFile)![1];
      const file = join(folder, 'workspace.sqlite');
      renameSync(file, join(folder, `workspace.recovered-${time}.sqlite`));
      if (state.endsWith('there')) {
        renameSync(damagedFile, file);
        writeFileSync(`${file}-wal`, 'log of the damaged file');
      }
      const workspace = open(folder);
      expect(workspace.recovery?.damagedFile).toBe(damagedFile);
      expect(readFileSync(damagedFile).equals(damaged())).toBe(true);
      expect(existsSync(`${damagedFile}-wal`)).toBe(state.endsWith('there'));
      expect(expectTruth(workspace)).toEqual({ whole: SIZE[2], lost: 0 });
    },
  );
});

describe('a log without its file', () => {
  it('is kept aside and not taken for the log of the new one', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'workspace.sqlite-wal'), 'orphan');
    const workspace = open(folder);
    expect(workspace.recovery).toBeUndefined();
    const aside = readdirSync(folder).find(
      (name) => name.endsWith('.sqlite-wal') && name.includes('damaged'),
    )!;
    expect(readFileSync(join(folder, aside), 'utf8')).toBe('orphan');
  });
});
