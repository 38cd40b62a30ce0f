import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INCLUDED, type Included } from '../../../shared/export-contents.ts';
import { encodeRuns } from '../../../shared/labelmap/rle.ts';
import { suggestedMap } from '../../../shared/suggested.ts';
import type { Label, Review } from '../../workspace/index.ts';
import type { StoredSuggestions } from '../suggest/index.ts';
import type { Moment } from './moment.ts';
import { tally } from './tally.ts';
import { writtenSlices, type WrittenSlice } from './written-slices.ts';

const PIXELS = 12;
const VALUES = [1, 2, 5] as const;

const bytes = (max: number) => fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS, min: 0, max });
const flag = fc.boolean();

/** What is known of a label: how it is shown, and what is suggested of it on the slice, if anything. */
const label = fc.record({
  visible: flag,
  locked: flag,
  isCovered: flag,
  isUnseen: flag,
  probability: fc.option(bytes(255), { nil: null }),
});

const cases = fc.record({
  state: fc.constantFrom<Review['state']>(
    'unseen',
    'started',
    'accepted',
    'corrected',
    'rejected',
    'accepted-unseen',
  ),
  labels: fc.tuple(label, label, label),
  painted: fc.option(
    bytes(3).map((indices) => indices.map((n) => [0, ...VALUES][n]!)),
    { nil: null },
  ),
  include: fc.constantFrom<Included>(...INCLUDED),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const momentOf = ({ state, labels, painted }: Case): Moment => {
  const ids = labels.map((one, n) => (one.isCovered ? [`id ${n}`] : [])).flat();
  const unseen = ids.filter((id) => labels[Number(id.slice(3))]!.isUnseen);
  return {
    labels: labels.map(({ visible, locked }, n): Label => ({
      id: `id ${n}`,
      value: VALUES[n]!,
      name: `label ${n}`,
      colour: '#ffffff',
      prompt: '',
      visible,
      locked,
      term: null,
    })),
    painted: new Map(painted?.some((value) => value > 0) ? [[0, encodeRuns(painted)]] : []),
    decisions: [
      state === 'unseen' ? { state, labels: [], unseen: [] } : { state, labels: ids, unseen },
    ],
  };
};

const suggestionsOf = ({ labels }: Case): StoredSuggestions => {
  const mapOf = (id: string) => labels[Number(id.slice(3))]!.probability;
  return {
    has: (id) => mapOf(id) !== null,
    get: async ({ id }) => suggestedMap(mapOf(id)!),
    provenance: () => [],
  };
};

async function written(one: Case): Promise<WrittenSlice> {
  const all: WrittenSlice[] = [];
  for await (const slice of writtenSlices(momentOf(one), PIXELS, one.include, suggestionsOf(one)))
    all.push(slice);
  expect(all).toHaveLength(1);
  return all[0]!;
}

/** The rules in words, pixel by pixel. */
function expected(one: Case): Uint8Array {
  const { state, labels, painted, include } = one;
  const isDecided = ['accepted', 'corrected', 'accepted-unseen'].includes(state);
  const keepsPaint = include !== 'decided' || isDecided;
  return Uint8Array.from({ length: PIXELS }, (_, at) => {
    const there = keepsPaint ? (painted?.[at] ?? 0) : 0;
    if (there > 0 || include !== 'suggested' || state === 'rejected') return there;
    let best = 127;
    let value = 0;
    labels.forEach(({ visible, locked, isCovered, probability }, n) => {
      const isOpen = visible && (state === 'unseen' || !isCovered);
      const isTaken = visible && state === 'started' && isCovered;
      const p = (isOpen || isTaken) && probability ? probability[at]! : 0;
      if (p <= best) return;
      [best, value] = [p, locked || isTaken ? 0 : VALUES[n]!];
    });
    return value;
  });
}

describe('a slice that is written', () => {
  it('has what is painted, and what is suggested where that is wanted and nobody decided', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { labels } = await written(one);
        expect(labels ?? new Uint8Array(PIXELS)).toEqual(expected(one));
      }),
      { numRuns: 400 },
    );
  });

  it('is counted by what was decided of every voxel: all are, each once', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const sum = tally(momentOf(one).labels, one.include);
        const slice = await written(one);
        sum.add(slice);
        const { voxels, ...lists } = sum.contents([]);
        const map = expected(one);
        for (const value of VALUES) {
          const kinds = voxels[value]!;
          const all = Object.values(kinds).reduce((total, count) => total + count, 0);
          expect(all).toBe(map.filter((label) => label === value).length);
          const isPaint = (label: number, at: number): boolean =>
            label === value && one.painted?.[at] === label;
          expect(all - kinds.suggested).toBe(map.filter(isPaint).length);
        }
        const isDecided = lists.decided.length === 1;
        const undecided = lists.paintedUndecided.length + lists.leftOut.length;
        expect(isDecided ? undecided : lists.acceptedUnseen.length).toBe(0);
        expect(lists.suggested.length).toBe(slice.suggested.length > 0 ? 1 : 0);
      }),
      { numRuns: 200 },
    );
  });

  it('is not written where its suggestion went in the middle', async () => {
    const one: Case = {
      state: 'unseen',
      labels: [0, 1, 2].map(() => ({
        visible: true,
        locked: false,
        isCovered: false,
        isUnseen: false,
        probability: new Uint8Array(PIXELS).fill(200),
      })) as unknown as Case['labels'],
      painted: null,
      include: 'suggested',
    };
    const gone = new Error('gone');
    const suggestions = { ...suggestionsOf(one), get: () => Promise.reject(gone) };
    const slices = writtenSlices(momentOf(one), PIXELS, 'suggested', suggestions);
    await expect(slices.next()).rejects.toBe(gone);
  });
});
