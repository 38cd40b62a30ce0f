import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openBundle, type Bundle } from '../../src/main/engine/bundle/bundle.ts';
import { pictureOf } from '../../src/main/engine/preprocess.ts';
import { openPublishedDataset, readPublishedPicture } from '../../src/main/images/index.ts';
import type { Predict } from '../../src/main/services/engine/index.ts';
import {
  evaluatePictures,
  type EvaluatePicturesOptions,
} from '../../src/main/services/evaluate/evaluate-pictures.ts';
import { pictureSlices } from '../../src/main/services/learn/picture-slices.ts';
import { keyedState } from '../../src/shared/random.ts';
import { uniform } from '../../src/shared/random-draws.ts';
import { entropy } from '../../src/shared/uncertainty.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { missingPython, python } from '../export/tools.ts';
import { sharedPath } from '../support/shared-data.ts';
import { temporaryFolder, written } from './files.ts';
import { missingOpenCv } from './opencv.ts';
import { xlsx } from './xlsx.ts';

const folder = temporaryFolder();
const HEAD = ['Image', 'Description', 'Ground Truth'];
const PROMPTS = ['left kidney', 'right kidney', 'kidney'];
let count = 0;

const bundle = await openBundle(writeTinyBundle(join(folder, 'bundle')));
/** With a model of a size at which resizing matters. */
const ofSize = (image: number): Bundle => ({
  ...bundle,
  architecture: { ...bundle.architecture, image },
});

/** Sums of a few drawn waves, 0 … 255: blobs that a threshold cuts out. */
function waves(columns: number, rows: number, channels: 1 | 3, seed: string): Uint8Array {
  const state = keyedState(seed, 0);
  const draw = () => Array.from({ length: 3 }, () => uniform(state, -9, 9));
  const parts = Array.from({ length: channels }, () => [draw(), draw()] as const);
  return Uint8Array.from({ length: columns * rows * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const [x, y] = [(pixel % columns) / columns, Math.floor(pixel / columns) / rows];
    const [a, b] = parts[i % channels]!;
    const sum = a.reduce((all, u, n) => all + Math.sin(u * x + b[n]! * y + n), 0);
    return Math.max(0, Math.min(255, Math.round(128 + 60 * sum)));
  });
}

