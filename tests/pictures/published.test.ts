import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  openPublishedDataset,
  publishedCases,
  readMask,
  readerOf,
  scanImages,
} from '../../src/main/images/index.ts';
import { publishedSplits } from '../../src/main/picture-files/published-layout.ts';
import { missingCommand, python } from '../export/tools.ts';
import { describeShared } from '../support/shared-data.ts';
import { colourPng, greyPng, outcomesOf, temporaryFolder, written } from './files.ts';
import { missingOpenCv } from './opencv.ts';
import { xlsx } from './xlsx.ts';

const folder = temporaryFolder();
const HEAD = ['Image', 'Description', 'Ground Truth'];
let count = 0;

/** A small data set of its own; files that are undefined are left out. */
function dataset(changes: Readonly<Record<string, Uint8Array | string | undefined>> = {}): string {
  const files = {
    'Train_Folder/img/a2.png': greyPng(2, 2, 1),
    'Train_Folder/img/a10.jpg': greyPng(2, 2, 2),
    'Train_Folder/label/a2.png': greyPng(2, 2, 3),
    'Train_Folder/label/a10.png': greyPng(2, 2, 4),
    'Test_Folder/img/b.png': greyPng(3, 2, 5),
    'Test_Folder/label/b_left.png': greyPng(3, 2, 6),
    'Test_Folder/label/b_right.png': greyPng(3, 2, 7),
    'Prompts_Folder/Train_text.xlsx': xlsx([
      HEAD,
      ['a2.png', 'a lesion\n', 'a2.png'],
      ['', '', ''],
      ['a10.jpg', 'none', 'a10.png'],
    ]),
    'Prompts_Folder/Test_text_original.xlsx': xlsx([
      [' ground truth', 'DESCRIPTION', 'Image', 'Note'],
      ['b_left.png', 'the left one', 'b.png', ''],
      ['b_right.png', 'the right one', 'b.png', 'x'],
    ]),
    'Prompts_Folder/Test_text_underdescriptive.xlsx': xlsx([HEAD, ['b.png', 'one', 'b_left.png']]),
    ...changes,
  };
  return written(
    join(folder, `set ${count++}`),
    Object.fromEntries(
      Object.entries(files).flatMap(([name, bytes]) => (bytes ? [[name, bytes]] : [])),
    ),
  );
}

