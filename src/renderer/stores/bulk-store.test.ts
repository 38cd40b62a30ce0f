import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';
import * as model from '../model/bulk.ts';
import { createLabelMap } from '../model/label-map.ts';
import { useAnnotation } from './annotation-store.ts';
import { useBulk } from './bulk-store.ts';
import { useSuggestions } from './suggestions-store.ts';
import { useView } from './view-store.ts';
import { useVolume } from './volume-store.ts';

const SLICES = 4;
const NAMES = ['liver', 'kidney'];
vi.mock('../bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: () =>
      Promise.resolve(
        NAMES.flatMap((label) =>
          Array.from({ length: SLICES }, (_, index) => ({
            label,
            index,
            samplesUsed: 1,
            score: 1,
            doubt: index / 10,
            evidence: null,
            planes: ['acquired'],
          })),
        ),
      ),
  }),
}));
vi.mock('../model/bulk.ts', { spy: true });

describe('what is to be accepted together', () => {
  beforeEach(async () => {
    setActivePinia(createPinia());
    const annotation = useAnnotation();
    annotation.labels = NAMES.map((id, n) => ({
      id,
      value: n + 1,
      name: id,
      colour: '#ffffff',
      prompt: '',
      visible: true,
      locked: false,
      term: null,
    }));
    annotation.activeId = 'liver';
    annotation.map = createLabelMap([2, 1, SLICES], [1, 1, 1]);
    annotation.review = new Array(SLICES).fill('unseen');
    annotation.covered = new Array(SLICES).fill([]);
    vi.spyOn(useVolume(), 'slices', 'get').mockReturnValue(SLICES);
    await useSuggestions().load('stack');
  });

  it('is selected in one pass over the slices for each change, and in none for another limit', async () => {
    const bulk = useBulk();
    const look = (): number[] => [bulk.selection.taken.length, bulk.doubt.size];
    expect(look()).toEqual([SLICES, SLICES]);
    vi.mocked(model.selectSlices).mockClear();
    bulk.range = [0, 2];
    await nextTick();
    expect(look()).toEqual([3, 3]);
    expect(model.selectSlices).toHaveBeenCalledTimes(1);
    bulk.limit = 0.1;
    expect(look()).toEqual([2, 3]);
    expect(bulk.selection.doubtful).toBe(1);
    expect(model.selectSlices).toHaveBeenCalledTimes(1);
  });

  it('is of the one label that is shown alone, and says which are left alone', () => {
    const bulk = useBulk();
    const ids = (labels: readonly { readonly id: string }[]): string[] =>
      labels.map(({ id }) => id);
    expect([ids(bulk.labels), ids(bulk.notShown)]).toEqual([NAMES, []]);
    useView().solo = true;
    expect([ids(bulk.labels), ids(bulk.notShown)]).toEqual([['liver'], ['kidney']]);
    expect(bulk.selection.taken.map(({ labels }) => labels)).toEqual(
      new Array(SLICES).fill(['liver']),
    );
  });
});
