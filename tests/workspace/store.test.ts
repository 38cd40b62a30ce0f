import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import { diff } from '../../src/shared/labelmap/patch.ts';
import {
  close,
  everything,
  ID,
  LIVER,
  newFolder,
  open,
  PIXELS,
  prepared,
  STACK,
  stripe,
  stroke,
} from './stack.ts';

const failing = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('a workspace', () => {
  it('is made where there is none, with everything that belongs to it', () => {
    const folder = join(newFolder(), 'a', 'workspace');
    const workspace = open(folder);
    expect(workspace.series.list()).toEqual([]);
    close(workspace);
    expect(readdirSync(folder).sort()).toEqual(['backups', 'lock', 'workspace.sqlite']);
  });

  it('has everything again when it is opened again', () => {
    const folder = newFolder();
    const first = prepared(folder);
    const labels = first.labels.list(ID);
    stroke(first, 3, stripe(1, 10, 30));
    stroke(first, 4, stripe(2, 0, 5), 'Eraser');
    first.journal.undo(ID);
    first.settings.change({ theme: 'dark', samples: 30 });
    first.recents.add(['/data'], 'Abdomen');
    first.adapters.use('bundle', 'abc');
    close(first);

    const again = open(folder);
    expect(again.recovery).toBeUndefined();
    expect(again.series.get(ID)).toMatchObject(STACK);
    expect(again.labels.list(ID)).toEqual(labels);
    expect(again.slices.read(ID, 3)).toEqual(stripe(1, 10, 30));
    expect(again.slices.reviews(ID)).toEqual(['unseen', 'unseen', 'unseen', 'corrected', 'unseen']);
    expect(again.journal.names(ID)).toEqual({ undo: ['Brush'], redo: ['Eraser'] });
    expect(again.settings.read()).toEqual({ theme: 'dark', samples: 30 });
    expect(again.recents.list()).toMatchObject([{ paths: ['/data'], title: 'Abdomen' }]);
    expect(again.adapters.current('bundle')).toBe('abc');
  });

  it('is not to be had where a file is in the way', () => {
    const folder = newFolder();
    close(open(folder));
    expect(() => open(join(folder, 'workspace.sqlite'))).toThrow(failing('workspace-not-writable'));
  });
});

describe('a step with a name', () => {
  it('is done once, however often it is asked for, and by whichever process', () => {
    const folder = newFolder();
    const first = prepared(folder);
    const paint = (workspace: typeof first, index: number, step?: string): unknown =>
      workspace.journal.record(
        ID,
        { name: `Brush ${index}`, actor: 'human', slices: [{ index, labels: stripe(1, 0, 4) }] },
        step,
      );
    expect(paint(first, 0, 'a')).toBeDefined();
    expect(paint(first, 1, 'a')).toBeUndefined();
    paint(first, 2, 'b');
    expect(first.journal.undo(ID, 'c')).toMatchObject({ name: 'Brush 2' });
    expect(first.journal.undo(ID, 'c')).toBeUndefined();
    close(first);

    const again = open(folder);
    expect(again.journal.undo(ID, 'c')).toBeUndefined();
    expect(again.journal.names(ID)).toEqual({ undo: ['Brush 0'], redo: ['Brush 2'] });
    again.journal.redo(ID, 'd');
    expect(again.journal.redo(ID, 'd')).toBeUndefined();
    const { id } = again.labels.list(ID)[0]!;
    expect(again.labels.remove(ID, id, 'e')).toBeDefined();
    expect(again.labels.remove(ID, id, 'e')).toBeUndefined();
    expect(again.journal.names(ID).undo).toHaveLength(3);
  });

  it('may be done after it was refused', () => {
    const workspace = prepared(newFolder());
    const { id } = workspace.labels.list(ID)[0]!;
    workspace.labels.change(ID, id, { locked: true });
    expect(() => workspace.labels.remove(ID, id, 'a')).toThrow(failing('label-locked'));
    workspace.labels.change(ID, id, { locked: false });
    expect(workspace.labels.remove(ID, id, 'a')).toBeDefined();
  });
});

