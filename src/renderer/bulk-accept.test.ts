import fc from 'fast-check';
import { createPinia, setActivePinia } from 'pinia';
import { describe, expect, it, vi } from 'vitest';
import { encodeRuns } from '../shared/labelmap/rle.ts';
import { acceptTogether, composeSlice, gainOf, isCurrent, labelsAfter } from './bulk-accept.ts';
import { accept } from './decisions.ts';
import { suggestibleOn } from './shown-suggestions.ts';
import { useAnnotation } from './stores/annotation-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';
import { useView } from './stores/view-store.ts';

const [WIDTH, SLICES] = [6, 4];
const NAMES = ['liver', 'spleen', 'kidney'] as const;

interface Given {
  /** Label values, all slices. */
  readonly painted: Uint8Array;
  /** By label and slice; null where it is not suggested. */
  readonly maps: readonly (readonly (Uint8Array | null)[])[];
  readonly hidden: readonly boolean[];
  readonly locked: readonly boolean[];
}
let given: Given;
const sent: Record<string, unknown>[] = [];

const labels = () =>
  NAMES.map((name, n) => ({
    id: name,
    value: n + 1,
    name,
    colour: '#ffffff',
    prompt: name,
    visible: !given.hidden[n],
    locked: given.locked[n]!,
    term: null,
  }));
const summary = (name: string, index: number) => ({
  label: name,
  index,
  samplesUsed: 1,
  score: 1,
  doubt: 0.1,
  evidence: null,
  planes: ['acquired' as const],
});

vi.mock('./bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string, input: Record<string, unknown>) => {
      const slices = given.painted.length / WIDTH;
      if (name === 'annotation.get')
        return Promise.resolve({
          labels: labels(),
          review: Array<string>(slices).fill('unseen'),
          covered: Array<string[]>(slices).fill([]),
          unseen: Array<string[]>(slices).fill([]),
          undo: [],
          redo: [],
          numbers: { undo: [], redo: [] },
        });
      if (name === 'annotation.voxels')
        return Promise.resolve(
          Array.from({ length: slices }, (_, index) => ({
            index,
            runs: encodeRuns(given.painted.slice(index * WIDTH, (index + 1) * WIDTH)),
          })),
        );
      if (name === 'suggestions.list')
        return Promise.resolve(
          given.maps.flatMap((maps, n) =>
            maps.flatMap((map, index) => (map ? [summary(NAMES[n]!, index)] : [])),
          ),
        );
      if (name === 'suggestions.get') {
        const n = NAMES.indexOf(input['label'] as (typeof NAMES)[number]);
        const empty = new Uint8Array(WIDTH);
        return Promise.resolve({
          samplesUsed: 1,
          probability: given.maps[n]![input['index'] as number],
          total: empty,
          aleatoric: empty,
          epistemic: empty,
          evidence: null,
          planes: ['acquired'],
        });
      }
      sent.push({ name, ...input });
      return Promise.resolve({
        labels: labels(),
        slices: name === 'edits.apply' ? shownSlices(input['slices']) : [],
        review: name === 'edits.apply' ? input['review'] : input['slices'],
        undo: [],
        redo: [],
        edit: null,
      });
    },
  }),
}));

/** As the page shows them. */
const shownSlices = (slices: unknown): unknown =>
  (slices as readonly { readonly index: number }[]).map(({ index }) => ({
    index,
    runs: useAnnotation().map!.runsOf(index),
  }));

async function begin(): Promise<void> {
  setActivePinia(createPinia());
  sent.length = 0;
  await useAnnotation().load('stack', [WIDTH, 1, SLICES], [1, 1, 1]);
  await useSuggestions().load('stack');
}

const bytes = (length: number, max: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length, max });
const few = fc.tuple(...NAMES.map(() => fc.boolean()));
const anything = fc.record<Given>({
  painted: bytes(WIDTH * SLICES, 3).map((labels) => labels.map((v, n) => (n % 3 ? 0 : v))),
  maps: fc.tuple(
    ...NAMES.map(() =>
      fc.tuple(...Array.from({ length: SLICES }, () => fc.option(bytes(WIDTH, 255)))),
    ),
  ),
  hidden: few,
  locked: few,
});

