import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAnnotation } from '../../src/main/export/index.ts';
import { exampleAnnotation } from './annotation-example.ts';
import { pictureSet } from './picture-set.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-csv-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tableIn = (name: string): string[] =>
  readFileSync(join(folder, name), 'utf8').trim().split('\r\n');

describe('the table of pictures', () => {
  it('has pixels and area of every label in every picture, and what is known of it', async () => {
    const set = pictureSet(
      [
        { key: 'a.png', rows: ['11 ', '1  '], mm: [0.5, 0.2] },
        { key: 'b, "c".png', rows: [' 2'], state: 'unseen' },
        { key: 'd.png', rows: ['  '], state: 'accepted-unseen' },
        { key: 'e.png', rows: ['2 '], state: 'unseen' },
      ],
      { labels: ['one', 'two'] },
    );
    const covered = [[1], [], [1, 2], []];
    const contents = {
      ...set.contents,
      paintedUndecided: [1],
      suggested: [{ slice: 3, labels: [2] }],
    };
    expect(await writeAnnotation(folder, { ...set, covered, contents }, ['csv'])).toEqual([
      'statistics.csv',
      'pictures.csv',
      'provenance.json',
    ]);
    expect(tableIn('pictures.csv')).toEqual([
      'number,picture,state,value,label,decision,pixels,area_mm2,spacing_of',
      '1,a.png,accepted,1,one,decided,3,0.300,detector',
      '1,a.png,accepted,2,two,,0,0.000,detector',
      '2,"b, ""c"".png",unseen,1,one,,0,,',
      '2,"b, ""c"".png",unseen,2,two,painted_undecided,1,,',
      '3,d.png,accepted-unseen,1,one,accepted_unseen,0,,',
      '3,d.png,accepted-unseen,2,two,accepted_unseen,0,,',
      '4,e.png,unseen,1,one,,0,,',
      '4,e.png,unseen,2,two,suggested,1,,',
    ]);
    // Sizes differ: pixels alone can be added up.
    expect(tableIn('statistics.csv')[1]).toMatch(/^1,one,one in a picture,3,3,1,/);
  });

  it('numbers the frames of a clip, and is not written of volumes', async () => {
    const clip = pictureSet([{ key: 'f1', rows: ['1'] }], { kind: 'clip' });
    await writeAnnotation(folder, clip, ['csv']);
    expect(tableIn('pictures.csv')[1]).toBe('1,slice-0001,accepted,1,lesion,decided,1,,');
    expect(await writeAnnotation(folder, exampleAnnotation(), ['csv'])).toEqual([
      'statistics.csv',
      'provenance.json',
    ]);
  });
});
