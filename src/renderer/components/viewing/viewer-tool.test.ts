import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sliceGeometry } from '../../viewer/camera.ts';
import { createLabelMap } from '../../model/label-map.ts';
import { useAnnotation, type ReviewState } from '../../stores/annotation-store.ts';
import { useSettings } from '../../stores/settings-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import { eventAt, fakeContext, type FakeContext } from '../../viewer/tools/fake-context.ts';
import { viewerTool } from './viewer-tool.ts';

const map = (): Uint8Array<ArrayBuffer> => new Uint8Array(400).fill(200);
vi.mock('../../bridge.ts', () => ({
  useBridge: () => ({
    on: () => () => undefined,
    call: (name: string) =>
      Promise.resolve(
        name === 'suggestions.list'
          ? [
              {
                label: 'liver',
                index: 1,
                samplesUsed: 1,
                score: 1,
                doubt: 0,
                evidence: null,
                planes: ['acquired'],
              },
            ]
          : name === 'settings.get'
            ? { annotateFirst: true, keys: {} }
            : {
                samplesUsed: 1,
                probability: map(),
                total: map(),
                aleatoric: map(),
                epistemic: map(),
                evidence: null,
                planes: ['acquired'],
              },
      ),
  }),
}));

// Keys are named as the system names them.
vi.stubGlobal('navigator', { platform: 'Linux x86_64' });

describe('the lasso that accepts', () => {
  let context: FakeContext;
  const corners = [
    [50, 50],
    [100, 50],
    [100, 100],
    [50, 100],
  ] as const;
  function draw(more: Parameters<typeof eventAt>[1] = {}): void {
    const gesture = viewerTool('accept').begin(eventAt([corners[0]], more), context)!;
    gesture.move(eventAt(corners, more));
    gesture.end();
  }
  function review(state: ReviewState): void {
    const annotation = useAnnotation();
    annotation.review = ['unseen', state, 'unseen'];
    annotation.covered = [[], state === 'unseen' ? [] : ['liver'], []];
  }

  beforeEach(async () => {
    setActivePinia(createPinia());
    context = fakeContext();
    const annotation = useAnnotation();
    annotation.labels = [
      {
        id: 'liver',
        value: 1,
        name: 'liver',
        colour: '#fff',
        prompt: '',
        visible: true,
        locked: false,
        term: null,
      },
    ];
    annotation.activeId = 'liver';
    annotation.map = createLabelMap([20, 20, 3], [1, 1, 1]);
    review('unseen');
    await useSuggestions().load('stack');
    await useSuggestions().fetch('liver', 1);
  });

  it('takes what is suggested inside it, around what is there', () => {
    context.labels.data[5 + 20 * (5 + 20)] = 7;
    draw();
    expect(context.edits).toHaveLength(1);
    expect(context.edits[0]).toMatchObject({ name: 'Accept “liver” here' });
    expect(context.edits[0]!.lengths.reduce((a, b) => a + b)).toBe(24);
  });

  const refusals: readonly (readonly [string, () => unknown])[] = [
    ['suggestion-hidden', () => useSettings().load()],
    ['suggestion-hidden', () => void (useView().suggestions = false)],
    ['slice-decided', () => review('accepted')],
    ['slice-decided', () => review('rejected')],
    [
      'label-locked',
      () =>
        void (useAnnotation().labels = useAnnotation().labels.map((one) => ({
          ...one,
          locked: true,
        }))),
    ],
    ['no-suggestion', () => useSuggestions().clear()],
  ];
  it.each(refusals)('is refused with %s, and what to do', async (code, arrange) => {
    await arrange();
    expect(draw).toThrow(
      expect.objectContaining({ code, hint: expect.stringMatching(/./) as string }) as Error,
    );
    expect(context.edits).toEqual([]);
    expect(context.labels.data.includes(1)).toBe(false);
  });

  it('is refused in planes in which nothing was suggested', () => {
    const { view } = eventAt([corners[0]]);
    const geometry = sliceGeometry(context.scene().volume!.raster, 1);
    expect(() => draw({ plane: { axis: 1, index: 3 }, view: { ...view, geometry } })).toThrow(
      expect.objectContaining({ code: 'other-plane' }) as Error,
    );
  });
});
