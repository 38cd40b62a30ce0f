import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeAnnotation } from '../../src/main/export/index.ts';
import { columnRuns } from '../../src/main/export/pictures/column-runs.ts';
import { pictureSet } from './picture-set.ts';
import { missingPython, python } from './tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-coco-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = z.number().int().nonnegative();
/** What cocodataset.org/#format-data asks for, with masks as run lengths. */
const COCO = z.strictObject({
  info: z.strictObject({
    year: whole,
    version: z.string(),
    description: z.string(),
    contributor: z.string(),
    url: z.string(),
    date_created: z.iso.datetime(),
  }),
  licenses: z.array(z.strictObject({ id: whole, name: z.string(), url: z.string() })),
  images: z.array(
    z.strictObject({
      id: whole.min(1),
      width: whole.min(1),
      height: whole.min(1),
      file_name: z.string(),
    }),
  ),
  annotations: z.array(
    z.strictObject({
      id: whole.min(1),
      image_id: whole.min(1),
      category_id: whole.min(1),
      segmentation: z.strictObject({
        counts: z.array(whole).min(1),
        size: z.tuple([whole, whole]),
      }),
      area: z.number().positive(),
      bbox: z.tuple([whole, whole, whole.min(1), whole.min(1)]),
      iscrowd: z.literal(1),
    }),
  ),
  categories: z.array(
    z.strictObject({ id: whole.min(1), name: z.string(), supercategory: z.string() }),
  ),
});

const set = pictureSet(
  [
    { key: 'a.jpg', rows: ['1 2 ', ' 12 ', '   1'] },
    { key: 'skipped.png', rows: ['    '], state: 'unseen' },
    { key: 'ä.png', rows: ['11', '11', '11'] },
    { key: 'empty.png', rows: ['  '], state: 'corrected' },
  ],
  { channels: 3, labels: ['lesion', 'artefact'] },
);

async function written(): Promise<z.infer<typeof COCO>> {
  await writeAnnotation(folder, set, ['coco']);
  const text = readFileSync(join(folder, 'annotations', 'instances.json'), 'utf8');
  return COCO.parse(JSON.parse(text));
}

describe('a data set in the format of COCO', () => {
  it('lists pictures of which something is said, and each label of a picture once', async () => {
    const { images, annotations, categories } = await written();
    expect(images).toEqual([
      { id: 1, file_name: 'a.png', width: 4, height: 3 },
      { id: 2, file_name: 'ä.png', width: 2, height: 3 },
      { id: 3, file_name: 'empty.png', width: 2, height: 1 },
    ]);
    expect(categories).toEqual([
      { id: 1, name: 'lesion', supercategory: '' },
      { id: 2, name: 'artefact', supercategory: '' },
    ]);
    expect(
      annotations.map(({ id, image_id, category_id, area, bbox }) => ({
        id,
        image_id,
        category_id,
        area,
        bbox,
      })),
    ).toEqual([
      { id: 1, image_id: 1, category_id: 1, area: 3, bbox: [0, 0, 4, 3] },
      { id: 2, image_id: 1, category_id: 2, area: 2, bbox: [2, 0, 1, 2] },
      { id: 3, image_id: 2, category_id: 1, area: 6, bbox: [0, 0, 2, 3] },
    ]);
    // Down the columns, first what is outside.
    expect(annotations.map(({ segmentation }) => segmentation)).toEqual([
      { counts: [0, 1, 3, 1, 6, 1], size: [3, 4] },
      { counts: [6, 2, 4], size: [3, 4] },
      { counts: [0, 6], size: [3, 2] },
    ]);
  });

  const noOpenCv = missingPython('cv2');
  it.skipIf(noOpenCv)(
    `has the masks and the pictures when others decode it ${noOpenCv ?? ''}`,
    async () => {
      await written();
      const read = python<{ masks: number[][][]; pictures: number[][][][] }>(DECODE, folder);
      expect(read.masks).toEqual([
        [
          [1, 0, 2, 0],
          [0, 1, 2, 0],
          [0, 0, 0, 1],
        ],
        [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
        [[0, 0]],
      ]);
      const value = (frame: number, x: number, y: number): number[] =>
        [0, 1, 2].map((channel) => frame * 50 + x * 7 + y * 3 + channel);
      expect(read.pictures[1]).toEqual([0, 1, 2].map((y) => [0, 1].map((x) => value(2, x, y))));
      expect(read.pictures[2]).toEqual([[0, 1].map((x) => value(3, x, 0))]);
    },
  );
});

describe('run lengths by columns', () => {
  it('give back every mask', () => {
    const masks = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([columns, rows]) =>
        fc.record({
          size: fc.constant([columns, rows] as const),
          mask: fc.uint8Array({
            minLength: columns * rows,
            maxLength: columns * rows,
            max: 2,
          }),
        }),
      );
    fc.assert(
      fc.property(masks, ({ size: [columns, rows], mask }) => {
        const { counts, area, box } = columnRuns(mask, [columns, rows], 1);
        const down = counts.flatMap((count, n) => new Array<number>(count).fill(n % 2));
        const inside = [...mask.keys()].filter((n) => mask[n] === 1);
        expect(down).toHaveLength(columns * rows);
        for (let n = 0; n < mask.length; n++)
          expect(down[Math.floor(n / columns) + rows * (n % columns)]).toBe(Number(mask[n] === 1));
        expect(area).toBe(inside.length);
        if (area === 0) return;
        const xs = inside.map((n) => n % columns);
        const ys = inside.map((n) => Math.floor(n / columns));
        expect(box).toEqual([
          Math.min(...xs),
          Math.min(...ys),
          Math.max(...xs) - Math.min(...xs) + 1,
          Math.max(...ys) - Math.min(...ys) + 1,
        ]);
        // No run but the first is empty.
        expect(counts.slice(1)).not.toContain(0);
      }),
    );
  });
});

/** As pycocotools has it: annToMask of uncompressed run lengths, Fortran order. */
const DECODE = `
import sys, json, cv2, numpy as np
d = json.load(open(sys.argv[1] + '/annotations/instances.json'))
masks, pictures = [], []
for image in d['images']:
    picture = cv2.imread(sys.argv[1] + '/images/' + image['file_name'], cv2.IMREAD_UNCHANGED)
    assert picture.shape == (image['height'], image['width'], 3) and picture.dtype == np.uint8
    pictures.append(picture[..., ::-1].tolist())
    mask = np.zeros((image['height'], image['width']), np.uint8)
    for a in d['annotations']:
        if a['image_id'] != image['id']: continue
        s = a['segmentation']
        assert s['size'] == [image['height'], image['width']]
        ends = np.cumsum(s['counts'])
        flat = np.zeros(image['height'] * image['width'], bool)
        for start, end in zip(ends[:-1][0::2], ends[1::2]): flat[start:end] = True
        one = flat.reshape(s['size'], order='F')
        ys, xs = np.nonzero(one)
        assert a['area'] == one.sum()
        assert a['bbox'] == [xs.min(), ys.min(), xs.max() - xs.min() + 1, ys.max() - ys.min() + 1]
        assert not mask[one].any()
        mask[one] = a['category_id']
    masks.append(mask.tolist())
print(json.dumps({'masks': masks, 'pictures': pictures}))
`;
