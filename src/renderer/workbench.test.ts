import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, type EffectScope } from 'vue';
import { MarginaliaError } from '../shared/errors.ts';
import { useAnnotation } from './stores/annotation-store.ts';
import { useNotices } from './stores/notices-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';
import { useVolume, type OpenVolume } from './stores/volume-store.ts';
import { forgetOldRefusals, keepSuggestionsCurrent } from './workbench.ts';

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
/** What the host was asked to suggest, and what it was told about labels, in this order. */
let heard: unknown[] = [];
vi.mock('./bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    stream: (_name: string, input: object, _frame: unknown, signal: AbortSignal) =>
      new Promise((_, reject) => {
        heard.push(input);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
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
          numbers: { undo: [], redo: [] },
        });
      if (name === 'suggestions.list' || name === 'queue.next') return Promise.resolve([]);
      heard.push(change);
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

describe('what is being suggested', () => {
  let scope: EffectScope;
  beforeEach(async () => {
    setActivePinia(createPinia());
    heard = [];
    useVolume().current = { info: { stack: { id: 'stack' } } } as OpenVolume;
    await useAnnotation().load('stack', [2, 2, 1], [1, 1, 1]);
    await useSuggestions().load('stack');
    scope = effectScope();
    scope.run(keepSuggestionsCurrent);
  });
  afterEach(() => scope.stop());

  it('is asked for again where the prompt becomes another one, once the host has that', async () => {
    const asked = { stack: 'stack', labels: ['liver'], slices: [0, 0], focus: 0 };
    void useSuggestions().run(['liver'], [0, 0], 0);
    expect(heard).toEqual([asked]);
    const saved = useAnnotation().changeLabel('liver', { prompt: 'liver in a CT' });
    await nextTick();
    expect(heard).toEqual([asked, { prompt: 'liver in a CT' }]);
    answer();
    await saved;
    await vi.waitFor(() => expect(heard).toEqual([asked, { prompt: 'liver in a CT' }, asked]));
    expect(useSuggestions().running).toBe(true);
  });

  it('is asked for again without labels that are gone, and not once it was stopped', async () => {
    const { run, renew, cancel } = useSuggestions();
    void run(['liver', 'gone'], [0, 0], 0);
    await renew('stack');
    const labels = (): unknown[] => heard.map((one) => (one as { labels: string[] }).labels);
    expect(labels()).toEqual([['liver', 'gone'], ['liver']]);
    cancel();
    await renew('stack');
    expect(labels()).toEqual([['liver', 'gone'], ['liver']]);
  });

  it('can be stopped while the host has yet to learn of the labels', async () => {
    const saved = useAnnotation().changeLabel('liver', { locked: true });
    const run = useSuggestions().run(['liver'], [0, 0], 0);
    expect(useSuggestions().running).toBe(true);
    await nextTick();
    useSuggestions().cancel();
    await run;
    expect(useSuggestions().running).toBe(false);
    answer();
    await saved;
    expect(heard).toEqual([{ locked: true }]);
  });
});
