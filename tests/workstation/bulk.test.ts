import { beforeEach, describe, expect, it } from 'vitest';
import type { CallInput } from '../../src/shared/contract/index.ts';
import { decodeRuns, encodeRuns } from '../../src/shared/labelmap/rle.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

const PIXELS = 32 * 32;
const SLICES = [1, 2, 5] as const;

let station: Workstation;
let stack: string;
let liver: string;
let kidney: string;

beforeEach(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
  const create = async (name: string): Promise<string> =>
    (await station.page.call('labels.create', { stack, name, prompt: name })).id;
  liver = await create('liver');
  kidney = await create('kidney');
});

const filled = (value: number): Uint8Array =>
  new Uint8Array(PIXELS).fill(value, 3 * value, 9 * value);

type Expected = NonNullable<CallInput<'edits.apply'>['expects']>;

/** Accepts the slices together, as a page that has seen them like this. */
function acceptMany(expects: Expected, step?: string) {
  return station.page.call('edits.apply', {
    stack,
    name: 'Accept 3 slices unseen',
    slices: SLICES.map((index) => slicePatch(index, filled(1))),
    review: SLICES.map((index) => ({
      index,
      state: 'accepted-unseen' as const,
      labels: [liver],
      unseen: [liver],
    })),
    actor: 'model',
    expects,
    ...(step !== undefined && { step }),
  });
}

const empty: Expected = SLICES.map((index) => ({
  index,
  runs: encodeRuns(new Uint8Array(PIXELS)),
  state: 'unseen',
  labels: [],
  unseen: [],
}));

async function all(): Promise<unknown> {
  const { review, covered, unseen } = await station.page.call('annotation.get', { stack });
  const voxels = await station.page.call('annotation.voxels', { stack });
  return {
    review,
    covered,
    unseen,
    voxels: voxels.map(({ index, runs }) => [index, [...decodeRuns(runs, PIXELS)]]),
  };
}

const paint = (index: number, value: number): Promise<unknown> =>
  station.page.call('edits.apply', {
    stack,
    name: 'Brush',
    slices: [slicePatch(index, filled(value))],
    actor: 'human',
  });

describe('accepting many slices without a look', () => {
  it('is one step, and one undo', async () => {
    const before = await all();
    await acceptMany(empty);
    const { review, unseen, undo } = await station.page.call('annotation.get', { stack });
    expect(SLICES.map((k) => [review[k], unseen[k]])).toEqual(
      SLICES.map(() => ['accepted-unseen', [liver]]),
    );
    expect(undo).toEqual(['Accept 3 slices unseen']);
    expect(await station.page.call('annotation.voxels', { stack })).toHaveLength(3);
    await station.page.call('edits.undo', { stack });
    expect(await all()).toEqual(before);
    await station.page.call('edits.redo', { stack });
    expect(await station.page.call('annotation.voxels', { stack })).toHaveLength(3);
  });

  it.each([
    ['another window has painted on one', () => paint(5, 2)],
    [
      'another window has decided on one',
      () =>
        station.page.call('review.set', {
          stack,
          slices: [{ index: 2, state: 'rejected', labels: [liver] }],
        }),
    ],
    [
      'a label is locked meanwhile',
      () => station.page.call('labels.change', { stack, label: liver, change: { locked: true } }),
    ],
    [
      'a label is gone meanwhile',
      () => station.page.call('labels.remove', { stack, label: liver }),
    ],
  ])('does nothing where %s, and says so', async (_, meanwhile) => {
    await meanwhile();
    const before = await all();
    await expect(acceptMany(empty)).rejects.toMatchObject({
      code: expect.stringMatching(/^(slices-changed|label-locked|unknown-label)$/) as string,
    });
    expect(await all()).toEqual(before);
  });

  it('does nothing where the label is gone of which nothing is suggested there', async () => {
    await station.page.call('labels.remove', { stack, label: liver });
    const before = await all();
    const nothing = station.page.call('edits.apply', {
      stack,
      name: 'Accept 3 slices unseen',
      slices: [],
      review: SLICES.map((index) => ({
        index,
        state: 'accepted-unseen' as const,
        labels: [liver],
        unseen: [liver],
      })),
      actor: 'model',
      expects: empty,
    });
    await expect(nothing).rejects.toMatchObject({ code: 'slices-changed' });
    expect(await all()).toEqual(before);
  });

  it('is done once where it is asked for again, because the answer was lost', async () => {
    await acceptMany(empty, 'step 1');
    const after = await all();
    await acceptMany(empty, 'step 1');
    expect(await all()).toEqual(after);
  });

  it('is still unseen of a label where another one is painted, not of the one that is', async () => {
    await acceptMany(empty);
    const stateOf = async (index: number): Promise<unknown> => {
      const { review, unseen } = await station.page.call('annotation.get', { stack });
      return [review[index], unseen[index]];
    };
    // Beside what was accepted.
    const beside = filled(1).fill(2, 500, 600);
    await station.page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(1, beside, filled(1))],
      actor: 'human',
    });
    expect(await stateOf(1)).toEqual(['corrected', [liver]]);
    await paint(2, 1);
    expect(await stateOf(2)).toEqual(['accepted-unseen', [liver]]);
    await station.page.call('edits.apply', {
      stack,
      name: 'Eraser',
      slices: [slicePatch(2, new Uint8Array(PIXELS), filled(1))],
      actor: 'human',
    });
    expect(await stateOf(2)).toEqual(['corrected', []]);
    expect(kidney).not.toBe(liver);
  });
});
