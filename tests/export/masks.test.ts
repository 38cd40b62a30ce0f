import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAnnotation, type AnnotationResult } from '../../src/main/export/index.ts';
import { sameFileKey } from '../../src/main/export/pictures/file-names.ts';
import { maskFiles } from '../../src/main/export/pictures/masks.ts';
import { frameNames } from '../../src/main/export/pictures/frame-names.ts';
import { pictureSet } from './picture-set.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-masks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (result: AnnotationResult, signal?: AbortSignal): Promise<string[]> =>
  writeAnnotation(join(folder, 'out'), result, ['png'], signal ? { signal } : {});

/** The values of a mask, a text a row. */
function maskIn(name: string): string[] {
  const { width, data } = PNG.sync.read(readFileSync(join(folder, 'out', 'masks', name)));
  const values = data.filter((_, n) => n % 4 === 0);
  return Array.from({ length: values.length / width }, (_, y) =>
    [...values.subarray(y * width, (y + 1) * width)].map((v) => (v === 0 ? ' ' : v)).join(''),
  );
}

const named = (keys: readonly string[]): string[] =>
  frameNames(pictureSet(keys.map((key) => ({ key, rows: ['1'] }))).image);

describe('PNG masks', () => {
  it('are one a picture, of its size and name, with the values of the labels', async () => {
    const rows = ['1 2', '  2'];
    const set = pictureSet(
      [
        { key: 'a.jpg', rows },
        { key: 'b.png', rows: ['11', '  ', ' 2'] },
      ],
      {
        labels: ['one', 'two'],
      },
    );
    expect(await write(set)).toEqual(['masks/a.png', 'masks/b.png', 'provenance.json']);
    expect(maskIn('a.png')).toEqual(rows);
    expect(maskIn('b.png')).toEqual(['11', '  ', ' 2']);
    // 8 bits of grey (PNG, section 11.2.2).
    const file = readFileSync(join(folder, 'out', 'masks', 'a.png'));
    expect([...file.subarray(24, 26)]).toEqual([8, 0]);
  });

  it('take no more room than is said, and nothing that lies beside a smaller picture in the array', async () => {
    const set = pictureSet([
      { key: 'a.png', rows: ['1 2'] },
      { key: 'b.png', rows: ['3 ', ' 4'] },
    ]);
    const labelMap = Uint8Array.of(1, 0, 2, 9, 9, 9, 3, 0, 9, 0, 4, 9);
    for (const { name, content, atMost } of maskFiles({ ...set, labelMap })) {
      const parts: Uint8Array[] = [];
      for await (const part of content()) parts.push(part);
      const bytes = Buffer.concat(parts);
      expect(bytes.length).toBeLessThanOrEqual(atMost);
      const values = PNG.sync.read(bytes).data.filter((_, n) => n % 4 === 0);
      expect([...values]).toEqual(name === 'masks/a.png' ? [1, 0, 2] : [3, 0, 0, 4]);
    }
  });

  it('are written of pictures that are decided, also as empty, or painted, and of no others', async () => {
    const set = pictureSet([
      { key: 'painted.png', rows: ['1 '], state: 'unseen' },
      { key: 'empty.png', rows: ['  '], state: 'accepted' },
      { key: 'untouched.png', rows: ['  '], state: 'unseen' },
      { key: 'rejected.png', rows: ['  '], state: 'rejected' },
      { key: 'suggested.png', rows: [' 1'], state: 'unseen' },
    ]);
    const contents = {
      ...set.contents,
      include: 'suggested' as const,
      paintedUndecided: [0],
      suggested: [{ slice: 4, labels: [1] }],
    };
    await write({ ...set, contents });
    expect(readdirSync(join(folder, 'out', 'masks'))).toEqual([
      'empty.png',
      'painted.png',
      'suggested.png',
    ]);
    expect(maskIn('empty.png')).toEqual(['  ']);
  });

  it('are refused where there is none to write, and nothing is left', async () => {
    const set = pictureSet([{ key: 'a.png', rows: [' '], state: 'unseen' }]);
    await expect(write(set)).rejects.toMatchObject({ code: 'nothing-labelled' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are all written or none', async () => {
    const controller = new AbortController();
    const pictures = Array.from({ length: 50 }, (_, n) => ({ key: `${n}.png`, rows: ['1'] }));
    const set = pictureSet(pictures);
    // Cancelled when the label map is read for the 20th time.
    let reads = 0;
    const labelMap = new Proxy(set.labelMap, {
      get(map, property) {
        if (property === 'subarray' && ++reads === 20) controller.abort();
        const value: unknown = Reflect.get(map, property, map);
        return typeof value === 'function' ? (value.bind(map) as unknown) : value;
      },
    });
    await expect(write({ ...set, labelMap }, controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of 800 pictures are 800 files', async () => {
    const pictures = Array.from({ length: 800 }, (_, n) => ({
      key: `case (${n}).png`,
      rows: [n % 2 === 0 ? '1' : ' '],
    }));
    await write(pictureSet(pictures));
    expect(readdirSync(join(folder, 'out', 'masks'))).toHaveLength(800);
    expect([maskIn('case (0).png'), maskIn('case (799).png')]).toEqual([['1'], [' ']]);
  });
});

describe('names of masks', () => {
  it('are those of the pictures, in any script', () => {
    expect(named(['img (1).png', 'Röntgen 左.jpg', 'pages.tif', 'pages.tif#2', 'a#b.png'])).toEqual(
      ['img (1)', 'Röntgen 左', 'pages', 'pages-2', 'a#b'],
    );
  });

  it('keep the ending where two pictures have one name without it, in either case', () => {
    expect(named(['a.jpg', 'A.png', 'b.png'])).toEqual(['a.jpg', 'A.png', 'b']);
    expect(named(['a.png', 'A.png'])).toEqual(['a.png', 'A.png-2']);
  });

  it('are never one file on any file system', () => {
    const names = named(['é.png', 'e\u0301.jpg', 'x:y.png', 'x_y.png', 'x?y.png', 'x_y-2.png']);
    expect(new Set(names.map(sameFileKey)).size).toBe(names.length);
    expect(names[5]).toBe('x_y-2');
  });

  it('lead out of no folder, and are none that a system keeps for itself', () => {
    expect(
      named([
        '../d.png',
        '../../etc/passwd.png',
        '.hidden',
        'CON.png',
        'nul',
        'dots....png',
        'a\nb.png',
      ]),
    ).toEqual(['__d', '__.._etc_passwd', '_hidden', '_CON', '_nul', 'dots', 'a_b']);
  });

  it('that are too long for a file are cut between characters, and stay apart', () => {
    const long = '画'.repeat(100);
    const names = named([`${long}a.png`, `${long}b.png`]);
    expect(new Set(names).size).toBe(2);
    for (const name of names) {
      expect(Buffer.byteLength(name)).toBeLessThan(200);
      expect(name).toMatch(/^画+(-2)?$/);
    }
  });
});
