import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLabelMap } from '../model/label-map.ts';
import { useAnnotation } from './annotation-store.ts';
import { useBlink } from './blink-store.ts';
import { useNotices } from './notices-store.ts';
import { useSuggestions } from './suggestions-store.ts';
import { useView } from './view-store.ts';

const SLICES = 4;
/** What the host suggests on each slice, and what that follows. */
const host = { maps: [] as number[][], evidence: 'a' };
vi.mock('../bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string, { index = 0 }: { index?: number }) => {
      const rest = {
        samplesUsed: 1,
        evidence: { id: host.evidence, slices: 1 },
        planes: ['acquired'],
      };
      const none = new Uint8Array();
      return Promise.resolve(
        name === 'suggestions.list'
          ? host.maps.map((_, k) => ({ label: 'l', index: k, score: 1, doubt: 0, ...rest }))
          : {
              ...rest,
              probability: Uint8Array.from(host.maps[index]!),
              total: none,
              aleatoric: none,
              epistemic: none,
            },
      );
    },
  }),
}));

describe('blinking', () => {
  const { fetchAll, follow } = {
    async fetchAll(): Promise<void> {
      for (let k = 0; k < SLICES; k++) await useSuggestions().fetchOutline('l', k);
    },
    /** Slices follow something new; only one becomes another. */
    async follow(slice: number, map: number[]): Promise<void> {
      host.maps[slice] = map;
      host.evidence += '+';
      await useSuggestions().refresh();
      for (let k = 0; k < SLICES; k++) await useSuggestions().fetchOutline('l', k);
    },
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal('matchMedia', undefined);
    setActivePinia(createPinia());
    host.maps = Array.from({ length: SLICES }, () => [200, 0, 0, 0]);
    host.evidence = 'a';
    const annotation = useAnnotation();
    annotation.labels = [
      {
        id: 'l',
        value: 1,
        name: 'l',
        colour: '#fff',
        prompt: '',
        visible: true,
        locked: false,
        term: null,
      },
    ];
    annotation.activeId = 'l';
    annotation.map = createLabelMap([2, 2, SLICES], [1, 1, 1]);
    annotation.review = new Array(SLICES).fill('unseen');
    annotation.covered = new Array(SLICES).fill([]);
    await useSuggestions().load('stack');
    await fetchAll();
    useView().focus = [0, 0, 1];
  });
  afterEach(() => {
    useBlink().end();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('says so where nothing has changed, also where the same was suggested again', async () => {
    useBlink().toggle();
    await follow(1, [200, 0, 0, 0]);
    useBlink().toggle();
    expect(useBlink().shows).toBe(null);
    expect(useNotices().list.map(({ message }) => message)).toEqual([
      'Nothing that is suggested has changed.',
    ]);
  });

  it('turns between before and now until the key is pressed again', async () => {
    await follow(1, [0, 200, 0, 0]);
    useBlink().toggle();
    const seen = [useBlink().shows];
    for (let n = 0; n < 3; n++) {
      await vi.advanceTimersByTimeAsync(800);
      seen.push(useBlink().shows);
    }
    expect(seen).toEqual(['before', 'now', 'before', 'now']);
    expect(useBlink().elsewhere).toBe(null);
    useBlink().toggle();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(useBlink().shows).toBe(null);
  });

  it('names the nearest slice that has changed, where the one in view has not', async () => {
    await follow(3, [0, 200, 0, 0]);
    useBlink().toggle();
    expect([useBlink().shows, useBlink().elsewhere]).toEqual(['before', 3]);
    useView().focus = [0, 0, 3];
    expect(useBlink().elsewhere).toBe(null);
  });

  it('counts no change below a label, and none of a label that is hidden', async () => {
    await follow(1, [200, 200, 0, 0]);
    const { map } = useAnnotation();
    map!.data[4 + 1] = 7;
    useBlink().toggle();
    expect(useBlink().shows).toBe(null);
    map!.data[4 + 1] = 0;
    useAnnotation().labels = useAnnotation().labels.map((one) => ({ ...one, visible: false }));
    useBlink().toggle();
    expect(useBlink().shows).toBe(null);
  });

  it.each([
    ['labels change', () => void (useAnnotation().map = createLabelMap([2, 2, SLICES], [1, 1, 1]))],
    [
      'something is decided',
      () => void (useAnnotation().review = new Array(SLICES).fill('rejected')),
    ],
  ])('ends at once where %s', async (_, change) => {
    await follow(1, [0, 200, 0, 0]);
    useBlink().toggle();
    expect(useBlink().shows).toBe('before');
    change();
    expect(useBlink().shows).toBe(null);
  });
});
