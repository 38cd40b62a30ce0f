import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeRuns } from '../../shared/labelmap/rle.ts';
import { drawnPixels } from '../shown-suggestions.ts';
import { useAnnotation } from '../stores/annotation-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useSettings } from '../stores/settings-store.ts';
import { useSuggestions } from '../stores/suggestions-store.ts';
import { useView } from '../stores/view-store.ts';
import { reviewCommands } from './review.ts';

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
const maps = (...probability: number[]) => ({
  samplesUsed: 1,
  probability: Uint8Array.from(probability),
  total: new Uint8Array(4),
  aleatoric: new Uint8Array(4),
  epistemic: new Uint8Array(4),
  evidence: null,
  planes: ['acquired' as const],
});
const asked: { readonly name: string; readonly input: Record<string, unknown> }[] = [];
const all = [
  ['liver', 0],
  ['spleen', 0],
  ['liver', 1],
] as const;
let suggested: (readonly ['liver' | 'spleen', number])[] = [...all];
/** What is suggested of the spleen. */
let beneath = [0, 0, 250, 0];
/** A run of suggestions that is under way. */
let stream: { frame(frame: unknown): void; end(): void } | undefined;
vi.mock('../bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    stream: (_name: string, _input: unknown, frame: (frame: unknown) => void) =>
      new Promise<void>((end) => void (stream = { frame, end })),
    call: (name: string, input: Record<string, unknown>) => {
      asked.push({ name, input });
      if (name === 'annotation.get')
        return Promise.resolve({
          labels: [label('liver', 1), label('spleen', 2)],
          review: ['unseen', 'unseen'],
          covered: [[], []],
          unseen: [[], []],
          undo: [],
          redo: [],
          numbers: { undo: [], redo: [] },
        });
      if (name === 'annotation.voxels')
        return Promise.resolve([{ index: 0, runs: encodeRuns(Uint8Array.of(2, 0, 0, 0)) }]);
      if (name === 'suggestions.list')
        return Promise.resolve(
          suggested.map(([id, index]) => ({
            label: id,
            index,
            samplesUsed: 1,
            score: 1,
            doubt: 0,
            evidence: null,
            planes: ['acquired' as const],
          })),
        );
      if (name === 'suggestions.get')
        return Promise.resolve(
          input['label'] === 'liver' ? maps(200, 200, 100, 130) : maps(...beneath),
        );
      if (name === 'settings.get') return Promise.resolve({ annotateFirst: true });
      if (name === 'edits.undo')
        return Promise.resolve({
          labels: [label('liver', 1), label('spleen', 2)],
          slices: [{ index: 0, runs: encodeRuns(Uint8Array.of(2, 0, 0, 0)) }],
          review: [{ index: 0, state: 'unseen', labels: [], unseen: [] }],
          undo: [],
          redo: [],
          edit: null,
        });
      return Promise.resolve({
        labels: [label('liver', 1), label('spleen', 2)],
        slices: name === 'edits.apply' ? shownSlices(input['slices']) : [],
        review: [],
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

const run = (name: string): unknown => reviewCommands.find(({ id }) => id === name)!.run();
const accept = (): unknown => run('review.accept');
const edits = () => asked.filter(({ name }) => name === 'edits.apply' || name === 'review.set');

describe('accepting a slice', () => {
  beforeEach(async () => {
    setActivePinia(createPinia());
    asked.length = 0;
    suggested = [...all];
    beneath = [0, 0, 250, 0];
    await useAnnotation().load('stack', [2, 2, 2], [1, 1, 1]);
    await useSuggestions().load('stack');
    for (const [id, index] of all) await useSuggestions().fetch(id, index);
    asked.length = 0;
    useView().focus = [0, 0, 0];
  });

  it('takes what is suggested, around what somebody has drawn', async () => {
    await accept();
    expect([...useAnnotation().map!.data.subarray(0, 4)]).toEqual([2, 1, 2, 1]);
    expect(edits()).toEqual([
      {
        name: 'edits.apply',
        input: expect.objectContaining({
          actor: 'model',
          review: [{ index: 0, state: 'corrected', labels: ['liver', 'spleen'], unseen: [] }],
        }) as object,
      },
    ]);
  });

  it('suggests nothing in place of what a tool has taken away, until the slice is decided', async () => {
    const annotation = useAnnotation();
    // Suggested less than the liver at its first pixel, more at its third.
    suggested = [...all, ['spleen', 1]];
    beneath = [150, 0, 250, 0];
    await useSuggestions().load('stack');
    for (const [id, index] of suggested) await useSuggestions().fetch(id, index);
    expect([...drawnPixels(1)!]).toEqual([1, 1, 2, 1]);
    // The eraser has taken the liver's suggestion, and all of it away.
    await annotation.decide([{ index: 1, state: 'started', labels: ['liver'], unseen: [] }]);
    expect([...drawnPixels(1)!]).toEqual([0, 0, 2, 0]);
    useView().focus = [0, 0, 1];
    await accept();
    expect([...annotation.map!.data.subarray(4)]).toEqual([0, 0, 2, 0]);
    // Left in place of that, the slice is decided for the liver: the spleen is as it is suggested.
    await annotation.decide([{ index: 1, state: 'corrected', labels: ['liver'], unseen: [] }]);
    expect([...drawnPixels(1)!]).toEqual([2, 0, 2, 0]);
  });

  it('takes nothing of a suggestion that is hidden: what is drawn is right as it is', async () => {
    await useSettings().load();
    await accept();
    expect([...useAnnotation().map!.data.subarray(0, 4)]).toEqual([2, 0, 0, 0]);
    expect(edits()).toEqual([
      {
        name: 'review.set',
        input: {
          stack: 'stack',
          step: expect.any(String) as string,
          slices: [{ index: 0, state: 'corrected', labels: ['liver', 'spleen'], unseen: [] }],
        },
      },
    ]);
    expect(asked.some(({ name }) => name === 'suggestions.get')).toBe(false);
  });

  it('takes it once it was shown, and nothing while suggestions are switched off', async () => {
    await useSettings().load();
    useView().revealed = 0;
    useView().suggestions = false;
    await accept();
    expect([...useAnnotation().map!.data.subarray(0, 4)]).toEqual([2, 0, 0, 0]);
    await useAnnotation().decide([{ index: 0, state: 'unseen' }]);
    useView().suggestions = true;
    await accept();
    expect([...useAnnotation().map!.data.subarray(0, 4)]).toEqual([2, 1, 2, 1]);
  });

  it('takes what is seen of a suggestion that is still being refined, and no slice before it is there', async () => {
    const notices = useNotices();
    useView().focus = [0, 0, 1];
    suggested.splice(2);
    await useSuggestions().load('stack');
    const running = useSuggestions().run(['liver'], [1, 1], 1);
    const { frame, end } = stream!;
    await accept();
    expect(edits()).toEqual([]);
    expect(notices.list.at(-1)?.message).toMatch(/nothing to accept yet/);
    frame({
      kind: 'slice',
      label: 'liver',
      index: 1,
      final: false,
      score: null,
      doubt: null,
      ...maps(0, 200, 0, 0),
    });
    await accept();
    expect([...useAnnotation().map!.data.subarray(4)]).toEqual([0, 1, 0, 0]);
    end();
    await running;
  });

  it('leaves out labels that are hidden, and decides nothing about them', async () => {
    const annotation = useAnnotation();
    annotation.labels = annotation.labels.map((one) => ({ ...one, visible: one.id !== 'liver' }));
    await accept();
    expect([...annotation.map!.data.subarray(0, 4)]).toEqual([2, 0, 2, 0]);
    expect(annotation.covered[0]).toEqual(['spleen']);
    annotation.labels = annotation.labels.map((one) => ({ ...one, visible: true }));
    await accept();
    expect([...annotation.map!.data.subarray(0, 4)]).toEqual([2, 1, 2, 1]);
    expect(annotation.covered[0]).toEqual(['spleen', 'liver']);
  });

  it('takes the chosen label alone where that is asked for, or where it is shown alone', async () => {
    const annotation = useAnnotation();
    annotation.activeId = 'liver';
    await run('review.acceptLabel');
    expect([...annotation.map!.data.subarray(0, 4)]).toEqual([2, 1, 0, 1]);
    expect(annotation.covered[0]).toEqual(['liver']);
    await annotation.decide([{ index: 0, state: 'unseen' }]);
    annotation.activeId = 'spleen';
    useView().solo = true;
    await accept();
    expect([...annotation.map!.data.subarray(0, 4)]).toEqual([2, 1, 2, 1]);
    expect(annotation.covered[0]).toEqual(['spleen']);
  });

  it.each(['review.accept', 'review.reject'])(
    'is not lost where the host has yet to say what was undone (%s)',
    async (command) => {
      void run(command);
      void useAnnotation().undo();
      await run(command);
      const { name, input } = edits()[0]!;
      const { step: _, ...asked } = input;
      expect(edits()).toHaveLength(2);
      expect(edits()[1]).toMatchObject({ name, input: asked });
    },
  );

  it('takes nothing that is not drawn yet', async () => {
    await useSuggestions().load('stack');
    await accept();
    expect(edits()).toEqual([]);
    expect(useNotices().list.at(-1)?.message).toMatch(/nothing to accept yet/);
  });
});
