import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { describeShared } from '../support/shared-data.ts';
import { colourPng, greyPng, written } from '../pictures/files.ts';
import { marginalia, startMarginalia } from './marginalia.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-series-'));
const series = join(folder, 'Serie ü 中');
const out = join(folder, 'out');
beforeAll(() => writePhantomSeries(series, { seed: 1, slices: 6, size: 32 }, {}));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a series on the command line', { timeout: 120_000 }, () => {
  it('is listed, as text and as JSON', async () => {
    const text = await marginalia(['series', series]);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toContain('32 × 32 × 6');
    const json = await marginalia(['series', series, '--json']);
    const { files, series: found } = JSON.parse(json.out) as { files: object[]; series: object[] };
    expect([files.length, found.length]).toEqual([6, 1]);
  });

  it('may be piped to a reader that stops early', async () => {
    const child = startMarginalia(['series', series]);
    child.stdout.destroy();
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, said]).toEqual([0, '']);
  });

  it('with a damaged file is segmented slice by slice: which one, what is missing, what to do', async () => {
    const [, , third] = readdirSync(series).sort();
    truncateSync(join(series, third!), 2000);
    const given = ['segment', series, '--out', out, '--label', 'a=b', '--samples', '0'];
    const outcome = await marginalia(given);
    expect(outcome.code).toBe(0);
    expect(outcome.err).toContain(
      `1 of 6 files cannot be loaded, the first is ${join(series, third!)}`,
    );
    expect(outcome.out).toMatch(/no regular grid \(1 slice is missing.*--resample brings/);
    expect(readdirSync(out).sort()).toEqual(['masks', 'provenance.json']);
    expect(readdirSync(join(out, 'masks'))).toHaveLength(5);
  });
});

describe('a folder of pictures on the command line', { timeout: 120_000 }, () => {
  const pictures = join(folder, 'pictures');
  beforeAll(() =>
    written(pictures, { 'a.png': greyPng(12, 10), 'b.png': colourPng(8, 14, [200, 90, 30]) }),
  );

  it('is listed as what it is, as text and as JSON', async () => {
    const { out: text } = await marginalia(['series', pictures]);
    expect(text).toContain('  set in colour, 2 of several sizes up to 12 × 14, sizes in pixels\n');
    expect(text).not.toContain('no regular');
    const { out: json } = await marginalia(['series', pictures, '--json']);
    const [{ stacks }] = (JSON.parse(json) as { series: [{ stacks: object[] }] }).series;
    expect(stacks).toMatchObject([
      {
        kind: 'set',
        channels: 3,
        columns: 12,
        rows: 14,
        slices: 2,
        sizes: [
          [12, 10],
          [8, 14],
        ],
        pixelSpacing: null,
        frameTimes: null,
      },
    ]);
  });

  it('is segmented in words for pictures', async () => {
    const masks = join(folder, 'picture masks');
    const given = ['segment', pictures, '--out', masks, '--label', 'a=b', '--samples', '0'];
    const { code, out: text } = await marginalia(given);
    expect(code).toBe(0);
    expect(text).toMatch(/^label +pixels +uncertainty\n/);
    expect(text).toMatch(/^Most uncertain pictures: [ab]\.png \(\d\.\d{3}\), [ab]\.png \(/m);
    expect(text).toContain('labels are a PNG for each picture, in masks/.');
    expect(readdirSync(join(masks, 'masks')).sort()).toEqual(['a.png', 'b.png']);
  });
});

describeShared(
  'phases at the same positions',
  ['data', 'hard-series', 'three-phases-by-time'],
  (path) => {
    it('are listed with what parted them, as text and as JSON', { timeout: 120_000 }, async () => {
      const expected = [0, 1, 2].map((k) => `acquired at 12:00:${k}0`);
      const text = await marginalia(['series', path]);
      expect([...text.out.matchAll(/\((acquired .*)\)$/gm)].map(([, said]) => said)).toEqual(
        expected,
      );
      const { out: json } = await marginalia(['series', path, '--json']);
      const [found] = (JSON.parse(json) as { series: { stacks: { distinction: string }[] }[] })
        .series;
      expect(found!.stacks.map(({ distinction }) => distinction)).toEqual(expected);
    });
  },
);
