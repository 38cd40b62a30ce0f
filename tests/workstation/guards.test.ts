import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, PHANTOM, type Workstation } from './workstation.ts';

let station: Workstation;
let stack: string;
/** A folder that the user did not name. */
let outside: string;

beforeAll(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
  outside = join(station.folder, 'outside');
  await writePhantomSeries(join(outside, 'ct'), { ...PHANTOM, seed: 4 });
  writeTinyBundle(join(outside, 'model'));
  symlinkSync(outside, join(station.root, 'link'));
  symlinkSync(join(outside, 'nowhere'), join(station.root, 'dangling'));
});

const refusal = { code: 'path-not-allowed', hint: expect.stringContaining('--root') as string };
const root = (path: string): string => join(station.root, path);

describe('a page may not', () => {
  it.each(['../outside/ct', 'link', 'link/ct', '..', '../outside/missing', 'dangling'])(
    'open %s',
    async (path) => {
      const { result } = station.page.stream('sources.open', { paths: [root(path)] });
      await expect(result).rejects.toMatchObject(refusal);
    },
  );

  it('reach files outside by links inside of a folder that it opens', async () => {
    const mixed = root('mixed');
    await writePhantomSeries(mixed, { ...PHANTOM, seed: 5 });
    symlinkSync(join(outside, 'ct', '0001.dcm'), join(mixed, 'other.dcm'));
    const source = await station.page.stream('sources.open', { paths: [mixed] }).result;
    expect(source).toMatchObject({ loaded: 12, skipped: 1 });
    expect(source.stacks).toHaveLength(1);
    expect(source.problems[0]!.reason).toContain('leads out');
  });

  it.each(['../outside/new', 'link/new', 'dangling', 'dangling/new', 'link'])(
    'have anything written to %s',
    async (path) => {
      const before = readdirSync(outside);
      const input = { stack, folder: root(path), formats: ['csv' as const], deidentify: true };
      await expect(station.page.stream('export.run', input).result).rejects.toMatchObject(refusal);
      await expect(
        station.page.call('versions.export', { version: '0123456789ab', folder: root(path) }),
      ).rejects.toMatchObject(refusal);
      expect(readdirSync(outside)).toEqual(before);
      expect(existsSync(join(outside, 'nowhere'))).toBe(false);
    },
  );

  it('use a model, or adapters, from outside', async () => {
    const { page } = station;
    for (const model of [join(outside, 'model'), root('link/model')]) {
      await expect(page.call('settings.change', { model })).rejects.toMatchObject(refusal);
    }
    await expect(
      page.call('versions.import', { folder: join(outside, 'model') }),
    ).rejects.toMatchObject(refusal);
    await expect(page.call('settings.change', { model: 'no such model' })).rejects.toMatchObject({
      code: 'unknown-model',
    });
    expect((await page.call('settings.get', {})).model).toBe(root('model'));
  });

  it('list anything else', async () => {
    await expect(station.page.call('paths.list', { path: outside })).rejects.toMatchObject(refusal);
    const listed = await station.page.call('paths.list', { path: station.root });
    expect(listed.entries.map(({ name }) => name)).not.toContain('link');
  });

  it('name what is no version by a path', async () => {
    for (const version of ['../../../outside', '0123456789AB', '']) {
      await expect(station.page.call('versions.remove', { version })).rejects.toMatchObject({
        code: 'bad-input',
      });
    }
    await expect(
      station.page.call('versions.remove', { version: '0123456789ab' }),
    ).rejects.toMatchObject({ code: 'unknown-version' });
  });
});

describe('a page may', () => {
  it('open the demo although it lies in the workspace, but nothing else there', async () => {
    const workspace = join(station.folder, 'workspace');
    mkdirSync(join(workspace, 'demo'), { recursive: true });
    writeFileSync(join(workspace, 'demo', 'note.txt'), 'no image');
    const { result } = station.page.stream('sources.open', { paths: [join(workspace, 'demo')] });
    await expect(result).rejects.toMatchObject({ code: 'no-dicom-found' });
    const other = station.page.stream('sources.open', { paths: [workspace] });
    await expect(other.result).rejects.toMatchObject(refusal);
  });
});
