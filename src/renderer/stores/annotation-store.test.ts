import fc from 'fast-check';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from 'vue';
import { MarginaliaError } from '../../shared/errors.ts';
import { collectChanges, type Edit } from '../../shared/edit/edit.ts';
import { apply as applyPatch, decodePatch, rebase } from '../../shared/labelmap/patch.ts';
import { encodeRuns } from '../../shared/labelmap/rle.ts';
import { createEditing } from '../viewer/tools/edit-session.ts';
import { useAnnotation } from './annotation-store.ts';

const [WIDTH, SLICES] = [6, 3];
const SIZE = [WIDTH, 1, SLICES] as const;
type Labels = readonly Uint8Array[];
interface Given {
  readonly step?: string;
  readonly name: string;
  readonly slices: readonly { readonly index: number; readonly patch: Uint8Array }[];
}

/** A host that keeps a copy of every state, and answers when it is let. */
function createHost() {
  let states: { readonly name: string; readonly labels: Labels }[] = [
    { name: '', labels: Array.from({ length: SLICES }, () => new Uint8Array(WIDTH)) },
  ];
  let present = 0;
  /** What becomes of the next edit, and whether answers wait to be let go. */
  const whims = { refuses: false, merges: false, holds: false, gone: false, breaks: false };
  /** Steps that were done; who asks again is told that nothing changed. */
  const known = new Set<string>();
  /** A redo makes the first slice one that was begun to be corrected. */
  let isStarted = false;
  const held: (() => void)[] = [];

  let labels = ['label', 'other'].map((id, n) => ({ id, value: n + 1, name: id }));

  const now = (): Labels => states[present]!.labels;
  function answer(before: Labels) {
    const slices = now()
      .map((labels, index) => ({ index, runs: encodeRuns(labels) }))
      .filter(({ index }) => now()[index]!.some((v, n) => v !== before[index]![n]));
    const names = states.slice(1).map(({ name }) => name);
    return {
      labels,
      slices,
      review: [],
      covered: [],
      unseen: [],
      undo: names.slice(0, present).toReversed(),
      redo: names.slice(present),
      numbers: { undo: [], redo: [] },
      edit: null,
    };
  }
  function record(name: string, labels: Labels) {
    const before = now();
    if (labels.some((slice, k) => slice.some((v, n) => v !== before[k]![n]))) {
      states = [...states.slice(0, present + 1), { name, labels }];
      present++;
    }
    return answer(before);
  }
  function go(by: -1 | 1) {
    const before = now();
    if (!states[present + by]) return null;
    present += by;
    return answer(before);
  }
  function apply({ name, slices }: Given) {
    const { refuses, merges } = whims;
    whims.refuses = whims.merges = false;
    if (refuses) throw new MarginaliaError('label-locked', 'It is locked.');
    const labels = now().map((own) => own.slice());
    for (const { index, patch } of slices) {
      applyPatch(labels[index]!, rebase(decodePatch(patch, WIDTH), labels[index]!));
    }
    if (merges) labels[slices[0]!.index]![0] = 9;
    return record(name, labels);
  }
  const reviewed = (state: string) => ({ index: 0, state, labels: ['label'] });
  const calls: Record<string, (input: never) => unknown> = {
    'annotation.get': () => answer(now()),
    'annotation.voxels': () => now().map((labels, index) => ({ index, runs: encodeRuns(labels) })),
    'edits.apply': apply,
    'edits.undo': () => go(-1),
    'edits.redo': () => {
      const result = go(1);
      isStarted = result !== null;
      return result && { ...result, review: [reviewed('started')] };
    },
    'review.settle': () => {
      const review = isStarted ? [reviewed('corrected')] : [];
      isStarted = false;
      return { ...answer(now()), review };
    },
    'review.set': () => record('Mark', now()),
    'labels.change': ({ label, change }: { label: string; change: object }) => {
      labels = labels.map((one) => (one.id === label ? { ...one, ...change } : one));
      return labels.find(({ id }) => id === label);
    },
    'labels.remove': ({ label }: { label: string }) => {
      labels = labels.filter(({ id }) => id !== label);
      return record(
        `Remove ${label}`,
        now().map((slice) => slice.map((v) => (v === 1 ? 0 : v))),
      );
    },
    'labels.interpolate': () =>
      record(
        'Fill',
        now().map((labels, k) => (k === 1 ? labels.map((v) => v || 5) : labels)),
      ),
  };
  return {
    whims,
    now,
    free: () => held.splice(0).forEach((go) => go()),
    /** Another window paints. */
    foreign(value: number) {
      record(
        'Brush',
        now().map((slice, k) => (k === 0 ? slice.map(() => value) : slice)),
      );
      useAnnotation().changedBy({ stack: 'stack', step: 'of another window' });
    },
    labels: () => labels,
    async call(name: string, input: never): Promise<unknown> {
      if (whims.holds) await new Promise<void>((resolve) => held.push(resolve));
      if (whims.gone) throw gone();
      const { step } = input as Partial<Given>;
      const isKnown = step !== undefined && known.has(step);
      const back = name === 'edits.undo' || name === 'edits.redo';
      const output = isKnown ? (back ? null : answer(now())) : calls[name]!(input);
      if (step !== undefined) {
        known.add(step);
        useAnnotation().changedBy({ stack: 'stack', step });
      }
      // It did what it was asked for, and ends before it says so.
      if (!whims.breaks) return output;
      whims.gone = true;
      whims.breaks = false;
      throw gone();
    },
  };
}

