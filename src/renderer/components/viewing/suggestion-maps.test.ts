import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { createLabelMap } from '../../model/label-map.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useSuggestions, type Maps, type Summary } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import type { Viewer } from '../../viewer/index.ts';
import { createMapLayer } from '../../viewer/map-layer.ts';
import { showSuggestionMaps } from './suggestion-maps.ts';

const SLICES = 4;
const NONE: readonly string[] = [];

/** A host whose suggestions all rest on what is decided: `evidence` names it. */
const host = {
  evidence: 'a',
  labels: ['l'],
  asked: [] as number[],
  withoutDoubt: [] as number[],
  gone: new Set<number>(),
};
const evidence = (): Maps['evidence'] => ({ id: host.evidence, slices: 1 });
const mapsNow = (index: number, label: string): Maps => {
  const map = (): Uint8Array<ArrayBuffer> =>
    new Uint8Array(4).fill(10 * index + host.evidence.charCodeAt(0) + (label === 'l' ? 0 : 5));
  return {
    samplesUsed: 1,
    probability: map().fill(100 + host.evidence.charCodeAt(0)),
    total: map(),
    aleatoric: map(),
    epistemic: map(),
    evidence: evidence(),
    planes: ['acquired' as const],
  };
};
const list = (): Summary[] =>
  host.labels.flatMap((label) =>
    Array.from({ length: SLICES }, (_, index) => index)
      .filter((index) => !host.gone.has(index))
      .map((index) => ({
        label,
        index,
        samplesUsed: 1,
        score: 1,
        doubt: 0.1,
        evidence: evidence(),
        planes: ['acquired' as const],
      })),
  );
interface Asked {
  readonly index?: number;
  readonly label?: string;
  readonly doubt?: boolean;
}
vi.mock('../../bridge.ts', () => ({
  useBridge: () => ({
    call: (name: string, { index = 0, label = '', doubt = true }: Asked) => {
      if (name === 'suggestions.list') return Promise.resolve(list());
      host.asked.push(index);
      const maps = mapsNow(index, label);
      if (doubt) return Promise.resolve(maps);
      host.withoutDoubt.push(index);
      const none = new Uint8Array();
      return Promise.resolve({ ...maps, total: none, aleatoric: none, epistemic: none });
    },
  }),
}));

describe('the maps of the viewer', () => {
  const taken: string[] = [];
  /** What it takes, as the real one would. */
  const newMaps = () => ({
    suggested: createMapLayer([2, 2, SLICES], [1, 1, 1]),
    uncertainty: createMapLayer([2, 2, SLICES], [1, 1, 1]),
  });
  let maps = newMaps();
  const viewer = {
    setMap(kind: 'suggested' | 'uncertainty', slice: number, values: Uint8Array | null) {
      if (maps[kind].set(slice, values)) taken.push(`${kind} ${slice}${values ? '' : ' off'}`);
    },
  } as unknown as Viewer;
  /** What changed, once all that was fetched is there. */
  async function settled(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve));
    return taken.splice(0);
  }
  let scope = effectScope();

  beforeEach(async () => {
    scope.stop();
    scope = effectScope();
    setActivePinia(createPinia());
    maps = newMaps();
    Object.assign(host, { evidence: 'a', labels: ['l'], asked: [], withoutDoubt: [] });
    host.gone.clear();
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
    annotation.covered = new Array(SLICES).fill(NONE);
    await useSuggestions().load('stack');
    scope.run(() => showSuggestionMaps(viewer));
    await settled();
  });

  it('are fetched, and sent again where a decision changes them alone', async () => {
    expect(host.asked.sort()).toEqual([0, 1, 2, 3]);
    useAnnotation().covered = [NONE, ['l'], NONE, NONE];
    expect(await settled()).toEqual(['suggested 1 off']);
    useView().doubt.kind = 'epistemic';
    expect(await settled()).toEqual([0, 1, 2, 3].map((k) => `uncertainty ${k}`));
    useView().suggestions = false;
    expect(await settled()).toHaveLength(7);
  });

  it('are exchanged one by one once they follow other slices, and go with their suggestion', async () => {
    host.evidence = 'b';
    host.gone.add(3);
    host.asked = [];
    await useSuggestions().refresh();
    expect(await settled()).toEqual([
      'suggested 3 off',
      'uncertainty 3 off',
      ...[0, 1, 2].flatMap((k) => [`suggested ${k}`, `uncertainty ${k}`]),
    ]);
    expect(host.asked).toEqual([0, 1, 2]);
    expect(maps.uncertainty.valueAt([0, 0, 2])).toBe(20 + 98);
    await useSuggestions().refresh();
    expect(await settled()).toEqual([]);
    expect(host.asked).toEqual([0, 1, 2]);
  });

  it('are, of doubt, the largest of all labels that are shown where the user asks for that', async () => {
    const annotation = useAnnotation();
    const [first] = annotation.labels;
    annotation.labels = [first!, { ...first!, id: 'm', value: 2 }];
    host.labels = ['l', 'm'];
    await useSuggestions().refresh();
    await settled();
    // Of the other label only where it is suggested, until its doubt is drawn.
    expect(host.asked.slice(4)).toEqual([0, 1, 2, 3]);
    expect(host.withoutDoubt).toEqual([0, 1, 2, 3]);
    expect(maps.uncertainty.valueAt([0, 0, 2])).toBe(20 + 97);
    useView().doubt.of = 'largest';
    expect(await settled()).toEqual([0, 1, 2, 3].map((k) => `uncertainty ${k}`));
    expect(maps.uncertainty.valueAt([0, 0, 2])).toBe(20 + 97 + 5);
    annotation.labels = [first!, { ...first!, id: 'm', value: 2, visible: false }];
    await settled();
    expect(maps.uncertainty.valueAt([0, 0, 2])).toBe(20 + 97);
    // A label that is hidden hides its doubt, chosen or not.
    useView().doubt.of = 'chosen';
    annotation.labels = [{ ...first!, visible: false }];
    await settled();
    expect(maps.uncertainty.valueAt([0, 0, 2])).toBeUndefined();
  });

  it('keep the doubt that is drawn until all is there that takes its place', async () => {
    const annotation = useAnnotation();
    const [first] = annotation.labels;
    annotation.labels = [first!, { ...first!, id: 'm', value: 2 }];
    host.labels = ['l', 'm'];
    useView().doubt.of = 'largest';
    await useSuggestions().refresh();
    await settled();
    host.evidence = 'c';
    host.asked = [];
    await useSuggestions().refresh();
    const doubts = (await settled()).filter((one) => one.startsWith('uncertainty'));
    // Once more for each map that comes while the other one is that of before: both are there.
    expect(new Set(doubts)).toEqual(new Set([0, 1, 2, 3].map((k) => `uncertainty ${k}`)));
    expect(host.asked).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(maps.uncertainty.valueAt([0, 0, 2])).toBe(20 + 99 + 5);
  });
});
