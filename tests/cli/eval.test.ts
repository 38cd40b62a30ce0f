import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { greyPng, temporaryFolder, written } from '../pictures/files.ts';
import { xlsx } from '../pictures/xlsx.ts';
import { marginalia } from './marginalia.ts';

const folder = temporaryFolder();
const [bundle, set] = [join(folder, 'bundle'), join(folder, 'set')];
const HEAD = ['Image', 'Description', 'Ground Truth'];
const rows = (names: readonly string[]) => names.map((name) => [name, 'left kidney', name]);
const training = ['1.png', '2.png', '3.png', '4.png', '5.png'];

beforeAll(() => {
  writeTinyBundle(bundle);
  const files: Record<string, Uint8Array> = {
    'Prompts_Folder/Train_text.xlsx': xlsx([HEAD, ...rows(training)]),
    'Prompts_Folder/Val_text.xlsx': xlsx([HEAD, ...rows(['8.png', '9.png'])]),
    'Prompts_Folder/Val_text_underdescriptive.xlsx': xlsx([HEAD, ...rows(['9.png'])]),
  };
  for (const name of training)
    files[`Train_Folder/img/${name}`] = files[`Train_Folder/label/${name}`] = greyPng(12, 10, 90);
  for (const name of ['8.png', '9.png'])
    files[`Val_Folder/img/${name}`] = files[`Val_Folder/label/${name}`] = greyPng(9, 14, 60);
  written(set, files);
});

interface Result {
  readonly pictures: readonly { readonly picture: string; readonly prompt: string }[];
  readonly mean: Readonly<Record<string, number>>;
}

describe('a data set in the published layout', { timeout: 120_000 }, () => {
  it('is measured, as text and as JSON, with the prompts that are asked for', async () => {
    const call = ['eval', bundle, '--dataset', set, '--split', 'Val', '--samples', '2'];
    const text = await marginalia(call);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(/^2 pictures +Dice +NSD 2 px +calibration error/);
    expect(text.out).toMatch(/^8\.png /m);
    const { out } = await marginalia([...call, '--prompts', 'underdescriptive', '--json']);
    const { pictures, mean } = JSON.parse(out) as Result;
    expect(pictures).toMatchObject([{ picture: '9.png', prompt: 'left kidney' }]);
    expect(Object.keys(mean)).toEqual([
      'dice',
      'nsd',
      'calibrationError',
      'doubt',
      'doubtErrorCorrelation',
    ]);
  });

  it('is learned from by its training pictures, some of which are held back', async () => {
    const out = join(folder, 'learned');
    const call = ['learn', bundle, '--dataset', set, '--prompt', 'kidney', '--out', out];
    const few = ['--steps', '2', '--samples', '0', '--keep-anyway', '--json'];
    const { code, out: said } = await marginalia([...call, ...few]);
    expect(code).toBe(0);
    const { lineage } = JSON.parse(said) as {
      lineage: { slices: { name: string; role: string; prompts: string[] }[] };
    };
    expect(lineage.slices.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'Train/1.png training',
      'Train/2.png validation',
      'Train/3.png training',
      'Train/4.png training',
      'Train/5.png training',
    ]);
    expect(lineage.slices[0]!.prompts).toEqual(['kidney']);
  });

  it.each<[string, string[], number, RegExp]>([
    ['no part', ['--dataset', 'x'], 2, /which part of the data set/],
    ['neither volumes nor pictures', [], 2, /needs images and their truth/],
    ['a part that is none', ['--dataset', 'x', '--split', 'Tst'], 2, /Train, Val, Test/],
    ['both', ['--dataset', 'x', '--images', 'y'], 2, /cannot be used with/],
    [
      'pictures for volumes',
      ['--images', 'x', '--labels', 'y', '--label', 'a=b:1', '--prompt', 'c'],
      2,
      /are for pictures/,
    ],
    [
      'a part that is not there',
      ['--dataset', set, '--split', 'Test'],
      1,
      /no pictures in Test_Folder\/img/,
    ],
    [
      'prompts that are not there',
      ['--dataset', set, '--split', 'Val', '--prompts', '10'],
      1,
      /has no prompts “10”/,
    ],
  ])('is not measured with %s', async (_, options, code, message) => {
    const outcome = await marginalia(['eval', bundle, ...options]);
    expect(outcome).toMatchObject({ code, out: '' });
    expect(outcome.err).toMatch(message);
  });
});