const encoded = (
  values: Uint8Array,
  columns: number,
  rows: number,
  channels: 1 | 3,
  format: 'png' | 'jpeg',
): Promise<Buffer> =>
  sharp(values, { raw: { width: columns, height: rows, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .toFormat(format)
    .toBuffer();

/** Pictures and masks of several sizes and kinds; one mask is empty, one picture is all black. */
async function dataset(): Promise<string> {
  const kinds = [
    [31, 17, 3, 'png'],
    [40, 64, 3, 'jpeg'],
    [90, 25, 1, 'png'],
    [33, 33, 1, 'jpeg'],
    [16, 16, 1, 'png'],
    [20, 24, 1, 'png'],
  ] as const;
  const files: Record<string, Uint8Array> = {};
  const rows = [HEAD];
  for (const [n, [columns, lines, channels, format]] of kinds.entries()) {
    const name = `p${n}.${format === 'png' ? 'png' : 'jpg'}`;
    const black = new Uint8Array(columns * lines);
    const picture = n === 4 || n === 5 ? black : waves(columns, lines, channels, name);
    const mask = n === 3 || n === 4 ? black : waves(columns, lines, 1, `mask of ${name}`);
    files[`Val_Folder/img/${name}`] = await encoded(picture, columns, lines, channels, format);
    files[`Val_Folder/label/${name}`] = await encoded(mask, columns, lines, 1, format);
    rows.push([name, PROMPTS[n % 3]!, name]);
  }
  files['Prompts_Folder/Val_text.xlsx'] = xlsx(rows);
  return written(join(folder, `set ${count++}`), files);
}

/** A model that takes how bright green is for the probability. */
const byGreen =
  (asked: string[] = []): Predict =>
  ({ slice, prompts }) => {
    asked.push(...prompts);
    const { channels, values, rows, columns } = pictureOf(slice);
    const probability = Float32Array.from({ length: rows * columns }, (_, i) => {
      return values[i * channels + (channels === 3 ? 1 : 0)]! / 255;
    });
    const total = probability.map(entropy);
    const maps = { probability, total, aleatoric: total, epistemic: total };
    return Promise.resolve({ maps: [maps], samplesUsed: 0, final: true });
  };

const evaluated = (
  root: string,
  change: Partial<EvaluatePicturesOptions> = {},
  asked: string[] = [],
) =>
  evaluatePictures(byGreen(asked), {
    dataset: root,
    split: 'Val',
    bundle: ofSize(24),
    samples: 0,
    seed: 0,
    ...change,
  });

/**
 * What the published code does with such a model: cv2.imread, cv2.resize, p > 0.5, written as 255; the mask and the
 * truth read, resized and cut as its evaluation does. Its surface distances are those of a body one voxel thick:
 * here by the areas of marching cubes between four voxels of one layer, and scipy's distance transform.
 */
const PUBLISHED = `
import cv2, json, sys, numpy as np
from scipy import ndimage, stats
root, size, names = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
triangle = 3 ** 0.5 / 8
def surface(mask):
    p = np.pad(mask.astype(int), 1)
    a, b, c, d = p[:-1, :-1], p[:-1, 1:], p[1:, :-1], p[1:, 1:]
    n = a + b + c + d
    diagonal = (n == 2) & (a == d)
    area = np.select([n == 1, diagonal, n == 2, n == 3, n == 4], [triangle, 2 * triangle, 0.5 ** 0.5, 3 * triangle + 0.5, 1], 0.0)
    return area, n > 0
def near(one, other):
    (area, at), (_, there) = one, other
    if not there.any(): return 0.0
    return area[at & (ndimage.distance_transform_edt(~there) <= 2)].sum()
def scores(name):
    picture = cv2.resize(cv2.imread(root + '/img/' + name), (size, size))
    p = picture[..., 1] / 255
    truth = cv2.imread(root + '/label/' + name, cv2.IMREAD_GRAYSCALE)
    to = lambda m: cv2.resize(m, (truth.shape[1], truth.shape[0]), interpolation=cv2.INTER_NEAREST)
    t = cv2.threshold(truth, 127, 255, cv2.THRESH_BINARY)[1] > 0
    s = cv2.threshold(to(np.uint8(p > 0.5) * 255), 127, 255, cv2.THRESH_BINARY)[1] > 0
    q = to(p.astype(np.float32)).astype(float)
    e = np.nan_to_num(-(q * np.log(q + 1e-8) + (1 - q) * np.log(1 - q + 1e-8)))
    bins = np.minimum(14, np.floor(q * 15)).astype(int)
    ece = sum(abs(t[bins == k].mean() - q[bins == k].mean()) * (bins == k).mean() for k in range(15) if (bins == k).any())
    wrong = (s != t).astype(float)
    r = None if np.ptp(wrong) == 0 or np.ptp(e) == 0 else stats.pearsonr(e.ravel(), wrong.ravel())[0]
    if not t.any() and not s.any(): dsc = nsd = 1.0
    elif not t.any(): dsc = nsd = 0.0
    else:
        dsc = 2 * (s & t).sum() / (s.sum() + t.sum())
        a, b = surface(t), surface(s)
        nsd = (near(a, b) + near(b, a)) / (a[0].sum() + b[0].sum())
    return [float(dsc), float(nsd), float(ece), float(e.mean()), r]
print(json.dumps([scores(n) for n in names]))
`;

describe('pictures in the published layout', () => {
  const missing = missingOpenCv ?? missingPython('scipy');
  it.skipIf(missing !== undefined)(
    'are measured as the published code does, by OpenCV and scipy',
    async () => {
      const root = await dataset();
      const { pictures } = await evaluated(root);
      const names = pictures.map(({ picture }) => picture);
      const expected = python<(number | null)[][]>(
        PUBLISHED,
        join(root, 'Val_Folder'),
        '24',
        JSON.stringify(names),
      );
      expect(names).toEqual(['p0.png', 'p1.jpg', 'p2.png', 'p3.jpg', 'p4.png', 'p5.png']);
      pictures.forEach((one, n) => {
        const [dice, nsd, error, doubt, correlation] = expected[n]!;
        expect(one.dice).toBeCloseTo(dice!, 12);
        expect(one.nsd).toBeCloseTo(nsd!, 9);
        expect(one.calibrationError).toBeCloseTo(error!, 6);
        expect(one.doubt).toBeCloseTo(doubt!, 5);
        if (correlation === null) expect(one.doubtErrorCorrelation).toBeNull();
        else expect(one.doubtErrorCorrelation).toBeCloseTo(correlation!, 4);
      });
      // Neither trivially right nor trivially wrong.
      for (const n of [0, 1, 2])
        expect(pictures[n]!.nsd * (1 - pictures[n]!.nsd)).toBeGreaterThan(0);
    },
  );

  it('count 1 where both masks are empty, 0 where one is; means are over all', async () => {
    const { pictures, mean } = await evaluated(await dataset());
    const [, , , onlyTruthEmpty, bothEmpty, onlyMaskEmpty] = pictures.map(({ dice, nsd }) => [
      dice,
      nsd,
    ]);
    expect([onlyTruthEmpty, bothEmpty, onlyMaskEmpty]).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
    const average = (key: 'dice' | 'nsd' | 'calibrationError'): number =>
      pictures.reduce((sum, one) => sum + one[key], 0) / pictures.length;
    expect(mean.dice).toBeCloseTo(average('dice'), 12);
    expect(mean.nsd).toBeCloseTo(average('nsd'), 12);
    expect(mean.calibrationError).toBeCloseTo(average('calibrationError'), 12);
  });

  it('are asked for by their table, or by one prompt for all', async () => {
    const root = await dataset();
    const asked: string[] = [];
    await evaluated(root, { limit: 3 }, asked);
    expect(asked.sort()).toEqual([...PROMPTS].sort());
    const same: string[] = [];
    await evaluated(root, { limit: 2, prompt: 'kidney' }, same);
    expect(same).toEqual(['kidney', 'kidney']);
  });

  it('are refused before any work where a prompt is missing or cannot be read', async () => {
    const root = await dataset();
    const refusal = (prompts: readonly string[]) => {
      const table = xlsx([
        HEAD,
        ...prompts.map((text, n) => [`p${n}.${n === 1 ? 'jpg' : 'png'}`, text, 'p0.png']),
      ]);
      return evaluated(written(root, { 'Prompts_Folder/Val_text.xlsx': table }));
    };
    await expect(refusal(['kidney', ''])).rejects.toMatchObject({
      code: 'no-prompts',
      message: 'Nothing says what to look for in p1.jpg: its Description is empty.',
    });
    await expect(refusal(['kidney', 'left right left right left right'])).rejects.toMatchObject({
      code: 'prompt-too-long',
      message: expect.stringMatching(
        /^1 of 2 prompts .* the first is that of p1\.jpg: “left right/,
      ) as string,
    });
  });

  it('are read as they are: colour red first, grey in one channel', async () => {
    const root = await dataset();
    const set = await openPublishedDataset(root);
    const read = (name: string) => readPublishedPicture(set, join(root, 'Val_Folder/img', name));
    expect(await read('p0.png')).toEqual({
      columns: 31,
      rows: 17,
      channels: 3,
      values: waves(31, 17, 3, 'p0.png'),
    });
    expect(await read('p2.png')).toMatchObject({ channels: 1, columns: 90, rows: 25 });
  });
});

describe('pictures to learn from', () => {
  const square = (value: number) => encoded(new Uint8Array(64).fill(value), 8, 8, 1, 'png');
  /** The left half is inside, or the right one. */
  const half = (side: 0 | 1) =>
    encoded(
      Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 === (side === 0) ? 255 : 0)),
      8,
      8,
      1,
      'png',
    );

  async function trainingSet(): Promise<string> {
    return written(join(folder, `set ${count++}`), {
      'Train_Folder/img/a.png': await square(10),
      'Train_Folder/img/b.png': await square(20),
      'Train_Folder/label/left.png': await half(0),
      'Train_Folder/label/right.png': await half(1),
      'Val_Folder/img/c.png': await square(30),
      'Val_Folder/label/c.png': await half(0),
      'Prompts_Folder/Val_text.xlsx': xlsx([HEAD, ['c.png', 'kidney', 'c.png']]),
      'Prompts_Folder/Train_text.xlsx': xlsx([
        HEAD,
        ['a.png', 'left kidney', 'left.png'],
        ['b.png', 'kidney', 'left.png'],
        ['a.png', 'right kidney', 'right.png'],
        ['b.png', 'kidney', 'right.png'],
      ]),
      'Prompts_Folder/Train_text_10.xlsx': xlsx([HEAD, ['b.png', 'kidney', 'right.png']]),
    });
  }

  it('are those for training alone; one with several rows is one slice', async () => {
    const slices = await pictureSlices({ dataset: await trainingSet(), split: 'Train' }, ofSize(4));
    const left = [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0];
    expect(
      slices.map(({ name, targets }) => [
        name,
        targets.map(({ prompt, mask }) => [prompt, [...mask]]),
      ]),
    ).toEqual([
      [
        'Train/a.png',
        [
          ['left kidney', left],
          ['right kidney', left.map((v) => 1 - v)],
        ],
      ],
      ['Train/b.png', [['kidney', Array(16).fill(1)]]],
    ]);
    expect(slices[0]!.slice).toMatchObject({ channels: 1, rows: 4, columns: 4 });
    expect([...pictureOf(slices[1]!.slice).values]).toEqual(Array(16).fill(20));
  });

  it('are those of a table, asked for as one says', async () => {
    const dataset = await trainingSet();
    const some = await pictureSlices({ dataset, split: 'Train', prompts: '10' }, ofSize(4));
    expect(some.map(({ name }) => name)).toEqual(['Train/b.png']);
    const all = await pictureSlices({ dataset, split: 'Train', prompt: 'kidney' }, ofSize(4));
    expect(all.map(({ targets }) => targets.map(({ prompt }) => prompt))).toEqual([
      ['kidney'],
      ['kidney'],
    ]);
  });
});

describe('nearest neighbour and surface Dice of BUSI', () => {
  const busi = sharedPath('data', 'pictures', 'BUSI');
  const missing =
    missingOpenCv ?? missingPython('scipy') ?? (busi ? undefined : 'needs ../shared/data/pictures');
  it.skipIf(missing !== undefined)('are those of OpenCV and scipy', async () => {
    const { pictures } = await evaluated(busi!, {
      bundle: ofSize(224),
      prompt: 'kidney',
      limit: 12,
    });
    const names = JSON.stringify(pictures.map(({ picture }) => picture));
    const expected = python<number[][]>(PUBLISHED, join(busi!, 'Val_Folder'), '224', names);
    pictures.forEach(({ dice, nsd }, n) => {
      expect(dice).toBeCloseTo(expected[n]![0]!, 12);
      expect(nsd).toBeCloseTo(expected[n]![1]!, 9);
    });
  });
});
