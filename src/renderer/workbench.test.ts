import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, type EffectScope } from 'vue';
import { MarginaliaError } from '../shared/errors.ts';
import { useAnnotation } from './stores/annotation-store.ts';
import { useNotices } from './stores/notices-store.ts';
import { forgetOldRefusals } from './workbench.ts';

const liver = {
  id: 'liver',
  value: 1,
  name: 'liver',
  colour: '#fff',
  prompt: '',
  visible: true,
  locked: false,
  term: null,
};
/** Lets the host answer what it was asked last. */
let answer: () => void;
vi.mock('./bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string, { change = {} }: { readonly change?: object }) => {
      if (name === 'annotation.voxels') return Promise.resolve([]);
      if (name === 'annotation.get')
        return Promise.resolve({
          labels: [liver],
          review: ['unseen'],
          covered: [[]],
          unseen: [[]],
          undo: [],
          redo: [],
        });
      return new Promise((resolve) => (answer = () => resolve({ ...liver, ...change })));
    },
  }),
}));

describe('what was refused', () => {
  let scope: EffectScope;
  beforeEach(async () => {
    setActivePinia(createPinia());
    await useAnnotation().load('stack', [2, 2, 1], [1, 1, 1]);
    scope = effectScope();
    scope.run(forgetOldRefusals);
  });
  afterEach(() => scope.stop());
  const refuse = (): void =>
    useNotices().fail(new MarginaliaError('label-locked', '“liver” is locked.', 'Unlock it.'));

  it('is told until things are otherwise, not until the host has acknowledged what is shown', async () => {
    const { changeLabel } = useAnnotation();
    const locked = changeLabel('liver', { locked: true });
    await nextTick();
    refuse();
    answer();
    await locked;
    await nextTick();
    expect(useNotices().list).toHaveLength(1);
    void changeLabel('liver', { locked: false });
    await nextTick();
    expect(useNotices().list).toEqual([]);
  });
});
