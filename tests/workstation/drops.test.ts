import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dropPath } from '../../src/shared/contract/index.ts';
import { contentDigest, listingDigest, type DropFile } from '../../src/shared/drop-digest.ts';
import { PATIENT } from '../support/patient.ts';
import { fakeEngines } from './fake-engines.ts';
import { openWorkstation, type Workstation } from './workstation.ts';

describe('files that were dropped on a page without paths', () => {
  let station: Workstation;
  /** The phantom series, as a browser has it. */
  let series: readonly (readonly [string, Buffer])[];

  beforeAll(async () => {
    station = await openWorkstation(fakeEngines().spawn);
    const folder = join(station.root, 'ct');
    series = readdirSync(folder).map((name) => [`study/${name}`, readFileSync(join(folder, name))]);
  });
  beforeEach(async () => {
    for (const { paths } of await station.page.call('recents.list', {}))
      await station.page.call('recents.forget', { paths });
  });

  const dropped = (): string => join(station.folder, 'workspace', 'dropped');
  const copies = (): string[] => readdirSync(dropped());
  const sizeOf = (files: typeof series): number =>
    files.reduce((sum, [, { length }]) => sum + length, 0);
  const put = (drop: string, path: string, body: Buffer): Promise<Response> =>
    station.session.fetch(
      new Request(`http://localhost${dropPath(drop, path)}`, {
        method: 'PUT',
        body: Uint8Array.from(body),
      }),
    );

  /** Drops files; those of `sent` are put. @returns what becomes of it, and the answers to them. */
  function drop(sent: typeof series, claimed: { files?: number; bytes?: number } = {}) {
    const answers: Promise<Response>[] = [];
    const input = { title: 'CT: Müller/1', files: sent.length, bytes: sizeOf(sent), ...claimed };
    const stream = station.page.stream('sources.drop', input, (frame) => {
      if (frame.kind === 'ready')
        for (const [path, body] of sent) answers.push(put(frame.drop, path, body));
    });
    return { ...stream, answers };
  }

  it('are copied, opened, remembered, and go when they are to be forgotten', async () => {
    const { result, frames, answers } = drop(series);
    const source = await result;
    expect(source).toMatchObject({ loaded: series.length, skipped: 0, failed: 0 });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(series.map(() => 204));
    expect(frames.filter(({ kind }) => kind === 'progress')).toContainEqual(
      expect.objectContaining({
        text: expect.stringMatching(/^Copying \d+ of 12 files$/) as string,
      }),
    );
    const [folder] = source.paths;
    expect(folder!.startsWith(dropped())).toBe(true);
    expect(readFileSync(join(folder!, ...series[3]![0].split('/')))).toEqual(series[3]![1]);
    const [recent] = await station.page.call('recents.list', {});
    expect(recent).toMatchObject({ paths: source.paths, exists: true });

    // Another start finds them where they were, and nothing else.
    writeFileSync(join(dropped(), 'left.part'), '');
    mkdirSync(join(dropped(), 'forgotten'));
    station = await station.restart();
    const again = await station.page.stream('sources.open', { paths: source.paths }).result;
    expect(again.loaded).toBe(series.length);
    expect(copies()).toHaveLength(1);
    await station.page.call('sources.close', { source: again.id });
    await station.page.call('recents.forget', { paths: source.paths });
    expect(copies()).toEqual([]);
    expect(existsSync(join(station.root, 'ct', '0001.dcm'))).toBe(true);
  });

  /** The same files, as a page has them that drops them again. */
  const files = (of: typeof series): DropFile[] =>
    of.map(([path, body]) => ({
      path,
      size: body.length,
      read: (from, to) => Promise.resolve(Uint8Array.from(body.subarray(from, to))),
    }));
  const find = async (of: typeof series) =>
    station.page.call('drops.find', { listing: await listingDigest(files(of)) });

  it('are found again by their names, sizes and content', async () => {
    expect(await find(series)).toBeNull();
    const source = await drop(series).result;
    expect(await find([...series].reverse())).toEqual({
      path: source.paths[0],
      digest: await contentDigest(files(series)),
    });
    expect(await find(series.slice(1))).toBeNull();
    const [[path, first], ...rest] = series as [(typeof series)[number], ...typeof series];
    const changed = Buffer.from(first);
    changed[changed.length - 1]! ^= 1;
    const other = [[path, changed], ...rest] as const;
    expect((await find(other))!.digest).not.toBe(await contentDigest(files(other)));
    await station.page.call('sources.close', { source: source.id });
  });

  it('stay for as long as one of their series has labels, whatever is forgotten', async () => {
    const source = await drop(series).result;
    const [stack] = source.stacks;
    await station.page.stream('volumes.open', { stack: stack!.id, resample: false }).result;
    const label = await station.page.call('labels.create', { stack: stack!.id, name: 'liver' });
    await station.page.call('sources.close', { source: source.id });
    await station.page.call('recents.forget', { paths: source.paths });
    expect(copies()).toHaveLength(1);
    station = await station.restart();
    expect(await station.page.call('recents.list', {})).toEqual([]);
    expect((await find(series))!.path).toBe(source.paths[0]);
    await station.page.call('labels.remove', { stack: stack!.id, label: label.id });
    station = await station.restart();
    expect(copies()).toEqual([]);
    // The volume is there again under its own name.
    const again = await drop(series).result;
    expect(again.stacks[0]!.id).toBe(stack!.id);
    await station.page.call('sources.close', { source: again.id });
  });

  it('leave nothing behind where none of them is an image, but say so', async () => {
    const { result } = drop([['notes.txt', Buffer.from('none')]]);
    await expect(result).rejects.toMatchObject({
      code: 'no-dicom-found',
      message: 'There is no image file that can be read in “CT: Müller/1” (1 file looked at).',
    });
    expect(copies()).toEqual([]);
  });

  it('are no files where they come from nowhere', async () => {
    const answer = await put('0b1c', 'a.dcm', Buffer.of(1));
    expect([answer.status, await answer.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'no-such-drop' }),
    ]);
  });

  it.each([
    '../a',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    '',
    '.',
    'a\\b',
    'c:d',
    'a\0',
    `${'x'.repeat(256)}`,
  ])('under the name %j end the drop, and nothing is left', async (path) => {
    const { result, answers } = drop([...series.slice(0, 2), [path, Buffer.of(1)]]);
    await expect(result).rejects.toMatchObject({ code: 'bad-path' });
    expect((await Promise.all(answers)).at(-1)!.status).toBe(400);
    expect(copies()).toEqual([]);
  });

  it('of one name twice end the drop', async () => {
    const [first] = series;
    await expect(drop([first!, first!]).result).rejects.toMatchObject({ code: 'drop-failed' });
    expect(copies()).toEqual([]);
  });

  it('are refused before they are copied where the disk has no room', async () => {
    const { result, answers } = drop(series, { bytes: 2 ** 52 });
    await expect(result).rejects.toMatchObject({
      code: 'drop-too-large',
      message: expect.stringMatching(/take 4503599\.6 GB; \d+\.\d GB are free/) as string,
      hint: expect.stringContaining('list of folders') as string,
    });
    expect(answers).toEqual([]);
    expect(copies()).toEqual([]);
  });

  it('that are more than they were said to be end the drop', async () => {
    const { result, answers } = drop(series, { bytes: 100 });
    await expect(result).rejects.toMatchObject({ code: 'drop-too-large' });
    expect((await Promise.all(answers)).some(({ status }) => status === 413)).toBe(true);
    expect(copies()).toEqual([]);
  });

  it('leave nothing behind where the page gives up, or is gone', async () => {
    const waiting = drop(series.slice(0, 3), { files: 4 });
    await expect.poll(() => waiting.answers.length, PATIENT).toBe(3);
    await Promise.all(waiting.answers);
    expect(copies()).toHaveLength(1);
    waiting.cancel();
    await expect(waiting.result).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(copies, PATIENT).toEqual([]);
  });
});
