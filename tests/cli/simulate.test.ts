import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { colourPng, greyPng, temporaryFolder, written } from '../pictures/files.ts';
import { xlsx } from '../pictures/xlsx.ts';
import { sharedPath } from '../support/shared-data.ts';
import { marginalia } from './marginalia.ts';

const folder = temporaryFolder();
const bundle = join(folder, 'bundle');
const NAMES = ['1.png', '2.png', '3.png', '4.png'];
const LABEL = ['--label', 'kidney=left kidney:1'];

beforeAll(() => {
  writeTinyBundle(bundle);
});

interface Result {
  readonly cases: readonly {
    readonly rounds: readonly {
      readonly slices: number;
      readonly annotated: readonly number[];
      readonly scores: readonly {
        readonly label: string;
        readonly byHand: number;
        readonly painted: number;
        readonly interpolatedDice: number | null;
      }[];
    }[];
  }[];
}

async function simulated(...options: string[]): Promise<Result> {
  const few = ['--budget', '3', '--rounds', '1,3', '--learn', 'off', '--samples', '0', '--json'];
  const { code, out, err } = await marginalia(['simulate', bundle, ...options, ...few]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Result;
}

/** Masks as `segment` writes them, of what it takes. */
async function segmented(path: string): Promise<string> {
  const out = `${path} segmented`;
  const call = ['segment', path, '--out', out, '--label', 'kidney=left kidney', '--samples', '0'];
  expect(await marginalia([...call, '--model', bundle])).toMatchObject({ code: 0 });
  return out;
}

describe('an annotator is played on what segment takes', { timeout: 240_000 }, () => {
  it('a folder of pictures with masks, each once, at the size of the model', async () => {
    const pictures = written(join(folder, 'pictures'), {
      '1.png': greyPng(12, 10),
      '2.png': greyPng(30, 20, 7),
      '3.png': colourPng(8, 14, [200, 90, 30]),
      '4.png': greyPng(9, 9, 90),
    });
    // One pixel in 256 has the value 1.
    const masks = written(join(folder, 'masks'), {
      '1.png': greyPng(12, 10, 200),
      '2.png': greyPng(30, 20),
      '4.png': greyPng(9, 9),
    });
    const { cases } = await simulated('--images', pictures, '--labels', masks, ...LABEL);
    // The third picture has no mask: nothing is known of it.
    expect(cases[0]!.rounds.map(({ slices }) => slices)).toEqual([0, 1]);
    const [first] = cases[0]!.rounds[0]!.scores;
    expect(first).toMatchObject({ label: 'kidney', painted: 0, interpolatedDice: null });
    expect(first!.byHand).toBeGreaterThan(0);
  });

  it('a published data set with its prompts and masks', async () => {
    const HEAD = ['Image', 'Description', 'Ground Truth'];
    const files: Record<string, Uint8Array> = {
      'Prompts_Folder/Train_text.xlsx': xlsx([
        HEAD,
        ...NAMES.map((name) => [name, 'left kidney', name]),
        ['1.png', 'right kidney', '2.png'],
      ]),
    };
    for (const [n, name] of NAMES.entries()) {
      files[`Train_Folder/img/${name}`] = greyPng(12, 10, 90 * n);
      files[`Train_Folder/label/${name}`] = greyPng(12, 10, 60 * n);
    }
    const set = written(join(folder, 'set'), files);
    const { cases } = await simulated('--dataset', set);
    expect(cases[0]!.rounds.map(({ slices }) => slices)).toEqual([0, 1, 3]);
    const { scores } = cases[0]!.rounds[2]!;
    expect(scores).toHaveLength(1);
    expect(scores[0]!.label).toBe('as prompted');
    expect(scores[0]!.painted).toBeGreaterThan(0);
    const { out } = await marginalia(
      ['simulate', bundle, '--dataset', set, '--prompt', 'kidney', '--budget', '1'].concat([
        '--learn',
        'off',
        '--samples',
        '0',
      ]),
    );
    expect(out).toMatch(/^kidney +1 +1 .* – /m);
  });

  it('a DICOM series with labels as segment wrote them', async () => {
    const series = join(folder, 'series');
    await writePhantomSeries(series, { seed: 1, slices: 6, size: 32 }, {});
    const labels = join(await segmented(series), 'labels.nii.gz');
    const { cases } = await simulated('--images', series, '--labels', labels, ...LABEL);
    expect(cases[0]!.rounds.map(({ slices }) => slices)).toEqual([0, 1, 3]);
    expect(cases[0]!.rounds[2]!.scores[0]!.interpolatedDice).not.toBe(null);
  });

  it('slices on no grid, with masks, whose neighbours mean something', async () => {
    const series = join(folder, 'gap');
    await writePhantomSeries(series, { seed: 1, slices: 6, size: 32 }, {});
    rmSync(join(series, readdirSync(series).sort()[2]!));
    const masks = join(await segmented(series), 'masks');
    const { cases } = await simulated('--images', series, '--labels', masks, ...LABEL);
    const { scores, annotated } = cases[0]!.rounds[2]!;
    expect(new Set(annotated).size).toBe(3);
    expect(scores[0]!.interpolatedDice).not.toBe(null);
  });

  const clip = sharedPath('data', 'hard-series', 'us-rgb-12-frames');
  it.skipIf(clip === undefined)(
    `a clip in colour, frame by frame${clip ? '' : ' (needs ../shared/data)'}`,
    async () => {
      const out = join(folder, 'clip');
      const call = ['segment', clip!, '--out', out, '--model', bundle, '--samples', '0'];
      await marginalia([...call, '--label', 'kidney=left kidney']);
      const masks = join(out, 'masks');
      expect(readdirSync(masks)).toHaveLength(12);
      const { cases } = await simulated('--images', clip!, '--labels', masks, ...LABEL);
      expect(cases[0]!.rounds.map(({ slices }) => slices)).toEqual([0, 1, 3]);
      expect(cases[0]!.rounds[2]!.scores[0]!.interpolatedDice).not.toBe(null);
    },
  );

  it.each<[string, string[], number, RegExp]>([
    ['nothing to play on', [], 2, /needs images and their truth/],
    ['images without labels', ['--images', 'x'], 2, /needs images and their truth/],
    ['no label', ['--images', 'x', '--labels', 'y'], 2, /at least one --label/],
    ['both', ['--images', 'x', '--labels', 'y', '--dataset', 'z'], 2, /cannot be used with/],
    [
      'a mask of another size',
      ['--images', '{pictures}', '--labels', '{large}', ...LABEL],
      1,
      /1 has 13 × 10 pixels, its frame 12 × 10/,
    ],
    [
      'a mask of no picture',
      ['--images', '{pictures}', '--labels', '{other}', ...LABEL],
      1,
      /The mask x in .* belongs to no frame/,
    ],
    [
      'masks in colour',
      ['--images', '{pictures}', '--labels', '{colour}', ...LABEL],
      1,
      /1 is in colour\..*grey pictures of 8 bits/s,
    ],
  ])('not with %s', async (_, options, code, message) => {
    const at = (name: string, files: Record<string, Uint8Array>): string =>
      written(join(folder, name), files);
    const places: Record<string, string> = {
      '{pictures}': at('few', { '1.png': greyPng(12, 10), '2.png': greyPng(12, 10) }),
      '{large}': at('large', { '1.png': greyPng(13, 10), '2.png': greyPng(12, 10) }),
      '{other}': at('other', { 'x.png': greyPng(12, 10), '2.png': greyPng(12, 10) }),
      '{colour}': at('colour', { '1.png': colourPng(12, 10, [1, 2, 3]), '2.png': greyPng(12, 10) }),
    };
    const given = options.map((option) => places[option] ?? option);
    const outcome = await marginalia(['simulate', bundle, ...given, '--budget', '1']);
    expect(outcome).toMatchObject({ code, out: '' });
    expect(outcome.err).toMatch(message);
  });
});
