import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRoots, type Roots } from '../../src/main/web/index.ts';

let folder: string;
let roots: Roots;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'marginalia-roots-')));
  for (const path of ['data/b/deep', 'data/a10', 'data/a9', 'data/.hidden', 'data-of-others']) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  writeFileSync(join(folder, 'data', 'scan.dcm'), '');
  writeFileSync(join(folder, 'data-of-others', 'secret.dcm'), '');
  symlinkSync(join(folder, 'data', 'b'), join(folder, 'data', 'link-inside'));
  symlinkSync(join(folder, 'data-of-others'), join(folder, 'data', 'link-outside'));
  symlinkSync(join(folder, 'data-of-others', 'secret.dcm'), join(folder, 'data', 'secret.dcm'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'data', 'link-nowhere'));
  symlinkSync(join(folder, 'data'), join(folder, 'root-link'));
  roots = await openRoots([join(folder, 'root-link')]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the folders that the user named', () => {
  it('are listed where no path is asked for', async () => {
    const data = join(folder, 'data');
    const entries = [{ name: data, path: data, kind: 'folder' }];
    expect(await roots.list(undefined)).toEqual({ path: null, parent: null, entries });
  });

  it('are listed folders first, without what is hidden or leads out', async () => {
    const { path, parent, entries } = await roots.list(join(folder, 'data'));
    expect([path, parent]).toEqual([join(folder, 'data'), null]);
    expect(entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'folder a9',
      'folder a10',
      'folder b',
      'folder link-inside',
      'file scan.dcm',
    ]);
  });

  it('lead down and up again, and no further', async () => {
    const deep = await roots.list(join(folder, 'data', 'b', 'deep'));
    expect(deep.parent).toBe(join(folder, 'data', 'b'));
    const linked = await roots.list(join(folder, 'data', 'link-inside'));
    expect(linked.path).toBe(join(folder, 'data', 'b'));
  });

  it.each([
    '',
    'data/..',
    'data/../data-of-others',
    'data-of-others',
    'data/link-outside',
    'data/link-nowhere',
    'missing',
    '..',
  ])('do not hold “%s”', async (path) => {
    await expect(roots.list(join(folder, path))).rejects.toMatchObject({
      code: 'path-not-allowed',
    });
  });

  it('hold what lies below them, not what only begins alike', () => {
    const may = (path: string): boolean => roots.mayUse(join(folder, path));
    expect([may('data'), may('data/b'), may('data/new')]).toEqual([true, true, true]);
    expect([may('data-of-others'), may(''), may('data/../data-of-others')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(roots.mayUse('/')).toBe(false);
  });

  it('may be everything', async () => {
    const all = await openRoots(['/']);
    expect(all.mayUse('/etc/passwd')).toBe(true);
  });

  it('must be there', async () => {
    for (const path of ['missing', 'data/scan.dcm']) {
      await expect(openRoots([join(folder, path)])).rejects.toMatchObject({ code: 'no-such-path' });
    }
  });

  it('are not listed where a file is asked for', async () => {
    await expect(roots.list(join(folder, 'data', 'scan.dcm'))).rejects.toMatchObject({
      code: 'no-such-path',
    });
  });
});