describe('stacks', () => {
  it('opened again from elsewhere keep their labels; of another size they are refused', () => {
    const workspace = prepared(newFolder(), 1);
    stroke(workspace, 0, stripe(1, 0, 4));
    workspace.series.open({ ...STACK, files: ['/moved/a.dcm'] });
    expect(workspace.series.get(ID)?.files).toEqual(['/moved/a.dcm']);
    expect(workspace.slices.read(ID, 0)).toEqual(stripe(1, 0, 4));
    expect(() => workspace.series.open({ ...STACK, size: [16, 8, 6] })).toThrow(
      failing('stack-changed'),
    );
    expect(workspace.series.get(ID)?.size).toEqual([16, 8, 5]);
  });

  it('without labels may change their size', () => {
    const workspace = prepared(newFolder(), 0);
    workspace.series.open({ ...STACK, size: [16, 8, 6] });
    expect(workspace.slices.reviews(ID)).toHaveLength(6);
  });

  it('that are not known, and slices that do not exist, are refused', () => {
    const workspace = prepared(newFolder());
    expect(() => workspace.slices.read('other', 0)).toThrow(failing('unknown-stack'));
    for (const index of [-1, 5, 0.5]) {
      expect(() => workspace.slices.read(ID, index)).toThrow(failing('no-such-slice'));
    }
  });
});

