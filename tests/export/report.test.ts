import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { AnnotationResult, WholeSuggestion } from '../../src/main/export/index.ts';
import { labelStatistics } from '../../src/main/export/statistics-csv.ts';
import { reportFile } from '../../src/main/export/report/index.ts';
import { drawPictures } from '../../src/main/export/report/pictures.ts';
import { exampleAnnotation } from './annotation-example.ts';
import { pictureSet } from './picture-set.ts';

const EVIL = `</bdi><script>alert("1")</script><img src="http://x/y.png" onerror='a'>&amp;`;
const SUGGESTION: WholeSuggestion = {
  probability: () => Promise.reject(new Error('not asked for')),
  uncertainty: () => Promise.reject(new Error('not asked for')),
  slices: [0.1, 0.2, 0.05, 0.4, 0.3, 0, 0, 0].map((meanUncertainty) => ({
    meanUncertainty,
    samples: 9,
  })),
  model: {
    name: EVIL,
    sha256: 'c'.repeat(64),
    precision: 'fp32',
    family: 'fa'.repeat(32),
    adapterVersion: '0123456789ab',
    temperature: 1.5,
  },
  window: { centre: 40, width: 400 },
  sampling: {
    requested: 30,
    seed: 7,
    planes: ['acquired'],
    islands: null,
    tolerance: 0.01,
    device: 'cpu',
  },
  propagation: { slices: [{ index: 2, sha256: 'd'.repeat(64) }] },
};

const LABELS = [
  {
    name: EVIL,
    prompt: EVIL,
    colour: '#ff0000',
    value: 1,
    term: { scheme: 'SCT', value: '1', meaning: EVIL },
  },
];
const example = (changes: Partial<AnnotationResult> = {}): AnnotationResult =>
  exampleAnnotation({ labels: LABELS, ...changes });

async function page(result: AnnotationResult): Promise<string> {
  const statistics = await labelStatistics(result.labels, result.labelMap, result.image.raster);
  const file = await reportFile('report.html', result, statistics, 'the record');
  const parts: Uint8Array[] = [];
  for await (const part of file.content()) parts.push(part);
  const bytes = Buffer.concat(parts);
  expect(bytes.length).toBe(file.atMost);
  return bytes.toString('utf8');
}

