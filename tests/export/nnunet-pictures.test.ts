import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nnunetProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import type { AnnotationResult } from '../../src/main/export/index.ts';
import { prepareNnunetCase } from '../../src/main/export/nnunet/index.ts';
import type { NnunetCase } from '../../src/main/export/nnunet/training.ts';
import { exampleAnnotation } from './annotation-example.ts';
import { pictureSet } from './picture-set.ts';
import { missingPython, python } from './tools.ts';

let folder: string;
let dataset: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-nnunet-'));
  dataset = join(folder, 'Dataset501_Polyps');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(result: AnnotationResult, changes: Partial<NnunetCase> = {}) {
  const prepared = await prepareNnunetCase(dataset, {
    result,
    workspace: 'w',
    channel: 'rgb_to_0_1',
    undecided: 'ignore',
    acceptedUnseen: 'ignore',
    ...changes,
  });
  await prepared.write({});
  return prepared;
}

const json = (): unknown => JSON.parse(readFileSync(join(dataset, 'dataset.json'), 'utf8'));
const CASE = 'case_bbbbbbbbbbbb';
const named = (digest: string) => ({ digests: { study: '', stack: digest.repeat(64) } });

const colour = pictureSet(
  [
    { key: 'a.jpg', rows: ['1 2 ', '2   '] },
    { key: 'b.jpg', rows: ['1'], state: 'unseen' },
    { key: 'c.jpg', rows: ['  '], state: 'corrected' },
    { key: 'd.jpg', rows: ['11'], state: 'accepted-unseen' },
  ],
  { channels: 3, labels: ['polyp', 'tool'] },
);