describe('edits', () => {
  it('replace slices or patch them, and say what they made', () => {
    const workspace = prepared(newFolder());
    const patch = diff(new Uint8Array(PIXELS), stripe(2, 7, 9));
    const applied = workspace.journal.record(ID, {
      name: 'Polygon',
      actor: 'human',
      slices: [
        { index: 0, labels: stripe(1, 0, 4) },
        { index: 1, labels: patch, review: 'corrected' },
        { index: 2, review: 'rejected' },
      ],
    });
    expect(applied).toMatchObject({
      name: 'Polygon',
      slices: [{ index: 0 }, { index: 1, review: 'corrected' }, { index: 2, review: 'rejected' }],
    });
    expect(applied!.slices.map(({ runs }) => runs && decodeRuns(runs, PIXELS))).toEqual([
      stripe(1, 0, 4),
      stripe(2, 7, 9),
      undefined,
    ]);
    expect(workspace.slices.painted(ID).map(({ index }) => index)).toEqual([0, 1]);
    expect(workspace.slices.reviews(ID).slice(0, 3)).toEqual(['unseen', 'corrected', 'rejected']);
  });

  it('that change nothing leave no trace', () => {
    const workspace = prepared(newFolder());
    stroke(workspace, 1, stripe(1, 0, 9));
    const before = workspace.audit.list(1)[0];
    expect(
      workspace.journal.record(ID, {
        name: 'Brush',
        actor: 'human',
        slices: [{ index: 1, labels: stripe(1, 0, 9), review: 'corrected' }, { index: 2 }],
      }),
    ).toBeUndefined();
    expect(workspace.journal.names(ID).undo).toEqual(['Brush']);
    expect(workspace.audit.list(1)[0]).toEqual(before);
  });

  it('are taken back and made again, each with what it did', () => {
    const workspace = prepared(newFolder());
    const states = [everything(workspace)];
    const reviews = [workspace.slices.reviews(ID)];
    for (let n = 0; n < 6; n++) {
      stroke(workspace, n % 3, stripe(1 + (n % 2), n, 60 + n), `Stroke ${n}`);
      states.push(everything(workspace));
      reviews.push(workspace.slices.reviews(ID));
    }
    for (let n = 5; n >= 0; n--) {
      expect(workspace.journal.undo(ID)?.name).toBe(`Stroke ${n}`);
      expect(everything(workspace)).toEqual(states[n]);
      expect(workspace.slices.reviews(ID)).toEqual(reviews[n]);
    }
    expect(workspace.journal.undo(ID)).toBeUndefined();
    expect(workspace.slices.painted(ID)).toEqual([]);
    for (let n = 1; n <= 6; n++) {
      const applied = workspace.journal.redo(ID)!;
      expect(everything(workspace)).toEqual(states[n]);
      for (const { index, runs } of applied.slices) {
        expect(decodeRuns(runs!, PIXELS)).toEqual(workspace.slices.read(ID, index));
      }
    }
    expect(workspace.journal.redo(ID)).toBeUndefined();
  });

  it('end what could be redone', () => {
    const workspace = prepared(newFolder());
    stroke(workspace, 0, stripe(1, 0, 9), 'A');
    stroke(workspace, 0, stripe(2, 0, 9), 'B');
    workspace.journal.undo(ID);
    stroke(workspace, 0, stripe(2, 0, 1), 'C');
    expect(workspace.journal.names(ID)).toEqual({ undo: ['C', 'A'], redo: [] });
    expect(workspace.journal.redo(ID)).toBeUndefined();
    workspace.journal.undo(ID);
    expect(workspace.slices.read(ID, 0)).toEqual(stripe(1, 0, 9));
  });

  it('of several stacks are undone apart', () => {
    const workspace = prepared(newFolder(), 1);
    workspace.series.open({ ...STACK, stack: 'other' });
    workspace.labels.create('other', LIVER);
    stroke(workspace, 0, stripe(1, 0, 9), 'first');
    workspace.journal.record('other', {
      name: 'second',
      actor: 'human',
      slices: [{ index: 0, labels: stripe(1, 9, 11) }],
    });
    expect(workspace.journal.undo(ID)?.name).toBe('first');
    expect(workspace.slices.read('other', 0)).toEqual(stripe(1, 9, 11));
    expect(workspace.journal.names('other').undo).toEqual(['second']);
  });

  it.each([
    ['a slice behind the last', 'no-such-slice', { index: 5, labels: stripe(1, 0, 2) }],
    ['a value without a label', 'unknown-label', { index: 1, labels: stripe(3, 0, 2) }],
    ['a locked label', 'label-locked', { index: 1, labels: stripe(2, 0, 2) }],
    [
      'a patch of other labels',
      'patch-mismatch',
      { index: 0, labels: diff(stripe(1, 0, 1), stripe(1, 0, 0)) },
    ],
    [
      'a patch beyond the slice',
      'patch-mismatch',
      { index: 0, labels: diff(new Uint8Array(999), new Uint8Array(999).fill(1)) },
    ],
  ])('with %s are refused as a whole', (_what, code, slice) => {
    const workspace = prepared(newFolder());
    stroke(workspace, 0, stripe(2, 50, 60));
    workspace.labels.change(ID, workspace.labels.list(ID)[1]!.id, { locked: true });
    const before = everything(workspace);
    const slices = [{ index: 2, labels: stripe(1, 0, 5) }, slice];
    expect(() => workspace.journal.record(ID, { name: 'x', actor: 'model', slices })).toThrow(
      failing(code),
    );
    expect(everything(workspace)).toEqual(before);
    expect(workspace.journal.names(ID).undo).toEqual(['Brush']);
  });

  it('keep the oldest from being undone where the journal is full', () => {
    const workspace = prepared(newFolder(), 2, { journalBytes: 60 });
    for (let n = 0; n < 30; n++) stroke(workspace, 0, stripe(1 + (n % 2), 0, 9), `${n}`);
    // Each of them has one run: 4 bytes.
    expect(workspace.journal.names(ID).undo).toHaveLength(15);
    for (let n = 29; n >= 15; n--) expect(workspace.journal.undo(ID)?.name).toBe(`${n}`);
    expect(workspace.journal.undo(ID)).toBeUndefined();
    expect(workspace.slices.read(ID, 0)).toEqual(stripe(1, 0, 9));
  });

  it('that are dropped while undone take along what follows from them', () => {
    const workspace = prepared(newFolder(), 2, { journalBytes: 20 });
    workspace.series.open({ ...STACK, stack: 'other' });
    workspace.labels.create('other', LIVER);
    for (let n = 0; n < 3; n++) stroke(workspace, 0, stripe(1 + (n % 2), 0, 9), `${n}`);
    for (let n = 0; n < 3; n++) workspace.journal.undo(ID);
    for (let n = 1; n < 5; n++) {
      const slices = [{ index: 0, labels: stripe(1, 0, n) }];
      workspace.journal.record('other', { name: `o${n}`, actor: 'human', slices });
    }
    expect(workspace.journal.names(ID)).toEqual({ undo: [], redo: [] });
    expect(workspace.journal.names('other').undo).toEqual(['o4', 'o3', 'o2', 'o1']);
  });

  it('keep the last even where it alone is too large', () => {
    const workspace = prepared(newFolder(), 2, { journalBytes: 1 });
    stroke(workspace, 0, stripe(1, 0, 9), 'A');
    stroke(workspace, 0, stripe(2, 0, 9), 'B');
    expect(workspace.journal.names(ID).undo).toEqual(['B']);
  });
});

