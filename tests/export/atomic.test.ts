import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFiles, type OutputFile } from '../../src/main/export/atomic.ts';
import { asNobody } from '../support/nobody.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (name: string, content: string): OutputFile => ({
  name,
  atMost: content.length,
  content: () => [Buffer.from(content)],
});
const failing = (error: Error): OutputFile => ({
  name: 'second.txt',
  atMost: 5_000_000,
  content: async function* () {
    yield await Promise.resolve(Buffer.from('begin'));
    throw error;
  },
});
const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describe('writing all or nothing', () => {
  it('makes a new folder, and those above it', async () => {
    const out = join(folder, 'a', 'b', 'out');
    await writeFiles(out, [text('one.txt', '1'), text('two.txt', '2')]);
    expect(readdirSync(out).sort()).toEqual(['one.txt', 'two.txt']);
    expect(readFileSync(join(out, 'two.txt'), 'utf8')).toBe('2');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['out']);
  });

  it('makes folders in it, new and existing, and takes them away where it fails', async () => {
    const files = [text('a/one.txt', '1'), text('a/b/two.txt', '2'), text('three.txt', '3')];
    const names = ['a', 'a/b', 'a/b/two.txt', 'a/one.txt', 'three.txt'];
    const inside = (path: string) => readdirSync(path, { recursive: true }).sort();
    await writeFiles(join(folder, 'out'), files);
    expect(inside(join(folder, 'out'))).toEqual(names);
    mkdirSync(join(folder, 'old', 'a'), { recursive: true });
    writeFileSync(join(folder, 'old', 'a', 'mine.txt'), 'mine');
    const job = writeFiles(join(folder, 'old'), [...files, failing(full)]);
    await expect(job).rejects.toMatchObject({ code: 'no-space' });
    expect(inside(join(folder, 'old'))).toEqual(['a', 'a/mine.txt']);
    await writeFiles(join(folder, 'old'), files);
    expect(inside(join(folder, 'old'))).toEqual([...names, 'a/mine.txt'].sort());
  });

  it('takes folders away that it made, where a file cannot be put into place', async () => {
    mkdirSync(join(folder, 'two.txt'));
    const job = writeFiles(folder, [text('two.txt', '2'), text('a/one.txt', '1')]);
    await expect(job).rejects.toMatchObject({ code: 'not-writable' });
    expect(readdirSync(folder)).toEqual(['two.txt']);
  });

  it('follows no link in an existing folder', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    mkdirSync(join(folder, 'out'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'out', 'a'));
    const job = writeFiles(join(folder, 'out'), [text('a/one.txt', '1')]);
    await expect(job).rejects.toMatchObject({
      code: 'not-a-folder',
      message: expect.stringContaining('link'),
    });
    expect([readdirSync(join(folder, 'elsewhere')), readdirSync(join(folder, 'out'))]).toEqual([
      [],
      ['a'],
    ]);
  });

  it('replaces results in an existing folder and leaves everything else alone', async () => {
    writeFileSync(join(folder, 'one.txt'), 'old');
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    await writeFiles(folder, [text('one.txt', 'new')]);
    expect(readdirSync(folder).sort()).toEqual(['mine.txt', 'one.txt']);
    expect(readFileSync(join(folder, 'one.txt'), 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('a full disk is reported with what was needed, and leaves no trace', async () => {
    const out = join(folder, 'a', 'b', 'out');
    const job = writeFiles(out, [text('one.txt', '1'), failing(full)]);
    await expect(job).rejects.toMatchObject({
      code: 'no-space',
      message: expect.stringMatching(/out: the results take up to 5\.0 MB, \d+(\.\d)? MB are free/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('an error in an existing folder leaves the old results as they were', async () => {
    writeFileSync(join(folder, 'one.txt'), 'old');
    const job = writeFiles(folder, [text('one.txt', 'new'), failing(new Error('broken'))]);
    await expect(job).rejects.toThrow('broken');
    expect(readdirSync(folder)).toEqual(['one.txt']);
    expect(readFileSync(join(folder, 'one.txt'), 'utf8')).toBe('old');
  });

  it('cancellation stops between two pieces and leaves no trace', async () => {
    const controller = new AbortController();
    let pieces = 0;
    const endless: OutputFile = {
      name: 'endless.bin',
      atMost: 1,
      *content() {
        for (;;) {
          if (++pieces === 3) controller.abort();
          yield Buffer.alloc(10);
        }
      },
    };
    const job = writeFiles(join(folder, 'out'), [endless], { signal: controller.signal });
    await expect(job).rejects.toMatchObject({ code: 'cancelled' });
    expect(pieces).toBe(3);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a second job for the same folder is refused while the first runs', async () => {
    const out = join(folder, 'out');
    const first = writeFiles(out, [text('one.txt', '1')]);
    await expect(writeFiles(out, [])).rejects.toMatchObject({ code: 'output-busy' });
    await first;
    expect(readdirSync(out)).toEqual(['one.txt']);
  });

  it('an output folder that is a file, or below one, is refused', async () => {
    writeFileSync(join(folder, 'file'), '');
    const inFile = writeFiles(join(folder, 'file'), []);
    await expect(inFile).rejects.toMatchObject({ code: 'not-a-folder' });
    const belowFile = writeFiles(join(folder, 'file', 'out'), []);
    await expect(belowFile).rejects.toMatchObject({ code: 'not-writable' });
  });

  it('a folder without permission is refused', async () => {
    chmodSync(folder, 0o555);
    await asNobody(async () => {
      const job = writeFiles(join(folder, 'out'), [text('one.txt', '1')]);
      await expect(job).rejects.toMatchObject({ code: 'not-writable' });
    });
    chmodSync(folder, 0o700);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('what a killed process left is removed by the next, another running one is not', async () => {
    const out = join(folder, 'out');
    const writer = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'slow-writer.ts'), out],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(writer.stdout, 'data');
    const left = join(folder, `.out.partial-${writer.pid}`);
    expect(readdirSync(left).sort()).toEqual(['half.txt', 'whole.txt']);
    await writeFiles(out, [text('one.txt', '1')]);
    expect(existsSync(left)).toBe(true);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await writeFiles(out, [text('one.txt', '1')]);
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(out)).toEqual(['one.txt']);
  });

  it('a leftover with the number of this process is removed as well', async () => {
    mkdirSync(join(folder, `.out.partial-${process.pid}`));
    mkdirSync(join(folder, '.out.partial-notes'));
    await writeFiles(join(folder, 'out'), [text('one.txt', '1')]);
    expect(readdirSync(folder).sort()).toEqual(['.out.partial-notes', 'out']);
  });
});

describe('a disk that is really full', () => {
  it('leaves nothing on it, in a new folder and in an existing one', async (context) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    if (mounted.status !== 0) context.skip('needs the right to mount a small tmpfs');
    try {
      const large: OutputFile = {
        name: 'large.bin',
        atMost: 4_000_000,
        *content() {
          for (let n = 0; n < 40; n++) yield Buffer.alloc(100_000, n);
        },
      };
      writeFileSync(join(folder, 'mine.txt'), 'mine');
      const [created, existing] = [join(folder, 'out'), folder];
      for (const out of [created, existing]) {
        const job = writeFiles(out, [text('one.txt', '1'), large]);
        await expect(job).rejects.toMatchObject({
          code: 'no-space',
          message: expect.stringContaining('up to 4.0 MB, 1.0 MB are free'),
        });
        expect(readdirSync(folder)).toEqual(['mine.txt']);
      }
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