const text = (markup: string): string =>
  markup.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('a report', () => {
  it('has nothing that runs or comes from elsewhere, whatever texts hold', async () => {
    const patient = { name: EVIL, id: EVIL, studyDate: EVIL, study: EVIL, series: EVIL };
    const markup = await page(
      example({
        suggestion: SUGGESTION,
        resampled: EVIL,
        series: { modality: EVIL, bodyPart: EVIL, patient },
      }),
    );
    expect(markup).not.toMatch(
      /<script|<img src="http|<[^>]+\son\w+=|<link|<iframe|url\(|@import/i,
    );
    const sources = [...markup.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source!);
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(source).toMatch(/^data:image\/png;base64,/);
    expect(markup.match(/&lt;script&gt;alert\(&quot;1&quot;\)/g)!.length).toBeGreaterThan(8);
    // What is a reference already stays the text that it was.
    expect(markup).toContain('&amp;amp;');
    expect(markup).toContain(`default-src 'none'; img-src data:`);
  });

  it('has sizes, counts of decisions and settings as they are', async () => {
    const said = text(await page(example({ suggestion: SUGGESTION })));
    // 2 slices of 12 voxels of 5 mm³.
    expect(said).toMatch(/0\.12 24 2/);
    for (const part of [
      '1 accepted',
      '1 corrected',
      '1 rejected',
      '5 not decided',
      'Nobody has decided on 5 of 8 slices',
      '0.400 in slice 4',
      'Slices 8 ',
      '20 × 10 × 8, 1 × 1 × 5 mm',
      'Samples a slice 9',
      '0123456789ab',
      'Temperature 1.5',
      '1 decided slice ',
      'For research use only',
    ])
      expect(said).toContain(part);
    expect(said).toContain('c'.repeat(64));
    // printf 'the record' | sha256sum
    expect(said).toContain('92076f09ce7c22e23a07427d7eece0ca339eb7a9a3a1354861728c107c13b5c3');
  });

  it('names the patient only where that is wanted', async () => {
    const patient = {
      name: 'Doe^Jane',
      id: 'P-17',
      studyDate: '20260304',
      study: 'Abdomen',
      series: 'Portal venous',
    };
    const named = text(await page(example({ series: { modality: 'CT', bodyPart: '', patient } })));
    for (const part of [
      'Doe^Jane',
      'P-17',
      '2026-03-04 · Abdomen',
      'Portal venous',
      'Series UID 2.25.2',
    ])
      expect(named).toContain(part);
    const anonymous = text(await page(example()));
    expect(anonymous).toContain('Patient left out');
    expect(anonymous).toContain('Series UID (replaced)');
  });

  it('draws the doubt of a slice as high as it is', async () => {
    const [, strip] = /<svg[^>]*class="doubt"([\s\S]*?)<\/svg>/.exec(
      await page(example({ suggestion: SUGGESTION })),
    )!;
    const heights = [...strip!.matchAll(/height="([\d.]+)"/g)].map(([, h]) => Number(h));
    expect(heights).toEqual([25, 50, 12.5, 100, 75, 0, 0, 0]);
    const tops = [...strip!.matchAll(/ y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(tops).toEqual(heights.map((h) => 100 - h));
  });

  it('says so where there is no doubt to show', async () => {
    const markup = await page(example());
    expect(markup).not.toContain('class="doubt"');
    expect(text(markup)).toContain('No model was asked about every slice');
  });

  it('shows the slices in doubt, else those with a label, with outlines where the label is', async () => {
    const doubtful = await drawPictures(example({ suggestion: SUGGESTION }));
    expect(doubtful.map(({ slice }) => slice)).toEqual([1, 2, 3, 4]);
    const pictures = await drawPictures(example());
    expect(pictures.map(({ slice }) => slice)).toEqual([2, 3]);
    const { width, height, data } = PNG.sync.read(Buffer.from(pictures[0]!.png));
    expect([width, height]).toEqual([360, 180]);
    const red: [number, number][] = [];
    for (let at = 0; at < width * height; at++) {
      if (data[4 * at] === 255 && data[4 * at + 1] === 0)
        red.push([at % width, Math.floor(at / width)]);
    }
    const range = (axis: 0 | 1) => [
      Math.min(...red.map((p) => p[axis])),
      Math.max(...red.map((p) => p[axis])),
    ];
    // 18 pixels a voxel: columns 5 to 8, rows 3 to 5.
    expect([range(0), range(1)]).toEqual([
      [90, 161],
      [54, 107],
    ]);
  });
});

describe('a report of pictures', () => {
  const pictures = pictureSet(
    [
      { key: 'wide.png', rows: ['11  '] },
      { key: 'tall.png', rows: ['1', ' ', ' ', ' '] },
    ],
    { channels: 3, value: ({ channel }) => [200, 100, 50][channel]! },
  );

  it('speaks of pictures, and names them where it may name a patient', async () => {
    const left = text(await page(pictures));
    expect(left).toContain('Labels of pictures');
    expect(left).toContain('Pictures 2 ');
    expect(left).toContain('Pixels up to 4 × 4, of unknown size');
    expect(left).toContain('Pictures: 2 accepted or corrected by people.');
    expect(left).toContain('Picture 2 of 2 · accepted');
    expect(left).not.toContain('tall');
    const patient = { name: '', id: '', studyDate: '', study: '', series: 'set' };
    const named = text(
      await page({ ...pictures, series: { modality: '', bodyPart: '', patient } }),
    );
    expect(named).toContain('Picture 2 of 2 · tall · accepted');
  });

  it('shows each in its own shape, in its colours', async () => {
    const [wide, tall] = await drawPictures(pictures);
    expect(wide!.width).toBe(4 * wide!.height);
    expect(tall!.height).toBe(4 * tall!.width);
    const { data, width, height } = PNG.sync.read(Buffer.from(tall!.png));
    // The last pixel of the picture, where no label is.
    expect([...data.subarray(4 * (width * height - 1)).subarray(0, 3)]).toEqual([200, 100, 50]);
  });
});
