import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

const labels = new Uint8Array(32 * 32).fill(1, 0, 100);

async function paint({ page }: Workstation, stack: string, slices: readonly number[]) {
  for (const index of slices) {
    await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(index, labels)],
      review: [{ index, state: 'corrected' }],
      actor: 'human',
    });
  }
}

async function prepared(slices: readonly number[]) {
  const station = await openWorkstation(fakeEngines().spawn);
  const stack = await openSeries(station);
  await station.page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
  await paint(station, stack, slices);
  return { station, stack };
}

/** Numbers of the slices that a new version was trained and judged on. */
let steps = 1;
async function learn({ page, folder, root }: Workstation, stack: string) {
  const input = { stack, name: 'round', steps: ++steps, overrule: false };
  const { version } = await page.stream('learning.run', input).result;
  const { family } = await openBundle(join(root, 'model'));
  const path = join(folder, 'workspace/adapters', family.slice(0, 16), version.id, 'lineage.json');
  const { slices } = JSON.parse(readFileSync(path, 'utf8')) as {
    slices: { name: string; role: string }[];
  };
  const having = (wanted: string): number[] =>
    slices
      .filter(({ role }) => role === wanted)
      .map(({ name }) => Number(name.slice(stack.length + 1)))
      .sort((a, b) => a - b);
  return { training: having('training'), validation: having('validation') };
}

describe('slices held back from learning', () => {
  it('stay so when others are undone, rejected and decided again, also after a restart', async () => {
    const { station, stack } = await prepared([1, 2, 3, 4, 5, 6, 7, 8, 0]);
    const { page } = station;
    expect((await learn(station, stack)).validation).toEqual([2, 6]);
    await page.call('edits.undo', { stack });
    await page.call('review.set', { stack, slices: [{ index: 1, state: 'rejected' }] });
    expect((await learn(station, stack)).validation).toEqual([2, 6]);
    // Decided again, they come last.
    await page.call('review.set', {
      stack,
      slices: [1, 2].map((index) => ({ index, state: 'unseen' as const })),
    });
    await page.call('review.set', {
      stack,
      slices: [1, 2].map((index) => ({ index, state: 'accepted' as const })),
    });
    const again = await station.restart();
    await openSeries(again);
    expect(await learn(again, stack)).toEqual({
      training: [1, 3, 4, 5, 7, 8],
      validation: [2, 6],
    });
    // The tenth that is learned from, counted from when each came first.
    await paint(again, stack, [9]);
    expect((await learn(again, stack)).validation).toEqual([2, 6, 9]);
  });

  it('stay so in a workspace that did not know of them: its versions do', async () => {
    const { station, stack } = await prepared([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await learn(station, stack)).validation).toEqual([1, 5]);
    await station.page.call('versions.use', { version: null });
    await station.close();
    const db = new sqlite.Database(join(station.folder, 'workspace/workspace.sqlite'));
    // As it is after the step of the schema that brought the table.
    db.exec('PRAGMA locking_mode=EXCLUSIVE; DELETE FROM slice_role');
    db.close();
    const later = await station.reopen();
    await openSeries(later);
    await later.page.call('review.set', { stack, slices: [{ index: 0, state: 'rejected' }] });
    expect(await learn(later, stack)).toEqual({
      training: [2, 3, 4, 6, 7, 8],
      validation: [1, 5],
    });
  });

  it('alone are nothing to learn from; one more decided slice is enough', async () => {
    const { station, stack } = await prepared([0, 1]);
    const { page } = station;
    expect(await learn(station, stack)).toEqual({ training: [0], validation: [1] });
    await page.call('review.set', { stack, slices: [{ index: 0, state: 'rejected' }] });
    await expect(learn(station, stack)).rejects.toMatchObject({
      code: 'no-corrections',
      message: expect.stringContaining('held back') as string,
    });
    await paint(station, stack, [2]);
    expect(await learn(station, stack)).toEqual({ training: [2], validation: [1] });
  });
});
