import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { thumbnailPath, volumePath } from '../../src/shared/contract/index.ts';
import { absence } from '../../src/main/services/cases/where-files-are.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, PHANTOM, type Workstation } from './workstation.ts';

/** A series that was labelled, and another start of the application, in which no folder is opened. */
describe('a case of the workspace', () => {
  let station: Workstation;
  let stack: string;
  const ct = (): string => join(station.root, 'ct');
  beforeEach(async () => {
    station = await openWorkstation(fakeEngines().spawn);
    stack = await openSeries(station);
    await station.page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
    station = await station.restart();
  });
  const openAgain = () => station.page.stream('volumes.open', { stack, resample: false }).result;

  it('is opened by its id alone', async () => {
    const { page, session } = station;
    expect(await page.call('sources.list', {})).toEqual([]);
    expect(await openAgain()).toMatchObject({ size: [32, 32, 12], stack: { id: stack } });
    const bytes = await session.fetch(new Request(`http://localhost${volumePath(stack)}`));
    expect((await bytes.arrayBuffer()).byteLength).toBe(32 * 32 * 12 * 2);
  });

  it('is found by whatever asks for it first, all together, without a page that opened it', async () => {
    const { page, session } = station;
    const [queue, suggestions, picture] = await Promise.all([
      page.call('queue.next', { stack, count: 3 }),
      page.call('suggestions.list', { stack }),
      session.fetch(new Request(`http://localhost${thumbnailPath(stack)}`)),
    ]);
    expect([queue, suggestions, picture.status]).toEqual([[], [], 200]);
  });

  it('says where its files were when they have moved; labels and prompts are there without them', async () => {
    renameSync(ct(), join(station.root, 'moved'));
    const { page } = station;
    await expect(openAgain()).rejects.toMatchObject({
      code: 'files-gone',
      message: expect.stringContaining(join(ct(), '0001.dcm')) as unknown,
    });
    expect((await page.call('annotation.get', { stack })).labels).toHaveLength(1);
    expect(await page.call('labels.proposePrompt', { stack, name: 'spleen' })).toEqual({
      prompt: 'spleen in an abdominal CT',
    });
    // And opens as soon as they are back.
    renameSync(join(station.root, 'moved'), ct());
    expect(await openAgain()).toMatchObject({ stack: { id: stack } });
  });

  it('says so when other images lie where its files were', async () => {
    renameSync(ct(), join(station.root, 'moved'));
    await writePhantomSeries(ct(), { ...PHANTOM, seed: PHANTOM.seed + 1 });
    await expect(openAgain()).rejects.toMatchObject({ code: 'files-changed' });
  });

  it('that was opened from its files as they are now is that one', async () => {
    const moved = join(station.root, 'moved');
    renameSync(ct(), moved);
    await station.page.stream('sources.open', { paths: [moved] }).result;
    await openAgain();
    station = await station.restart();
    expect(await openAgain()).toMatchObject({ stack: { id: stack } });
  });
});

describe('files that are not there', () => {
  const row = (files: readonly string[]) => ({
    stack: '1.2.3',
    number: 1,
    seriesInstanceUid: '1.2.3',
    description: 'Abdomen',
    modality: 'CT',
    size: [1, 1, 1] as const,
    files,
    opened: '2026-01-01T00:00:00.000Z',
  });

  it('are on a drive that is not mounted where nothing is below the place of drives', () => {
    expect(absence(row(['/mnt/study-drive/ct/1.dcm']))).toMatchObject({
      code: 'drive-missing',
      message:
        'The files of Abdomen are on /mnt/study-drive, which is not mounted: /mnt/study-drive/ct/1.dcm.',
    });
  });

  it('have gone where their folder is there', () => {
    const file = join(import.meta.dirname, 'no-such-file.dcm');
    expect(absence(row([file]))).toMatchObject({
      code: 'files-gone',
      message: `The files of Abdomen are not where they were: ${file}.`,
    });
  });

  it('entries of a zip are there as long as it is', () => {
    const zip = join(import.meta.dirname, 'cases.test.ts');
    expect(absence(row([`${zip}!a/1.dcm`]))).toMatchObject({ code: 'files-changed' });
  });
});