describe('the layout of published data sets', () => {
  it('is found among paths, whatever lies beside it', () => {
    const at = '/d/BUSI';
    const splits = publishedSplits([
      `${at}/Train_Folder/img/2.png`,
      `${at}/Train_Folder/img/10.png`,
      `${at}/Train_Folder/img/._2.png`,
      `${at}/Train_Folder/img/notes.txt`,
      `${at}/Train_Folder/label/2.png`,
      `${at}/Train_Folder/label/10.bmp`,
      `${at}/Prompts_Folder/Train_text_10.xlsx`,
      `${at}/Prompts_Folder/Val_text.xlsx`,
      `/d/set.zip!K/Val_Folder/img/1.jpg`,
      `/d/other/img/1.png`,
      `/d/other/label/1.png`,
    ]);
    expect(splits).toEqual([
      {
        split: 'Train',
        name: 'BUSI · Train',
        root: at,
        folder: `${at}/Train_Folder/img`,
        pictures: [
          {
            name: '2.png',
            path: `${at}/Train_Folder/img/2.png`,
            mask: `${at}/Train_Folder/label/2.png`,
          },
          {
            name: '10.png',
            path: `${at}/Train_Folder/img/10.png`,
            mask: `${at}/Train_Folder/label/10.bmp`,
          },
        ],
        masks: new Map([
          ['2.png', `${at}/Train_Folder/label/2.png`],
          ['10.bmp', `${at}/Train_Folder/label/10.bmp`],
        ]),
        tables: [{ prompts: '10', path: `${at}/Prompts_Folder/Train_text_10.xlsx` }],
      },
      {
        split: 'Val',
        name: 'K · Val',
        root: '/d/set.zip!K',
        folder: '/d/set.zip!K/Val_Folder/img',
        pictures: [{ name: '1.jpg', path: '/d/set.zip!K/Val_Folder/img/1.jpg', mask: null }],
        masks: new Map(),
        tables: [],
      },
    ]);
  });

  it('opens as a set for each part; masks and prompts are listed as such', async () => {
    const root = dataset({
      'Test_Folder/label/b.png': greyPng(3, 2),
      'Test_Folder/label/b_right.png': undefined,
    });
    const scan = await scanImages([root]);
    const name = root.split('/').at(-1)!;
    expect(scan.images.map(({ description, kind }) => [description, kind])).toEqual([
      ['b', 'picture'],
      [`${name} · Train`, 'set'],
    ]);
    expect(outcomesOf(scan).filter(([, status]) => status === 'skipped')).toEqual([
      ['Test_text_original.xlsx', 'skipped', `prompts of ${name} · Test`],
      ['Test_text_underdescriptive.xlsx', 'skipped', `prompts of ${name} · Test`],
      ['Train_text.xlsx', 'skipped', `prompts of ${name} · Train`],
      ['b.png', 'skipped', `a mask of ${name} · Test`],
      ['b_left.png', 'skipped', `a mask in ${name} · Test whose picture is not there`],
      ['a10.png', 'skipped', `a mask of ${name} · Train`],
      ['a2.png', 'skipped', `a mask of ${name} · Train`],
    ]);
    const masks = await scanImages([join(root, 'Train_Folder/label')]);
    expect(masks.images.map(({ kind, frames }) => [kind, frames.length])).toEqual([['set', 2]]);
  });

  it('gives each row of a prompt table its picture and mask', async () => {
    const root = dataset();
    const set = await openPublishedDataset(root);
    expect(await publishedCases(set, 'Train')).toEqual([
      {
        picture: 'a2.png',
        path: join(root, 'Train_Folder/img/a2.png'),
        mask: join(root, 'Train_Folder/label/a2.png'),
        description: 'a lesion',
      },
      {
        picture: 'a10.jpg',
        path: join(root, 'Train_Folder/img/a10.jpg'),
        mask: join(root, 'Train_Folder/label/a10.png'),
        description: 'none',
      },
    ]);
    const original = await publishedCases(set, 'Test', 'original');
    expect(
      original.map(({ picture, mask, description }) => [
        picture,
        mask.split('/').at(-1),
        description,
      ]),
    ).toEqual([
      ['b.png', 'b_left.png', 'the left one'],
      ['b.png', 'b_right.png', 'the right one'],
    ]);
    const [under] = await publishedCases(set, 'Test', 'underdescriptive');
    expect(under!.description).toBe('one');
    expect(await readMask(set, under!.mask)).toEqual({
      columns: 3,
      rows: 2,
      values: new Uint8Array([6, 7, 8, 9, 10, 11]),
    });
  });

  it('without tables pairs by name', async () => {
    const root = dataset({ 'Prompts_Folder/Train_text.xlsx': undefined });
    const cases = await publishedCases(await openPublishedDataset(root), 'Train');
    expect(
      cases.map(({ picture, mask, description }) => [picture, mask.split('/').at(-1), description]),
    ).toEqual([
      ['a2.png', 'a2.png', null],
      ['a10.jpg', 'a10.png', null],
    ]);
  });

  it.skipIf(missingCommand('zip', 'zip'))('is read out of a zip', async () => {
    const root = dataset();
    execFileSync('zip', ['-qr', `${root}.zip`, root.split('/').at(-1)!], { cwd: folder });
    const set = await openPublishedDataset(`${root}.zip`);
    const [first] = await publishedCases(set, 'Train');
    expect((await readMask(set, first!.mask)).values).toEqual(new Uint8Array([3, 4, 5, 6]));
  });

  it('says what is missing, and where', async () => {
    const failure = async (
      root: string,
      ...which: ['Train' | 'Val' | 'Test', string?]
    ): Promise<string> => {
      try {
        await publishedCases(await openPublishedDataset(root), ...which);
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return `${code}: ${message}`;
      }
      return 'nothing';
    };
    const table = (rows: readonly (readonly string[])[]) =>
      dataset({ 'Prompts_Folder/Train_text.xlsx': xlsx(rows) });
    expect(await failure(table([HEAD, ['c.png', 'x', 'a2.png']]), 'Train')).toMatch(
      /^missing-picture: Train_text\.xlsx names the picture c\.png, which is not in set \d+ · Train\.$/,
    );
    expect(await failure(table([HEAD, ['a2.png', 'x', 'a3.png']]), 'Train')).toBe(
      'missing-mask: The picture a2.png has no mask: there is no a3.png in label.',
    );
    expect(await failure(table([['Image', 'Prompt', 'Ground Truth']]), 'Train')).toBe(
      'bad-prompt-table: The prompt table Train_text.xlsx cannot be read: it has no column “Description”.',
    );
    const nameless = {
      'Prompts_Folder/Train_text.xlsx': undefined,
      'Train_Folder/label/a10.png': undefined,
    };
    expect(await failure(dataset(nameless), 'Train')).toBe(
      'missing-mask: The picture a10.jpg has no mask: there is no a10.jpg in label.',
    );
    const alone = {
      'Prompts_Folder/Train_text.xlsx': undefined,
      'Train_Folder/label/a11.png': greyPng(2, 2),
    };
    expect(await failure(dataset(alone), 'Train')).toMatch(
      /^missing-picture: The mask a11\.png in set \d+ · Train has no picture of that name in img\.$/,
    );
    const broken = xlsx([HEAD]).subarray(0, 200);
    expect(await failure(dataset({ 'Prompts_Folder/Train_text.xlsx': broken }), 'Train')).toMatch(
      /^bad-prompt-table: The prompt table Train_text\.xlsx cannot be read: /,
    );
    const root = dataset();
    expect(await failure(root, 'Val')).toMatch(
      /^no-such-split: set \d+ has no pictures in Val_Folder\/img\.$/,
    );
    expect(await failure(root, 'Test', 'contradictory')).toMatch(
      /^no-such-prompts: set \d+ · Test has no prompts “contradictory”\.$/,
    );
    expect(await failure(join(root, 'Prompts_Folder'), 'Train')).toMatch(
      /^no-published-dataset: .* is not laid out/,
    );
    expect(await failure(folder, 'Train')).toMatch(
      /^no-published-dataset: .* holds \d+ data sets: /,
    );
    expect(await failure(join(root, 'nowhere'), 'Train')).toMatch(/^no-such-path: /);
  });

  it('a mask in colour is read as brightness, one of 16 bits as 8, a damaged one refused', async () => {
    const deep = await sharp(new Uint16Array([0, 0x7fff, 0x8000, 0xffff]), {
      raw: { width: 2, height: 2, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const set = await openPublishedDataset(
      dataset({
        'Train_Folder/label/a2.png': colourPng(2, 2, [255, 128, 0]),
        'Train_Folder/label/a10.png': deep,
        'Test_Folder/label/b_left.png': greyPng(9, 9).subarray(0, 40),
      }),
    );
    const mask = (split: string, name: string) =>
      readMask(set, join(set.root, `${split}_Folder/label`, name));
    expect([...(await mask('Train', 'a2.png')).values]).toEqual(Array(4).fill(151));
    expect([...(await mask('Train', 'a10.png')).values]).toEqual([0, 127, 128, 255]);
    await expect(mask('Test', 'b_left.png')).rejects.toMatchObject({ code: 'corrupt-picture' });
  });
});

describeShared('BUSI as it is published', ['data', 'pictures', 'BUSI'], (root) => {
  it('has a prompt and a mask for every picture, of its size', async () => {
    const set = await openPublishedDataset(root);
    const [image] = (await scanImages([join(root, 'Val_Folder')])).images;
    for (const split of ['Train', 'Val'] as const) {
      const cases = await publishedCases(set, split);
      expect(cases).toHaveLength({ Train: 624, Val: 78 }[split]);
      expect(
        cases.every(({ description }) => description !== null && /[a-z]/.test(description)),
      ).toBe(true);
    }
    const cases = await publishedCases(set, 'Val');
    const sizes = new Map(image!.frames.map(({ key, size }) => [key, size]));
    for (const { picture, mask } of cases) {
      const { columns, rows } = await readMask(set, mask);
      expect([columns, rows]).toEqual(sizes.get(picture));
    }
    expect(readerOf(image!).name).toBe('picture-file');
    expect(await publishedCases(set, 'Train', '10')).not.toHaveLength(0);
  });
});

describe.skipIf(missingOpenCv)('masks of Kvasir-SEG', () => {
  describeShared('as OpenCV reads them', ['data', 'pictures', 'Kvasir-SEG'], (root) => {
    it('by IMREAD_GRAYSCALE', async () => {
      const set = await openPublishedDataset(root);
      const cases = await publishedCases(set, 'Val');
      const inside = python<number[]>(
        'import cv2, json, sys; print(json.dumps([int((cv2.imread(p, 0) > 127).sum()) for p in json.loads(sys.argv[1])]))',
        JSON.stringify(cases.map(({ mask }) => mask)),
      );
      const ours: number[] = [];
      for (const { mask } of cases)
        ours.push((await readMask(set, mask)).values.filter((value) => value > 127).length);
      expect(ours).toEqual(inside);
      expect(cases).toHaveLength(100);
    });
  });
});