describe('accepting many slices together', () => {
  it('gives the labels that accepting them one by one gives', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (now) => {
        given = now;
        await begin();
        const open = Array.from({ length: SLICES }, (_, index) => index).filter((index) =>
          suggestibleOn(index).some(({ locked }) => !locked),
        );
        for (const index of open) {
          for (const { id } of suggestibleOn(index)) await useSuggestions().fetch(id, index);
          await accept(index);
        }
        const one = [...useAnnotation().map!.data];

        await begin();
        const slices = [];
        for (const index of open) {
          const ids = suggestibleOn(index).flatMap(({ id, locked }) => (locked ? [] : [id]));
          slices.push((await composeSlice({ index, labels: ids, doubt: 0.1 }))!);
        }
        expect(slices.every(isCurrent)).toBe(true);
        if (slices.length > 0) await acceptTogether(slices, 'Accept many');
        const { map, review, covered, unseen } = useAnnotation();
        expect([...map!.data]).toEqual(one);
        expect(sent).toHaveLength(slices.length > 0 ? 1 : 0);
        for (const { candidate } of slices) {
          expect(review[candidate.index]).toBe('accepted-unseen');
          expect(covered[candidate.index]).toEqual(candidate.labels);
          expect(unseen[candidate.index]).toEqual(candidate.labels);
        }
        // What it was said to gain is what it gained.
        const gain = gainOf(slices);
        for (const value of [1, 2, 3]) {
          const before = given.painted.filter((label) => label === value).length;
          expect(one.filter((label) => label === value).length - before).toBe(gain.get(value) ?? 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is shown by pictures of the chosen labels alone, as they will be', async () => {
    given = {
      painted: new Uint8Array(WIDTH * SLICES)
        .fill(3, WIDTH, WIDTH + 1)
        .fill(1, WIDTH + 1, WIDTH + 2),
      maps: [
        [null, Uint8Array.of(0, 0, 200, 200, 0, 0), null, null],
        [null, Uint8Array.of(0, 0, 0, 220, 220, 0), null, null],
        [null, null, null, null],
      ],
      hidden: [false, false, false],
      locked: [false, false, false],
    };
    const picture = async (...chosen: string[]): Promise<number[]> => {
      const { map } = useAnnotation();
      const slice = (await composeSlice({ index: 1, labels: chosen, doubt: 0.1 }))!;
      const values = chosen.map((id) => NAMES.indexOf(id as (typeof NAMES)[number]) + 1);
      return [...labelsAfter(slice, map!, new Set(values))];
    };
    await begin();
    expect(await picture('liver', 'spleen')).toEqual([0, 1, 1, 2, 2, 0]);
    // The spleen is on the screen, and more likely where both are suggested.
    expect(await picture('liver')).toEqual([0, 1, 1, 0, 0, 0]);
    useView().solo = true;
    expect(await picture('liver')).toEqual([0, 1, 1, 1, 0, 0]);
  });

  it('is composed anew where something else is suggested, or decided, by then', async () => {
    const map = Uint8Array.of(200, 200, 0, 0, 0, 0);
    given = {
      painted: new Uint8Array(WIDTH * SLICES),
      maps: NAMES.map((_, n) => Array<Uint8Array | null>(SLICES).fill(n === 0 ? map : null)),
      hidden: [false, false, false],
      locked: [false, false, false],
    };
    await begin();
    const compose = () => composeSlice({ index: 1, labels: ['liver'], doubt: 0.1 });
    const first = (await compose())!;
    expect(isCurrent(first)).toBe(true);
    await useSuggestions().load('stack');
    await useSuggestions().fetch('liver', 1);
    expect(isCurrent(first)).toBe(false);
    const second = (await compose())!;
    await useAnnotation().decide([{ index: 1, state: 'rejected' }]);
    expect(isCurrent(second)).toBe(false);
  });
});
