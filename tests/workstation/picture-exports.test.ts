import { mkdirSync, readdirSync, readFileSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import {
  openPublishedDataset,
  publishedCases,
  readerOf,
  readMask,
  scanImages,
} from '../../src/main/images/index.ts';
import type { StreamInput, StreamOutput } from '../../src/shared/contract/index.ts';
import { EXPORT_FORMATS, whyNotWritten } from '../../src/shared/export-formats.ts';
import { colourPng, greyPng, written } from '../pictures/files.ts';
import { describeShared } from '../support/shared-data.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation } from './workstation.ts';

type Format = StreamInput<'export.run'>['formats'][number];

/** A set of pictures with one label, in a workspace. */
async function openSet(pictures: (folder: string) => void, label = 'tumor') {
  const station = await openWorkstation(fakeEngines().spawn);
  const at = (...parts: string[]): string => join(station.root, ...parts);
  mkdirSync(at('set'));
  pictures(at('set'));
  const stack = await openSeries(station, 'set');
  const { page } = station;
  const info = await page.stream('volumes.open', { stack, resample: false }).result;
  const { id } = await page.call('labels.create', { stack, name: label, prompt: `a ${label}` });
  return {
    at,
    info,
    stack,
    page,
    /** Decides on a picture; inside says which pixels of its array are labelled. */
    decide: (index: number, inside: (n: number) => boolean, state: 'corrected' | 'accepted') =>
      page.call('edits.apply', {
        stack,
        name: 'Brush',
        slices: [
          slicePatch(
            index,
            Uint8Array.from({ length: info.size[0] * info.size[1] }, (_, n) => Number(inside(n))),
          ),
        ],
        review: [{ index, state, labels: [id] }],
        actor: 'human',
      }),
    run: (
      formats: Format[],
      folder = 'out',
      more: Partial<StreamInput<'export.run'>> = {},
    ): Promise<StreamOutput<'export.run'>> =>
      page.stream('export.run', { stack, folder: at(folder), formats, deidentify: true, ...more })
        .result,
  };
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('a set of pictures in the workspace', () => {
  const drawn = (folder: string): void => {
    written(folder, {
      'b10.png': greyPng(4, 3),
      'b2.png': greyPng(2, 2),
      'c.png': colourPng(3, 3, [1, 2, 3]),
    });
  };

  it('is exported as masks, COCO and the published layout; undecided pictures are in none', async () => {
    const { run, decide, at, info } = await openSet(drawn);
    expect(info.size).toEqual([4, 3, 3]);
    // b2, b10, c: in natural order.
    await decide(1, (n) => n === 5, 'corrected');
    await decide(2, () => false, 'accepted');
    const { files, contents } = await run(['png', 'coco', 'published', 'csv', 'report']);
    expect(contents.decided).toBe(2);
    expect(files.filter((name) => name.endsWith('.png')).sort()).toEqual([
      'Train_Folder/img/b10.png',
      'Train_Folder/img/c.png',
      'Train_Folder/label/b10.png',
      'Train_Folder/label/c.png',
      'images/b10.png',
      'images/c.png',
      'masks/b10.png',
      'masks/c.png',
    ]);
    const { width, height, data } = PNG.sync.read(readFileSync(at('out', 'masks', 'b10.png')));
    expect([width, height, [...data].filter((_, n) => n % 4 === 0)]).toEqual([
      4,
      3,
      Array.from({ length: 12 }, (_, n) => Number(n === 5)),
    ]);
    expect(json(at('out', 'annotations', 'instances.json'))).toMatchObject({
      images: [{ file_name: 'b10.png' }, { file_name: 'c.png' }],
      annotations: [{ image_id: 1, area: 1, bbox: [1, 1, 1, 1] }],
    });
    expect(json(at('out', 'provenance.json'))).toMatchObject({ contents: { decided: [1, 2] } });
  });

  it('is cases of nnU-Net, picture by picture', async () => {
    const { run, decide, at } = await openSet(drawn);
    await decide(1, (n) => n === 5, 'corrected');
    const nnunet = { dataset: 'Dataset501_Set', undecided: 'ignore' } as const;
    const done = await run(['nnunet'], '.', { nnunet });
    expect(done.nnunet).toMatchObject({ pictures: 1, undecided: 2, ignored: true });
    expect(json(at('Dataset501_Set', 'dataset.json'))).toMatchObject({
      // One of the set is in colour, which makes all so.
      channel_names: { 0: 'rgb_to_0_1', 1: 'rgb_to_0_1', 2: 'rgb_to_0_1' },
      numTraining: 1,
      file_ending: '.png',
    });
  });

  it('offers every format that the host writes, and no other', async () => {
    const { run, decide, info } = await openSet(drawn);
    await decide(0, () => true, 'corrected');
    for (const format of EXPORT_FORMATS) {
      const nnunet = { dataset: 'Dataset501_Set', undecided: 'ignore' } as const;
      const outcome = await run([format], format, format === 'nnunet' ? { nnunet } : {}).then(
        () => 'written',
        ({ code }: { readonly code: string }) => code,
      );
      expect([format, outcome === 'written']).toEqual([
        format,
        whyNotWritten(format, info) === null,
      ]);
    }
  });
});

describeShared('pictures of BUSI', ['data', 'pictures', 'BUSI'], (busi) => {
  it('are exported in the published layout with the pixels and masks that they came with', async () => {
    const source = await openPublishedDataset(busi);
    const cases = (await publishedCases(source, 'Val')).slice(0, 8);
    const { run, decide, at, info } = await openSet((folder) => {
      for (const { picture, path } of cases) copyFileSync(path, join(folder, picture));
    });
    const masks = new Map<string, Awaited<ReturnType<typeof readMask>>>();
    for (const { picture, mask } of cases) masks.set(picture, await readMask(source, mask));
    for (const [index, name] of info.names!.entries()) {
      const { columns, rows, values } = masks.get(name)!;
      await decide(
        index,
        (n) => {
          const [x, y] = [n % info.size[0], Math.floor(n / info.size[0])];
          return x < columns && y < rows && values[x + columns * y]! > 127;
        },
        'corrected',
      );
    }
    await run(['published']);
    const dataset = await openPublishedDataset(at('out'));
    const back = await publishedCases(dataset, 'Train');
    expect(back.map(({ picture }) => picture).sort()).toEqual([...masks.keys()].sort());
    for (const { picture, mask, description } of back) {
      expect(description).toBe('a tumor');
      const { columns, rows, values } = await readMask(dataset, mask);
      const expected = masks.get(picture)!;
      expect([columns, rows]).toEqual([expected.columns, expected.rows]);
      const wrong = values.findIndex((value, n) => value > 127 !== expected.values[n]! > 127);
      expect([picture, wrong]).toEqual([picture, -1]);
    }
    // The same pixels make the same image but for how colour is stored: its frames are compared.
    const { images } = await scanImages([at('out', 'Train_Folder', 'img')]);
    const { images: sources } = await scanImages([at('set')]);
    for (let k = 0; k < cases.length; k++) {
      const [a, b] = [images[0]!, sources[0]!];
      const [one, other] = [await readerOf(a).readFrame(a, k), await readerOf(b).readFrame(b, k)];
      expect(Buffer.compare(Buffer.from(one.values), Buffer.from(other.values))).toBe(0);
    }
    expect(readdirSync(at('out')).sort()).toEqual([
      'Prompts_Folder',
      'Train_Folder',
      'provenance.json',
    ]);
  });
});
