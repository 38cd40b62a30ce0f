import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAnnotation, type AnnotationResult } from '../../src/main/export/index.ts';
import { openPublishedDataset, publishedCases, readMask } from '../../src/main/images/index.ts';
import { pictureSet } from './picture-set.ts';
import { missingPython, python } from './tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-published-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]): string => join(folder, 'Set', ...parts);
const write = (result: AnnotationResult): Promise<string[]> =>
  writeAnnotation(at(), result, ['published']);

/** Picture, prompt and mask (1 above 127) of each row, as our own reader has them. */
async function rowsOf(split: 'Train' | 'Val'): Promise<unknown[]> {
  const dataset = await openPublishedDataset(at());
  return Promise.all(
    (await publishedCases(dataset, split)).map(async ({ picture, mask, description }) => {
      const { columns, values } = await readMask(dataset, mask);
      const inside = [...values].map((value) => (value > 127 ? 1 : ' '));
      const rows = Array.from({ length: values.length / columns }, (_, y) =>
        inside.slice(y * columns, (y + 1) * columns).join(''),
      );
      return [picture, description, rows];
    }),
  );
}

const one = pictureSet([
  { key: 'b.png', rows: ['1 ', ' 1', '11'] },
  { key: 'a.jpg', rows: ['   '], state: 'corrected' },
  { key: 'untouched.png', rows: [' '], state: 'unseen' },
]);

describe('a data set in the published layout', () => {
  it('is read back: pictures, prompts and masks, also of what is empty', async () => {
    expect(await write(one)).toEqual([
      'Train_Folder/label/b.png',
      'Train_Folder/label/a.png',
      'Train_Folder/img/b.png',
      'Train_Folder/img/a.png',
      'Prompts_Folder/Train_text.xlsx',
      'provenance.json',
    ]);
    expect(await rowsOf('Train')).toEqual([
      ['b.png', 'lesion in a picture', ['1 ', ' 1', '11']],
      ['a.png', 'lesion in a picture', ['   ']],
    ]);
  });

  it('has pictures that learning holds back in its validation part', async () => {
    await write({ ...one, heldBack: [1] });
    expect((await rowsOf('Train')).map((row) => (row as string[])[0])).toEqual(['b.png']);
    expect((await rowsOf('Val')).map((row) => (row as string[])[0])).toEqual(['a.png']);
    expect(readdirSync(at('Prompts_Folder')).sort()).toEqual(['Train_text.xlsx', 'Val_text.xlsx']);
  });

  it('of several labels has a mask and a row for each that was decided on or is there', async () => {
    const set = pictureSet(
      [
        { key: 'a.png', rows: ['12'] },
        { key: 'b.png', rows: ['2 '] },
        { key: 'a_x.png', rows: ['  '] },
      ],
      { labels: ['x/y', 'Y <&> "Z"\n'] },
    );
    await write({ ...set, covered: [[1, 2], [], [2]] });
    expect(await rowsOf('Train')).toEqual([
      ['a.png', 'x/y in a picture', ['1 ']],
      ['a.png', 'Y <&> "Z"  in a picture', [' 1']],
      ['b.png', 'Y <&> "Z"  in a picture', ['1 ']],
      ['a_x.png', 'Y <&> "Z"  in a picture', ['  ']],
    ]);
    expect(readdirSync(at('Train_Folder', 'label')).sort()).toEqual([
      'a_Y _&_ _Z__.png',
      'a_x_Y _&_ _Z__.png',
      'a_x_y.png',
      'b_Y _&_ _Z__.png',
    ]);
  });

  it('is not mixed with one that is there', async () => {
    await write(one);
    await expect(write(one)).rejects.toMatchObject({ code: 'dataset-exists' });
  });

  const noOpenCv = missingPython('cv2');
  it.skipIf(noOpenCv)(
    `is what OpenCV and the standard library of Python read ${noOpenCv ?? ''}`,
    async () => {
      const deep = pictureSet(
        [{ key: 'deep.dcm', rows: ['1 ', '  '] }],
        { array: Int16Array, value: ({ x, y }) => -1000 + 1000 * x + 500 * y },
        { window: { centre: 0.5, width: 2001 } },
      );
      const inverted = { ...deep, image: { ...deep.image, inverted: true } };
      await write(inverted);
      expect(python(READ, at())).toEqual({
        head: ['Image', 'Description', 'Ground Truth'],
        rows: [['deep.png', 'lesion in a picture', 'deep.png']],
        // −1000 … 1000 is 0 … 255; the image shows small values bright.
        image: [
          [255, 127],
          [191, 64],
        ],
        mask: [
          [255, 0],
          [0, 0],
        ],
      });
    },
  );
});

const READ = `
import sys, json, zipfile, cv2
import xml.etree.ElementTree as ET
at = sys.argv[1]
book = zipfile.ZipFile(at + '/Prompts_Folder/Train_text.xlsx')
assert book.testzip() is None
n = {'m': 'http://schemas.openxmlformats.org/spreadsheetml/2006/main', 'r': 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'}
sheet = ET.fromstring(book.read('xl/workbook.xml')).find('.//m:sheet', n).get('{%s}id' % n['r'])
target = next(r.get('Target') for r in ET.fromstring(book.read('xl/_rels/workbook.xml.rels')) if r.get('Id') == sheet)
strings = [''.join(t.text or '' for t in s.iter('{%s}t' % n['m'])) for s in ET.fromstring(book.read('xl/sharedStrings.xml'))] if 'xl/sharedStrings.xml' in book.namelist() else []
def text(c):
    if c.get('t') == 's': return strings[int(c.find('m:v', n).text)]
    return ''.join(t.text or '' for t in c.iter('{%s}t' % n['m']))
rows = [[text(c) for c in row.findall('m:c', n)] for row in ET.fromstring(book.read('xl/' + target)).iter('{%s}row' % n['m'])]
image, mask = (cv2.imread(f'{at}/Train_Folder/{d}/{rows[1][i]}', cv2.IMREAD_UNCHANGED) for d, i in (('img', 0), ('label', 2)))
print(json.dumps({'head': rows[0], 'rows': rows[1:], 'image': image.tolist(), 'mask': mask.tolist()}))
`;