describe('labels', () => {
  it('get the lowest value that is free and keep what they were given', () => {
    const workspace = prepared(newFolder(), 0);
    expect(workspace.labels.create(ID, LIVER)).toMatchObject({ ...LIVER, value: 1 });
    const second = workspace.labels.create(ID, { ...LIVER, term: null });
    expect(second.value).toBe(2);
    const changed = workspace.labels.change(ID, second.id, { name: 'Spleen', visible: false });
    expect(changed).toEqual({ ...second, name: 'Spleen', visible: false });
    expect(workspace.labels.list(ID)[1]).toEqual(changed);
    expect(() => workspace.labels.change(ID, '99', {})).toThrow(failing('unknown-label'));
  });

  it('are removed with their voxels, and both come back', () => {
    const workspace = prepared(newFolder());
    const [first, second] = workspace.labels.list(ID);
    const both = stripe(1, 0, 20);
    both.fill(2, 5, 9);
    stroke(workspace, 1, both);
    stroke(workspace, 2, stripe(2, 0, 20));
    const before = everything(workspace);
    workspace.labels.remove(ID, first!.id);
    expect(workspace.labels.list(ID)).toEqual([second]);
    expect(workspace.slices.read(ID, 1)).toEqual(stripe(2, 5, 9));
    // Its value stays taken while it can come back.
    expect(workspace.labels.create(ID, LIVER).value).toBe(3);
    expect(workspace.journal.undo(ID)?.name).toBe('Remove “Label 1”');
    expect(everything(workspace)).toEqual(before);
    expect(workspace.labels.list(ID)[0]).toEqual(first);
    workspace.journal.redo(ID);
    expect(workspace.labels.list(ID).map(({ value }) => value)).toEqual([2, 3]);
    expect(workspace.slices.read(ID, 1)).toEqual(stripe(2, 5, 9));
  });

  it('that are removed unpainted come back as well', () => {
    const workspace = prepared(newFolder());
    const labels = workspace.labels.list(ID);
    workspace.labels.remove(ID, labels[0]!.id);
    workspace.journal.undo(ID);
    expect(workspace.labels.list(ID)).toEqual(labels);
  });

  it('give their value away once the journal has forgotten them', () => {
    const workspace = prepared(newFolder(), 2, { journalBytes: 1 });
    stroke(workspace, 0, stripe(1, 0, 20));
    workspace.labels.remove(ID, workspace.labels.list(ID)[0]!.id);
    stroke(workspace, 0, stripe(2, 0, 20));
    expect(workspace.labels.create(ID, LIVER).value).toBe(1);
  });

  it('that are locked are not removed', () => {
    const workspace = prepared(newFolder());
    const { id } = workspace.labels.list(ID)[0]!;
    workspace.labels.change(ID, id, { locked: true });
    expect(() => workspace.labels.remove(ID, id)).toThrow(failing('label-locked'));
    expect(workspace.labels.list(ID)).toHaveLength(2);
  });

  it('are 255 at most', () => {
    const workspace = prepared(newFolder(), 255);
    expect(workspace.labels.list(ID).at(-1)?.value).toBe(255);
    expect(() => workspace.labels.create(ID, LIVER)).toThrow(failing('too-many-labels'));
  });
});

