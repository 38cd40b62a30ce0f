import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareNnunetCase } from '../../src/main/export/index.ts';
import { bundledProgram } from '../support/bundled.ts';
import { killWhereItWaits } from '../support/kill.ts';
import { exampleAnnotation } from './annotation-example.ts';
import { writeNnunetExample } from './nnunet-example.ts';

const program = bundledProgram(join(import.meta.dirname, 'nnunet-writer.ts'));

let root: string;
let dataset: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marginalia-nnunet-'));
  dataset = join(root, 'Dataset501_Killed');
});
afterEach(() => rmSync(root, { recursive: true }));

const list = (folder: string): string[] => readdirSync(join(dataset, folder)).sort();
const bytes = (path: string): Buffer => readFileSync(join(dataset, path));

/** Every file under its own name is whole, every image has labels, and no others are meant. */
function requireWhole(): void {
  const { labels } = JSON.parse(bytes('dataset.json').toString()) as {
    labels: Record<string, number>;
  };
  for (const image of list('imagesTr')) {
    expect(gunzipSync(bytes(`imagesTr/${image}`))).toHaveLength(352 + 2 * 1600);
    const map = gunzipSync(bytes(`labelsTr/${image.replace('_0000', '')}`));
    expect(map).toHaveLength(352 + 1600);
    expect(Object.values(labels)).toEqual(expect.arrayContaining([...new Set(map.subarray(352))]));
  }
  for (const record of list('provenance')) JSON.parse(bytes(`provenance/${record}`).toString());
}

describe.each([
  ['a new case', 'b'],
  ['a case that is there already', 'a'],
])('a dataset into which %s is written', (_, digest) => {
  it('survives the writer being killed before any change, and the next export mends the count', async () => {
    const start = join(root, 'start', 'Dataset501_Killed');
    await writeNnunetExample(start, 'a', 'partly');
    await writeNnunetExample(start, 'c', 'partly');
    const [, untouched] = readdirSync(join(start, 'labelsTr')).sort();
    const before = readFileSync(join(start, 'labelsTr', untouched!));
    const killedAt: string[] = [];
    for (let change = 1; ; change++) {
      cpSync(start, dataset, { recursive: true });
      const { at } = await killWhereItWaits(program(), [dataset, digest, `${change}`]);
      requireWhole();
      expect(bytes(`labelsTr/${untouched}`).equals(before)).toBe(true);
      if (at === undefined) break;
      killedAt.push(at);
      await writeNnunetExample(dataset, 'f', 'partly');
      requireWhole();
      const { numTraining } = JSON.parse(bytes('dataset.json').toString()) as {
        numTraining: number;
      };
      expect(numTraining).toBe(list('imagesTr').length);
      expect(readdirSync(dataset).sort()).toEqual([
        'dataset.json',
        'imagesTr',
        'labelsTr',
        'provenance',
      ]);
      rmSync(dataset, { recursive: true });
    }
    const changed = killedAt.map((at) => at.replace(/^(\w+) \..*$/, '$1 aside').split('/')[0]);
    expect(new Set(changed)).toEqual(
      new Set([
        ...['mkdir aside', 'writeFile aside', 'rm aside'],
        ...['mkdir provenance', 'mkdir labelsTr', 'mkdir imagesTr'],
        ...['rename provenance', 'rename labelsTr', 'rename imagesTr', 'rename dataset.json'],
      ]),
    );
  }, 240_000);
});

it('a case is not written into a dataset that changed after it was fitted to it', async () => {
  const result = exampleAnnotation({ digests: { study: '', stack: '9'.repeat(64) } });
  const wanted = {
    result,
    workspace: 'w',
    channel: 'CT',
    undecided: 'ignore',
    acceptedUnseen: 'ignore',
  } as const;
  const prepared = await prepareNnunetCase(dataset, wanted);
  await writeNnunetExample(dataset, '8', 'partly');
  const before = [list('imagesTr'), bytes('dataset.json').toString()];
  await expect(prepared.write({})).rejects.toMatchObject({ code: 'dataset-changed' });
  expect([list('imagesTr'), bytes('dataset.json').toString()]).toEqual(before);
});