describe('pictures as cases of nnU-Net', () => {
  it('are those that were decided on knowing of every label, each of its own size', async () => {
    const prepared = await write(colour);
    expect(prepared).toMatchObject({
      name: CASE,
      pictures: 2,
      undecided: [1],
      ignored: true,
      unseenIgnored: [3],
    });
    expect(prepared.files).toEqual([
      `provenance/${CASE}.json`,
      `labelsTr/${CASE}_0001.png`,
      `labelsTr/${CASE}_0003.png`,
      `imagesTr/${CASE}_0001_0000.png`,
      `imagesTr/${CASE}_0003_0000.png`,
      'dataset.json',
    ]);
    expect(json()).toMatchObject({
      channel_names: { 0: 'rgb_to_0_1', 1: 'rgb_to_0_1', 2: 'rgb_to_0_1' },
      labels: { background: 0, polyp: 1, tool: 2 },
      numTraining: 2,
      file_ending: '.png',
    });
    const record = nnunetProvenanceSchema.parse(
      JSON.parse(readFileSync(join(dataset, 'provenance', `${CASE}.json`), 'utf8')),
    );
    expect(record.nnunet.cases).toEqual([
      { case: `${CASE}_0001`, slice: 0 },
      { case: `${CASE}_0003`, slice: 2 },
    ]);
  });

  it('are all of which something is said, where undecided ones are taught as they are', async () => {
    const untouched = { key: 'e.jpg', rows: [' '], state: 'unseen' } as const;
    const painted = { key: 'f.jpg', rows: ['1'], state: 'unseen' } as const;
    const set = pictureSet([untouched, painted], { channels: 3 });
    expect(await write(set, { undecided: 'as-is' })).toMatchObject({
      pictures: 1,
      undecided: [1],
      ignored: false,
      unseenIgnored: [],
    });
  });

  it('go into a dataset of such pictures, with its values, and are replaced', async () => {
    await write(colour);
    const other = pictureSet(
      [{ key: 'x.png', rows: ['12'] }],
      { channels: 3, labels: ['tool', 'polyp'] },
      named('c'),
    );
    await write(other);
    await write(colour);
    expect(json()).toMatchObject({ numTraining: 3, labels: { polyp: 1, tool: 2 } });
    expect(readdirSync(join(dataset, 'labelsTr'))).toHaveLength(3);
  });

  it('do not go into one of volumes or of grey pictures, nor volumes into one of pictures', async () => {
    await write(colour);
    await expect(
      write(
        pictureSet([{ key: 'x.png', rows: ['12'] }], { labels: ['polyp', 'tool'] }, named('c')),
      ),
    ).rejects.toMatchObject({
      code: 'dataset-differs',
      message: expect.stringMatching(/channels .*this series is “rgb_to_0_1”\.$/) as string,
    });
    await expect(write(exampleAnnotation(named('d')), { channel: 'CT' })).rejects.toMatchObject({
      code: 'dataset-differs',
      message: expect.stringContaining(
        'files end in .png, those of this export in .nii.gz',
      ) as string,
    });
    rmSync(dataset, { recursive: true });
    await write(exampleAnnotation(named('d')), { channel: 'CT' });
    await expect(write(colour)).rejects.toMatchObject({ code: 'dataset-differs' });
  });

  it('that are no longer decided are not left behind to be taught', async () => {
    await write(colour);
    const { complete } = colour;
    await expect(write({ ...colour, complete: complete.with(2, false) })).rejects.toMatchObject({
      code: 'case-undecided',
      message: expect.stringContaining(`imagesTr/${CASE}_0003_0000.png`) as string,
    });
    await expect(write(colour, { workspace: 'another' })).rejects.toMatchObject({
      code: 'case-exists',
    });
  });

  it('are refused where nothing is decided, or values are none of a PNG', async () => {
    const none = { ...colour, complete: colour.complete.map(() => false) };
    await expect(write(none)).rejects.toMatchObject({ code: 'nothing-decided' });
    const below = pictureSet([{ key: 'a', rows: ['1 '] }], {
      array: Int16Array,
      value: ({ x }) => 5 - 10 * x,
    });
    await expect(write(below)).rejects.toMatchObject({
      code: 'not-representable',
      message: expect.stringContaining('slice 1 has the value -5') as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  const noOpenCv = missingPython('cv2');
  it.skipIf(noOpenCv)(
    `are what a reader of PNG has, in 8 and 16 bits ${noOpenCv ?? ''}`,
    async () => {
      await write(colour);
      const value = (x: number, y: number): number[] => [0, 1, 2].map((c) => x * 7 + y * 3 + c);
      expect(python(READ, dataset)).toEqual({
        [`${CASE}_0001`]: {
          type: 'uint8',
          image: [0, 1].map((y) => [0, 1, 2, 3].map((x) => value(x, y))),
          labels: [
            [1, 0, 2, 0],
            [2, 0, 0, 0],
          ],
        },
        [`${CASE}_0003`]: {
          type: 'uint8',
          image: [[0, 1].map((x) => value(x, 0).map((v) => v + 100))],
          labels: [[0, 0]],
        },
      });
      rmSync(dataset, { recursive: true });
      const deep = pictureSet(
        [
          { key: 'a', rows: ['1 '] },
          { key: 'b', rows: ['1', '1'] },
        ],
        { array: Int16Array, value: ({ frame, x, y }) => frame * 20000 + x * 300 + y * 4000 },
      );
      await write(deep, { channel: 'US' });
      expect(python(READ, dataset)).toEqual({
        [`${CASE}_0001`]: { type: 'uint16', image: [[0, 300]], labels: [[1, 0]] },
        [`${CASE}_0002`]: { type: 'uint16', image: [[20000], [24000]], labels: [[1], [1]] },
      });
    },
  );
});

/** Cases as nnU-Net v2 finds and checks them: one file a case, channels behind its name, labels of its size. */
const READ = `
import sys, json, os, cv2, numpy as np
at = sys.argv[1]
d = json.load(open(at + '/dataset.json'))
end = d['file_ending']
values = sorted(d['labels'].values())
assert values == list(range(len(values)))
images = [f for f in os.listdir(at + '/imagesTr') if f.endswith(end)]
names = sorted({f[:-len(end) - 5] for f in images})
assert len(names) == d['numTraining'] == len(os.listdir(at + '/labelsTr'))
read = {}
for name in names:
    files = [f for f in images if f.startswith(name + '_')]
    assert files == [name + '_0000' + end]
    image = cv2.imread(at + '/imagesTr/' + files[0], cv2.IMREAD_UNCHANGED)
    labels = cv2.imread(at + '/labelsTr/' + name + end, cv2.IMREAD_UNCHANGED)
    assert labels.ndim == 2 and labels.dtype == np.uint8 and labels.shape == image.shape[:2]
    assert (3 if image.ndim == 3 else 1) == len(d['channel_names'])
    assert set(np.unique(labels)) <= set(values)
    read[name] = {'type': str(image.dtype), 'image': (image[..., ::-1] if image.ndim == 3 else image).tolist(), 'labels': labels.tolist()}
print(json.dumps(read))
`;