describe('the audit log', () => {
  it('tells of every change of labels, by whom and with what', () => {
    const workspace = prepared(newFolder(), 1);
    workspace.journal.record(ID, {
      name: 'Accept suggestion',
      actor: 'model',
      slices: [{ index: 2, labels: stripe(1, 0, 3), review: 'accepted' }],
      provenance: { bundle: 'f00', adapters: null, prompt: 'liver', samples: 30, seed: 7 },
    });
    workspace.journal.undo(ID);
    const entries = workspace.audit.list(10);
    expect(entries.map(({ what }) => what)).toEqual(['undo', 'edit', 'label created']);
    expect(entries[1]).toMatchObject({
      by: 'ada',
      stack: ID,
      provenance: { actor: 'model', slices: [2], bundle: 'f00', prompt: 'liver', seed: 7 },
    });
    expect(workspace.audit.list(1, entries[1]!.id)).toEqual([entries[2]]);
  });
});

describe('stored suggestions', () => {
  const key = { variant: 'b', adapters: '', settings: 'prompt' };
  const map = (value: number): Uint8Array =>
    new Uint8Array(PIXELS).map((_, i) => (i * value) % 256);
  const suggestion = (label: string, index: number) => ({
    label,
    index,
    samplesUsed: 30,
    score: 1.5,
    doubt: 0.25,
    probability: map(1),
    total: map(3),
    aleatoric: map(5),
    epistemic: map(7),
  });

  it('come back as they were, for the same model and settings only', () => {
    const folder = newFolder();
    const first = prepared(folder);
    const { id } = first.labels.list(ID)[0]!;
    first.suggestions.put(
      ID,
      [4, 1].map((k) => ({ key, suggestion: suggestion(id, k) })),
    );
    close(first);
    const workspace = open(folder);
    expect(workspace.suggestions.get(ID, id, 4, key)).toMatchObject(
      Object.fromEntries(
        Object.entries(suggestion(id, 4)).map(([name, value]) => [
          name,
          value instanceof Uint8Array ? Buffer.from(value) : value,
        ]),
      ),
    );
    expect(workspace.suggestions.list(ID, id, key)).toEqual([
      { label: id, index: 1, samplesUsed: 30, score: 1.5, doubt: 0.25 },
      { label: id, index: 4, samplesUsed: 30, score: 1.5, doubt: 0.25 },
    ]);
    for (const other of [{ variant: 'c' }, { adapters: 'v' }, { settings: 'else' }]) {
      expect(workspace.suggestions.get(ID, id, 4, { ...key, ...other })).toBeUndefined();
    }
    workspace.suggestions.clear(ID);
    expect(workspace.suggestions.list(ID, id, key)).toEqual([]);
  });

  it('give way to newer ones where there is no room', () => {
    // Noise does not compress: somewhat more than 4 maps each.
    const noise = keyedState('suggestions');
    const noisy = (): Uint8Array => new Uint8Array(PIXELS).map(() => nextInt32(noise));
    const workspace = prepared(newFolder(), 1, { suggestionBytes: 2.5 * 4 * PIXELS });
    const { id } = workspace.labels.list(ID)[0]!;
    for (let k = 0; k < 5; k++) {
      const maps = { probability: noisy(), total: noisy(), aleatoric: noisy(), epistemic: noisy() };
      workspace.suggestions.put(ID, [{ key, suggestion: { ...suggestion(id, k), ...maps } }]);
    }
    expect(workspace.suggestions.list(ID, id, key).map(({ index }) => index)).toEqual([3, 4]);
  });
});

describe('recent sources', () => {
  it('are listed once, the newest first, thirty at most', () => {
    const workspace = open(newFolder());
    for (let n = 0; n < 40; n++) workspace.recents.add([`/data/${n}`], `${n}`);
    workspace.recents.add(['/data/20'], 'again');
    workspace.recents.forget(['/data/39']);
    const list = workspace.recents.list();
    expect(list.slice(0, 2).map(({ title }) => title)).toEqual(['again', '38']);
    expect(list).toHaveLength(29);
    expect(existsSync(workspace.folder)).toBe(true);
  });
});
