import fs, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import { beginDay, changesIn, DAY, imaginedDay, takeStep } from './session.ts';
import { close, newFolder, open } from './stack.ts';

/** What a file system was asked to do, in order. */
type Call =
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'flush'; readonly path: string }
  | { readonly kind: 'acknowledge'; readonly changes: number };

/** As the path of what is flushed: the names of files. */
const FOLDER = '';

/** Listens to what SQLite and the store, which share the module, do to files below a folder. */
function listen(folder: string): Call[] {
  const calls: Call[] = [];
  const paths = new Map<number, string>();
  const database = join(folder, 'workspace.sqlite');
  const below = (path: unknown): path is string => String(path).startsWith(database);
  const { openSync, writeSync, ftruncateSync, fsyncSync } = fs;
  vi.spyOn(fs, 'openSync').mockImplementation((path, flags, mode) => {
    const isNew = below(path) && !existsSync(path);
    const file = openSync(path, flags, mode);
    if (isNew) calls.push({ kind: 'create', path: relative(folder, path) });
    if (below(path)) paths.set(file, relative(folder, path));
    else if (String(path) === folder) paths.set(file, FOLDER);
    else paths.delete(file);
    return file;
  });
  vi.spyOn(fs, 'writeSync').mockImplementation(((
    file: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    at: number,
  ) => {
    const path = paths.get(file);
    const part = Buffer.from(bytes.subarray(from, from + length));
    if (path !== undefined) calls.push({ kind: 'write', path, at, bytes: part });
    return writeSync(file, bytes, from, length, at);
  }) as typeof fs.writeSync);
  vi.spyOn(fs, 'ftruncateSync').mockImplementation((file, length) => {
    const path = paths.get(file);
    if (path !== undefined) calls.push({ kind: 'truncate', path, length: length ?? 0 });
    ftruncateSync(file, length);
  });
  vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
    const path = paths.get(file);
    if (path !== undefined) calls.push({ kind: 'flush', path });
    fsyncSync(file);
  });
  syncBuiltinESMExports();
  return calls;
}

function listenNoMore(): void {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
}
afterEach(listenNoMore);

const SECTOR = 512;
/** Bytes; more than any file of the test takes. */
const MOST = 2 ** 23;

/**
 * What a disk may hold when the power fails behind the first `end` calls: everything that was
 * flushed, and of what was written since, any sectors in any order. A new file has a name once its
 * folder was flushed.
 */
function afterPowerLoss(
  start: ReadonlyMap<string, Buffer>,
  calls: readonly Call[],
  end: number,
  chance: () => number,
): { readonly files: Map<string, Buffer>; readonly acknowledged: number } {
  let acknowledged = 0;
  const flushed = new Map<string, number>();
  calls.slice(0, end).forEach((call, n) => {
    if (call.kind === 'flush') flushed.set(call.path, n);
    if (call.kind === 'acknowledge') acknowledged = call.changes;
  });
  // With room for all that is written.
  const disk = new Map<string, { readonly bytes: Buffer; length: number }>();
  const fileAt = (path: string): { readonly bytes: Buffer; length: number } => {
    const old = start.get(path) ?? Buffer.alloc(0);
    const file = disk.get(path) ?? { bytes: Buffer.concat([old], MOST), length: old.length };
    disk.set(path, file);
    return file;
  };
  for (const path of start.keys()) fileAt(path);
  const nameless = new Set<string>();
  calls.slice(0, end).forEach((call, n) => {
    if (call.kind === 'flush' || call.kind === 'acknowledge') return;
    if (call.kind === 'create') {
      if (n > (flushed.get(FOLDER) ?? -1) && chance() < 0.5) nameless.add(call.path);
      return;
    }
    const safe = n < (flushed.get(call.path) ?? -1);
    const file = fileAt(call.path);
    if (call.kind === 'truncate') {
      if (!safe && chance() < 0.5) return;
      file.bytes.fill(0, call.length, Math.max(file.length, call.length));
      file.length = call.length;
      return;
    }
    const { at, bytes } = call;
    const kept = safe ? 1 : chance();
    for (let sector = 0; sector < bytes.length; sector += SECTOR) {
      // All, nothing, or a part of it.
      if (kept < 0.3 || (kept < 0.6 && chance() < 0.5)) continue;
      bytes.copy(file.bytes, at + sector, sector, Math.min(sector + SECTOR, bytes.length));
    }
    file.length = Math.max(file.length, at + bytes.length);
  });
  for (const path of nameless) disk.delete(path);
  const files = new Map(
    [...disk].map(([path, { bytes, length }]) => [path, bytes.subarray(0, length)]),
  );
  return { files, acknowledged };
}

describe('a computer that loses power at any moment', () => {
  it('has every acknowledged edit on its disk', { timeout: 600_000 }, () => {
    const folder = newFolder();
    const before = open(folder);
    beginDay(before);
    close(before);
    const start = new Map(
      readdirSync(folder)
        .filter((name) => statSync(join(folder, name)).isFile())
        .map((name) => [name, readFileSync(join(folder, name))]),
    );
    const calls = listen(folder);
    const worker = open(folder);
    const working = imaginedDay();
    for (let step = 0; step < 120; step++) {
      takeStep(worker, working.next);
      working.take();
      calls.push({ kind: 'acknowledge', changes: working.changes });
    }
    close(worker);
    listenNoMore();
    const checkpoints = calls.filter(
      (call) => call.kind === 'flush' && call.path === 'workspace.sqlite',
    );
    expect(checkpoints.length).toBeGreaterThan(2);

    const random = keyedState('power');
    const chance = (): number => (nextInt32(random) >>> 0) / 2 ** 32;
    let partly = 0;
    for (let loss = 0; loss < 40; loss++) {
      const end = 1 + Math.floor(chance() * calls.length);
      const { files, acknowledged } = afterPowerLoss(start, calls, end, chance);
      const place = newFolder();
      for (const [name, bytes] of files) {
        mkdirSync(dirname(join(place, name)), { recursive: true });
        writeFileSync(join(place, name), bytes);
      }
      const workspace = open(place);
      expect(workspace.recovery).toBeUndefined();
      const kept = changesIn(workspace);
      expect(kept === acknowledged || kept === acknowledged + 1).toBe(true);
      if (kept > acknowledged) partly++;
      const day = imaginedDay();
      while (day.changes < kept) day.take();
      day.state.labels.forEach((labels, k) => {
        expect(Buffer.compare(workspace.slices.read(DAY.stack, k), labels)).toBe(0);
      });
      expect(workspace.slices.reviews(DAY.stack)).toEqual(day.state.reviews);
      close(workspace);
    }
    // Losses fell behind a commit that was not acknowledged, too.
    expect(partly).toBeGreaterThan(0);
  });
});
