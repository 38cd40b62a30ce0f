import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareNnunetCase } from '../../src/main/export/index.ts';
import { exampleAnnotation } from './annotation-example.ts';

let root: string;
let dataset: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'marginalia-nnunet-'));
  dataset = join(root, 'Dataset501_Killed');
});
afterAll(() => rmSync(root, { recursive: true }));

const add = async (digest: string): Promise<void> => {
  const result = exampleAnnotation({ digests: { study: '', stack: digest.repeat(64) } });
  const prepared = await prepareNnunetCase(dataset, {
    result,
    workspace: 'w',
    channel: 'CT',
    undecided: 'ignore',
  });
  await prepared.write({});
};
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

it('a dataset survives whoever writes to it being killed, and the next export mends the count', async () => {
  await add('a');
  const first = `labelsTr/${list('labelsTr')[0]!}`;
  const before = bytes(first);
  for (let n = 0; n < 8; n++) {
    const writer = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'nnunet-writer.ts'), dataset, 'bcde'[n % 4]!],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(writer.stdout, 'data');
    await setTimeout(7 * n);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    requireWhole();
    expect(bytes(first).equals(before)).toBe(true);
    await add('f');
    const { numTraining } = JSON.parse(bytes('dataset.json').toString()) as { numTraining: number };
    expect(numTraining).toBe(list('imagesTr').length);
    expect(readdirSync(dataset).sort()).toEqual([
      'dataset.json',
      'imagesTr',
      'labelsTr',
      'provenance',
    ]);
  }
}, 240_000);

it('a case is not written into a dataset that changed after it was fitted to it', async () => {
  const result = exampleAnnotation({ digests: { study: '', stack: '9'.repeat(64) } });
  const wanted = { result, workspace: 'w', channel: 'CT', undecided: 'ignore' } as const;
  const prepared = await prepareNnunetCase(dataset, wanted);
  await add('8');
  const before = [list('imagesTr'), bytes('dataset.json').toString()];
  await expect(prepared.write({})).rejects.toMatchObject({ code: 'dataset-changed' });
  expect([list('imagesTr'), bytes('dataset.json').toString()]).toEqual(before);
});