const gone = (): MarginaliaError => new MarginaliaError('host-gone', 'It does not answer.');

let host: ReturnType<typeof createHost>;
vi.mock('../bridge.ts', () => ({
  useBridge: () => ({ call: (name: string, input: never) => host.call(name, input) }),
}));

const shown = (): number[] => [...useAnnotation().map!.data];
const kept = (): number[] => host.now().flatMap((labels) => [...labels]);

/** A brush over voxels that are not of this label yet. */
function brush(from: number, length: number, value: number, name = 'Brush'): Edit {
  const changes = collectChanges();
  const { data } = useAnnotation().map!;
  for (let n = from; n < Math.min(data.length, from + length); n++) {
    changes.add(n, 1, data[n]!, value);
  }
  return changes.edit(name);
}
const paint = (from: number, length: number, value: number, name = 'Brush'): Promise<void> =>
  useAnnotation().apply(brush(from, length, value, name), 'human');

async function begin(): Promise<void> {
  host = createHost();
  setActivePinia(createPinia());
  await useAnnotation().load('stack', [...SIZE], [1, 1, 1]);
}

describe('labels of the page', () => {
  beforeEach(begin);

  it('go back and forth before the host answers', async () => {
    await paint(2, 3, 1);
    await paint(8, 3, 2);
    const before = shown();
    host.whims.holds = true;
    const back = useAnnotation().undo();
    expect(shown().slice(6)).toEqual(new Array(12).fill(0));
    const further = useAnnotation().undo();
    expect(shown()).toEqual(new Array(18).fill(0));
    expect(useAnnotation().redoNames).toEqual(['Brush', 'Brush']);
    const forth = [useAnnotation().redo(), useAnnotation().redo()];
    expect(shown()).toEqual(before);
    host.whims.holds = false;
    host.free();
    await Promise.all([back, further, ...forth]);
    expect(shown()).toEqual(before);
    expect(kept()).toEqual(before);
  });

  it('keep a stroke in the air apart from what becomes of the strokes before it', async () => {
    const annotation = useAnnotation();
    let seen = annotation.map;
    const editing = createEditing(
      () => seen,
      () => undefined,
      () => undefined,
    );
    const stop = watch(
      () => annotation.map,
      (map) => editing.withoutStroke(() => (seen = map)),
    );
    annotation.setStrokeGuard(editing.withoutStroke);
    for (const [round, whim] of (['none', 'merges', 'refuses'] as const).entries()) {
      host.whims.holds = true;
      if (whim !== 'none') host.whims[whim] = true;
      const first = paint(0, 2, 3 + round);
      const stroke = editing.start()!;
      stroke.add(() => brush(1, 3, 2));
      host.whims.holds = false;
      host.free();
      await first;
      stroke.add(() => brush(4, 1, 2));
      expect(shown().slice(1, 5)).toEqual([2, 2, 2, 2]);
      const edit = stroke.finish()!;
      expect(shown()).toEqual(kept());
      await annotation.apply(edit, 'human');
      expect(shown()).toEqual(kept());
      expect(kept().slice(1, 5)).toEqual([2, 2, 2, 2]);
      await annotation.undo();
    }
    stop();
  });

  it('are corrected on a slice that is left while the host is still asked to begin it again', async () => {
    const annotation = useAnnotation();
    await paint(0, 2, 1);
    await annotation.undo();
    host.whims.holds = true;
    const redone = annotation.redo();
    const left = annotation.settle(0);
    host.whims.holds = false;
    host.free();
    await Promise.all([redone, left]);
    expect(annotation.review[0]).toBe('corrected');
    await annotation.settle(0);
    expect(annotation.review[0]).toBe('corrected');
  });

  it('are what the host says where it refuses an edit that was undone already', async () => {
    await paint(0, 4, 1);
    host.whims.refuses = true;
    const refused = paint(6, 4, 2);
    const undone = useAnnotation().undo();
    await Promise.all([refused, undone]);
    expect(shown()).toEqual(kept());
    expect(useAnnotation().undoNames).toEqual(['Brush']);
  });

  it('follow what another window painted in between', async () => {
    await paint(0, 2, 1);
    host.foreign(7);
    await paint(9, 2, 3);
    expect(shown()).toEqual(kept());
    expect(shown().slice(0, 11)).toEqual([7, 7, 7, 7, 7, 7, 0, 0, 0, 3, 3]);
    await useAnnotation().undo();
    await useAnnotation().undo();
    expect(shown()).toEqual(kept());
    expect(shown()[0]).toBe(1);
  });

  it('keep what is done while the host is gone for when it is back', async () => {
    await paint(0, 2, 1);
    await paint(12, 2, 1);
    host.whims.gone = true;
    const annotation = useAnnotation();
    const work = [
      paint(2, 2, 1),
      annotation.decide([{ index: 1, state: 'accepted' }]),
      paint(9, 1, 2),
      annotation.undo(),
      annotation.redo(),
      annotation.interpolate('label'),
      annotation.undo(),
      annotation.changeLabel('other', { name: 'spleen' }),
    ];
    await new Promise((resolve) => setTimeout(resolve));
    expect(annotation.unsaved).toBe(8);
    expect(annotation.undoNames).toEqual([
      'Brush',
      'Mark slice 2 as accepted',
      'Brush',
      'Brush',
      'Brush',
    ]);
    expect(annotation.redoNames).toEqual(['Interpolate “label”']);
    expect(kept().slice(0, 4)).toEqual([1, 1, 0, 0]);
    // Asked for too early, it waits for the next time.
    work.push(annotation.reload());
    await new Promise((resolve) => setTimeout(resolve));
    host.whims.gone = false;
    await Promise.all([annotation.reload(), ...work]);
    expect(annotation.unsaved).toBe(0);
    expect(kept().slice(0, 10)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 2]);
    expect(annotation.redoNames).toEqual(['Fill']);
    expect(annotation.labels.map(({ name }) => name)).toEqual(['label', 'spleen']);
    expect(shown()).toEqual(kept());
  });

  it('do nothing twice where the host ended before it said that it was done', async () => {
    const annotation = useAnnotation();
    for (let n = 0; n < 4; n++) await paint(4 * n, 2, 1);
    const lose = async (work: () => Promise<void>): Promise<void> => {
      host.whims.breaks = true;
      const done = work();
      await new Promise((resolve) => setTimeout(resolve));
      expect(host.whims.gone).toBe(true);
      host.whims.gone = false;
      await Promise.all([annotation.reload(), done]);
      expect(shown()).toEqual(kept());
    };
    await lose(annotation.undo);
    expect(annotation.undoNames).toHaveLength(3);
    await lose(annotation.undo);
    expect(annotation.redoNames).toHaveLength(2);
    await lose(annotation.redo);
    expect(annotation.undoNames).toHaveLength(3);
    await lose(() => annotation.interpolate('label'));
    await lose(() => annotation.removeLabel('label'));
    expect(annotation.undoNames.slice(0, 2)).toEqual(['Remove label', 'Fill']);
    expect(annotation.labels.map(({ id }) => id)).toEqual(['other']);
  });

  it('show a label as it was again where the host refuses to remove it', async () => {
    host.whims.gone = true;
    const removed = useAnnotation().removeLabel('nothing');
    host.whims.gone = false;
    await removed;
    expect(useAnnotation().labels).toEqual(host.labels());
  });

  it('hold up nothing where the series was closed before the host was back', async () => {
    host.whims.gone = true;
    const lost = paint(0, 2, 1);
    await new Promise((resolve) => setTimeout(resolve));
    useAnnotation().clear();
    await lost;
    host.whims.gone = false;
    await useAnnotation().load('other', [...SIZE], [1, 1, 1]);
    await paint(4, 1, 3);
    expect(kept()[4]).toBe(3);
  });

  it('wait for the host where only it knows the step', async () => {
    await useAnnotation().interpolate('label');
    await paint(0, 2, 1);
    await useAnnotation().undo();
    host.whims.holds = true;
    const back = useAnnotation().undo();
    expect(shown()[6]).toBe(5);
    host.whims.holds = false;
    host.free();
    await back;
    expect(shown()).toEqual(new Array(18).fill(0));
  });

  it('are those of the host after any edits, steps, refusals and answers that come late', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('paint' as const),
          from: fc.nat(17),
          length: fc.integer({ min: 1, max: 9 }),
          value: fc.nat(3),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constantFrom('undo' as const, 'redo' as const) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom(
            'fill' as const,
            'decide' as const,
            'foreign' as const,
            'refuse' as const,
            'merge' as const,
          ),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constantFrom('hold' as const, 'wait' as const, 'pause' as const),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constantFrom('away' as const, 'break' as const, 'back' as const),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constantFrom('rename' as const, 'remove' as const) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        await begin();
        let [renamed, painted] = [0, 0];
        const annotation = useAnnotation();
        let work: Promise<unknown> = Promise.resolve();
        const letGo = async (): Promise<void> => {
          host.whims.holds = host.whims.breaks = false;
          if (host.whims.gone) comeBack();
          host.free();
          await work;
        };
        const comeBack = (): void => {
          host.whims.gone = false;
          also(annotation.reload().catch(() => undefined));
        };
        const also = (more: Promise<void>): void => void (work = Promise.all([work, more]));
        for (const one of steps) {
          if (one.kind === 'paint')
            also(paint(one.from, one.length, one.value, `Brush ${++painted}`));
          else if (one.kind === 'undo') also(annotation.undo());
          else if (one.kind === 'redo') also(annotation.redo());
          else if (one.kind === 'fill') also(annotation.interpolate('label'));
          else if (one.kind === 'decide')
            also(annotation.decide([{ index: 0, state: 'accepted' }]));
          else if (one.kind === 'foreign') host.foreign(8);
          else if (one.kind === 'refuse') host.whims.refuses = true;
          else if (one.kind === 'merge') host.whims.merges = true;
          else if (one.kind === 'hold') host.whims.holds = true;
          else if (one.kind === 'rename')
            also(annotation.changeLabel('other', { name: `${++renamed}` }));
          else if (one.kind === 'remove') also(annotation.removeLabel('label'));
          else if (one.kind === 'pause') await new Promise((go) => setTimeout(go));
          else if (one.kind === 'away') host.whims.gone = true;
          else if (one.kind === 'break') host.whims.breaks = true;
          else if (one.kind === 'back') comeBack();
          else await letGo();
        }
        await letGo();
        // What another window did last is read in turn.
        host.whims.refuses = host.whims.merges = false;
        await annotation.reload();
        expect(shown()).toEqual(kept());
        expect(annotation.unsaved).toBe(0);
        expect(annotation.labels).toEqual(host.labels());
        // In their order, none twice.
        const strokes = annotation.undoNames
          .filter((name) => name.startsWith('Brush '))
          .map((name) => Number(name.slice(6)));
        expect(strokes).toEqual([...new Set(strokes)].sort((a, b) => b - a));
      }),
      { numRuns: 1000, timeout: 3000 },
    );
  });
});
