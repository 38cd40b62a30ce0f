import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceRedrawn } from '../shown-suggestions.ts';
import { createLabelMap } from '../model/label-map.ts';
import { useAnnotation } from './annotation-store.ts';
import { useSettings } from './settings-store.ts';
import { useSuggestedVolume } from './suggested-volume-store.ts';
import { useSuggestions } from './suggestions-store.ts';
import { useView } from './view-store.ts';

const SLICES = 3;
vi.mock('../bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string, { label = '' }: { label?: string }) => {
      const rest = { samplesUsed: 1, evidence: null, planes: ['acquired'] };
      const none = new Uint8Array();
      const suggestedIn = (id: string) =>
        Array.from({ length: SLICES }, (_, index) => ({
          label: id,
          index,
          score: 1,
          doubt: 0,
          ...rest,
        }));
      if (name === 'suggestions.list')
        return Promise.resolve([...suggestedIn('a'), ...suggestedIn('b')]);
      if (name === 'settings.get') return Promise.resolve({ annotateFirst: true, keys: {} });
      // The second is surer where both are.
      const probability = Uint8Array.from(label === 'a' ? [200, 200, 0, 0] : [0, 250, 250, 0]);
      return Promise.resolve({
        ...rest,
        probability,
        total: none,
        aleatoric: none,
        epistemic: none,
      });
    },
  }),
}));

describe('how much is suggested', () => {
  const label = (id: string, value: number) => ({
    id,
    value,
    name: id,
    colour: '#fff',
    prompt: '',
    visible: true,
    locked: false,
    term: null,
  });
  /** Voxels of both labels, once what has changed is counted. */
  async function counts(): Promise<number[]> {
    for (let slice = 0; slice < SLICES; slice++) announceRedrawn(slice);
    await vi.advanceTimersByTimeAsync(1000);
    return [1, 2].map((value) => useSuggestedVolume().volume!.count(value));
  }
  async function fetchAll(): Promise<void> {
    for (const id of ['a', 'b'])
      for (let k = 0; k < SLICES; k++) await useSuggestions().fetchOutline(id, k);
  }

  beforeEach(async () => {
    vi.useFakeTimers();
    setActivePinia(createPinia());
    const annotation = useAnnotation();
    annotation.labels = [label('a', 1), label('b', 2)];
    annotation.activeId = 'a';
    annotation.map = createLabelMap([2, 2, SLICES], [1, 1, 1]);
    annotation.review = new Array(SLICES).fill('unseen');
    annotation.covered = new Array(SLICES).fill([]);
    useSuggestedVolume();
    await useSuggestions().load('stack');
  });
  afterEach(() => vi.useRealTimers());

  it('is a figure so far until all maps are here', async () => {
    await useSuggestions().fetchOutline('a', 0);
    expect(await counts()).toEqual([2, 0]);
    const { isPartial } = useSuggestedVolume();
    expect([isPartial('a'), isPartial('b')]).toEqual([true, true]);
    await fetchAll();
    // Of each pixel the surer label.
    expect(await counts()).toEqual([SLICES, 2 * SLICES]);
    expect([isPartial('a'), isPartial('b')]).toEqual([false, false]);
  });

  it('is what is drawn: not of decided slices, hidden labels, or below labels', async () => {
    await fetchAll();
    const annotation = useAnnotation();
    annotation.covered = [['a'], [], []];
    expect(await counts()).toEqual([2, 6]);
    annotation.labels = [label('a', 1), { ...label('b', 2), visible: false }];
    expect(await counts()).toEqual([4, 0]);
    useView().suggestions = false;
    expect(await counts()).toEqual([0, 0]);
    useView().suggestions = true;
    useView().solo = true;
    annotation.activeId = 'b';
    expect(await counts()).toEqual([0, 0]);
    annotation.activeId = 'a';
    expect(await counts()).toEqual([4, 0]);
  });

  it('says nothing before the user has decided, where that is asked for', async () => {
    await fetchAll();
    await useSettings().load();
    expect(await counts()).toEqual([0, 0]);
    useAnnotation().review = ['unseen', 'rejected', 'unseen'];
    expect(await counts()).toEqual([1, 2]);
  });

  it('of another stack begins anew', async () => {
    await fetchAll();
    await counts();
    useAnnotation().map = createLabelMap([2, 2, 1], [1, 1, 1]);
    expect(useSuggestedVolume().volume!.count(1)).toBe(0);
  });
});
