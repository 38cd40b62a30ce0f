import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { thumbnailPath, volumePath } from '../../src/shared/contract/index.ts';
import { describeShared } from '../support/shared-data.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, PHANTOM, type Workstation } from './workstation.ts';

let station: Workstation;
beforeAll(async () => {
  station = await openWorkstation(fakeEngines().spawn);
});

const fetched = (path: string): Promise<Response> =>
  station.session.fetch(new Request(`http://localhost${path}`));

describe('sources', () => {
  it('say what became of every file', async () => {
    const folder = join(station.root, 'mixed');
    mkdirSync(folder);
    await writePhantomSeries(folder, { ...PHANTOM, seed: 9 });
    writeFileSync(join(folder, 'notes.txt'), 'none');
    writeFileSync(join(folder, 'empty.dcm'), '');
    const source = await station.page.stream('sources.open', { paths: [folder] }).result;
    expect(source).toMatchObject({ loaded: 12, skipped: 1, failed: 1 });
    expect(
      source.problems.map(({ path, status }) => [path.slice(folder.length + 1), status]),
    ).toEqual([
      ['empty.dcm', 'failed'],
      ['notes.txt', 'skipped'],
    ]);
  });

  it('are one where the same is opened twice, and gone when closed', async () => {
    const { page, root } = station;
    const open = () => page.stream('sources.open', { paths: [join(root, 'ct')] }).result;
    const [first, second] = [await open(), await open()];
    expect(first.id).toBe(second.id);
    const ids = async () => (await page.call('sources.list', {})).map(({ id }) => id);
    expect((await ids()).filter((id) => id === first.id)).toHaveLength(1);
    await page.call('sources.close', { source: first.id });
    expect(await ids()).not.toContain(first.id);
    const { result } = page.stream('volumes.open', { stack: first.stacks[0]!.id, resample: false });
    await expect(result).rejects.toMatchObject({ code: 'unknown-stack' });
  });

  it('are remembered, until they are to be forgotten', async () => {
    const { page, root } = station;
    const { paths } = await page.stream('sources.open', { paths: [join(root, 'ct')] }).result;
    const [recent] = await page.call('recents.list', {});
    expect(recent).toMatchObject({
      paths,
      title: 'CT · Procedural abdominal phantom',
      exists: true,
    });
    await page.call('recents.forget', { paths });
    expect((await page.call('recents.list', {})).map((one) => one.paths)).not.toContainEqual(paths);
  });

  it('can be given up while they are opened', async () => {
    const many = join(station.root, 'many');
    mkdirSync(many);
    for (let n = 0; n < 300; n++)
      symlinkSync(join(station.root, 'ct', '0001.dcm'), join(many, `${n}`));
    const opening = station.page.stream('sources.open', { paths: [many] }, () => opening.cancel());
    await expect(opening.result).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('volumes', () => {
  it('are the voxels as they are, also after others took their memory', async () => {
    const { page, root } = station;
    const stack = await openSeries(station);
    const first = new Uint8Array(await (await fetched(volumePath(stack))).arrayBuffer());
    expect(first).toHaveLength(2 * 32 * 32 * 12);
    for (const seed of [11, 12, 13]) {
      const folder = join(root, `series-${seed}`);
      await writePhantomSeries(folder, { ...PHANTOM, seed });
      const { stacks } = await page.stream('sources.open', { paths: [folder] }).result;
      await page.stream('volumes.open', { stack: stacks[0]!.id, resample: false }).result;
    }
    const again = new Uint8Array(await (await fetched(volumePath(stack))).arrayBuffer());
    expect(Buffer.compare(again, first)).toBe(0);
    // Sending them does not take them away from us.
    expect(
      Buffer.compare(new Uint8Array(await (await fetched(volumePath(stack))).arrayBuffer()), first),
    ).toBe(0);
  });

  it('have a small picture before they are opened', async () => {
    const { page, root } = station;
    const folder = join(root, 'pictured');
    await writePhantomSeries(folder, { ...PHANTOM, seed: 21 });
    const { stacks } = await page.stream('sources.open', { paths: [folder] }).result;
    const answer = await fetched(thumbnailPath(stacks[0]!.id));
    expect(answer.headers.get('content-type')).toBe('image/png');
    const { width, height, data } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
    expect([width, height]).toEqual([128, 128]);
    const greys = new Set(data.filter((_, i) => i % 4 === 0));
    expect(greys.size).toBeGreaterThan(20);
  });

  it.each([
    '/data/volume/1.2.3',
    '/data/thumbnail/1.2.3',
    '/data/other/1',
    '/data/volume/..%2F..%2Fetc%2Fpasswd',
  ])('%s is not there', async (path) => {
    const answer = await fetched(path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ message: expect.any(String) as string });
  });
});

describeShared('a head CT with a tilted gantry', ['data', 'ct-gantry-tilt'], (path) => {
  it(
    'is opened as it was acquired, or resampled: two images with labels of their own',
    { timeout: 120_000 },
    async () => {
      const { page } = await openWorkstation(fakeEngines().spawn, [path]);
      const { stacks } = await page.stream('sources.open', { paths: [path] }).result;
      const [{ id, warnings, resamplable, images }] = stacks as [(typeof stacks)[number]];
      expect([
        resamplable,
        warnings.some(({ kind, severity }) => kind === 'gantry-tilt' && severity === 'warning'),
      ]).toEqual([true, true]);
      const acquired = await page.stream('volumes.open', { stack: id }).result;
      expect(acquired).toMatchObject({
        stack: { id, kind: 'stack' },
        size: [512, 512, images],
        isGrid: false,
        measured: 'patient',
        resampled: null,
      });
      // How a slice lies is known, and not how they lie behind one another.
      expect(acquired.affineLps).not.toBeNull();
      await page.call('labels.create', { stack: id, name: 'bone' });
      const { result, frames } = page.stream('volumes.open', { stack: id, resample: true });
      const resampled = await result;
      expect(resampled).toMatchObject({
        stack: { id: `${id}/resampled`, kind: 'volume' },
        isGrid: true,
        resampled: expect.stringContaining('gantry tilt') as string,
      });
      expect(frames.at(-1)).toMatchObject({ kind: 'progress', done: 1 });
      const { labels, review } = await page.call('annotation.get', { stack: resampled.stack.id });
      expect(labels).toEqual([]);
      expect(review).toHaveLength(resampled.size[2]);
      // Without a word it opens as its labels are.
      expect((await page.stream('volumes.open', { stack: id }).result).stack.id).toBe(id);
    },
  );
});
