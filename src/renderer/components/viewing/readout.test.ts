import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createLabelMap } from '../../model/label-map.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import type { Readout } from '../../viewer/index.ts';
import { readoutLines } from './readout.ts';

vi.mock('../../bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string) => {
      const rest = { samplesUsed: 3, evidence: null, planes: ['acquired'] };
      const map = Uint8Array.of(51, 204);
      return Promise.resolve(
        name === 'suggestions.list'
          ? [{ label: 'liver', index: 0, score: 1, doubt: 0.1, ...rest }]
          : { ...rest, probability: map, total: map, aleatoric: map, epistemic: map },
      );
    },
  }),
}));

describe('what is under the pointer', () => {
  const readout: Readout = {
    axis: 2,
    slice: 0,
    voxel: [1, 0, 0],
    world: [0, 0, 0],
    value: 41,
    label: 0,
    suggested: 1,
    uncertainty: 0.2149,
  };

  beforeEach(async () => {
    setActivePinia(createPinia());
    const annotation = useAnnotation();
    annotation.labels = [
      {
        id: 'liver',
        value: 1,
        name: 'liver',
        colour: '#ffffff',
        prompt: '',
        visible: true,
        locked: false,
        term: null,
      },
    ];
    annotation.activeId = 'liver';
    annotation.map = createLabelMap([2, 1, 1], [1, 1, 1]);
    await useSuggestions().load('stack');
    await useSuggestions().fetch('liver', 0);
  });

  it('is told with the doubt about the chosen label', () => {
    expect(readoutLines(readout)).toEqual([
      '41 · liver? · liver 0.80',
      'doubt 0.21 nats · 3 samples',
    ]);
    expect(readoutLines({ ...readout, uncertainty: null })).toEqual(['41 · liver? · liver 0.80']);
  });

  it('says so where the doubt that is drawn is the largest of all labels', () => {
    useView().doubt.of = 'largest';
    expect(readoutLines(readout)[1]).toBe('largest doubt 0.21 nats');
  });
});
