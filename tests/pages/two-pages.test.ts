import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { createPinia } from 'pinia';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../src/main/services/workstation/index.ts';
import { createBridge } from '../../src/renderer/bridge/client.ts';
import type { CarrierListener } from '../../src/renderer/bridge/carrier.ts';
import {
  decodeMessage,
  encodeMessage,
  type FromMain,
  type ToMain,
} from '../../src/shared/contract/index.ts';
import { collectChanges } from '../../src/shared/edit/edit.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { LONG } from '../support/long.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from '../workstation/fake-engines.ts';
import {
  openSeries,
  openWorkstation,
  PHANTOM,
  type Workstation,
} from '../workstation/workstation.ts';

const PIXELS = PHANTOM.size ** 2;
/** Voxels in which is painted: the first ones of the first two slices. */
const SPOTS = 32;
const voxelOf = (spot: number): number => (spot < SPOTS / 2 ? spot : PIXELS + spot - SPOTS / 2);

let station: Workstation;
let stack: string;
let pages: Page[] = [];

interface Page {
  readonly annotation: Awaited<ReturnType<typeof annotationOver>>;
  /** Messages under way, in their order: to the host, and to the page. */
  readonly up: (() => void)[];
  readonly down: (() => void)[];
  /** What the page painted last in each voxel. */
  readonly painted: Map<number, number>;
  readonly close: () => void;
}

/** The annotation of a page of its own: stores are there once for each copy of their modules. */
async function annotationOver(bridge: ReturnType<typeof createBridge>) {
  vi.resetModules();
  vi.doMock('../../src/renderer/bridge.ts', () => ({ useBridge: () => bridge }));
  const { useAnnotation } = await import('../../src/renderer/stores/annotation-store.ts');
  return useAnnotation(createPinia());
}

/** Opens a page on the stack, whose messages wait until they are delivered. */
async function openPage(): Promise<Page> {
  const [up, down]: [(() => void)[], (() => void)[]] = [[], []];
  let listener: CarrierListener;
  const line = connect(station.session, (sent) => {
    const message = decodeMessage(encodeMessage(sent)) as FromMain;
    down.push(() => listener.message(message));
  });
  const carrier = {
    send: (message: ToMain) => void up.push(() => line.receive(message)),
    listen(own: CarrierListener) {
      listener = own;
      own.link({ kind: 'open' });
    },
    retry: () => undefined,
    pathOf: () => null,
  };
  const bridge = createBridge(carrier, 'http://localhost');
  const annotation = await annotationOver(bridge);
  bridge.on('annotation', annotation.changedBy);
  const page = { annotation, up, down, painted: new Map<number, number>(), close: line.close };
  const { size, slices } = PHANTOM;
  await delivered([page], annotation.load(stack, [size, size, slices], [1, 1, 1]));
  return page;
}

/** Delivers everything that is under way, and what follows of it, until some work is done. */
async function delivered(among: readonly Page[], work: Promise<unknown>): Promise<void> {
  let isDone = false;
  void work.finally(() => (isDone = true));
  const waiting = (): (() => void)[] =>
    among.flatMap(({ up, down }) => [...up.splice(0), ...down.splice(0)]);
  for (let next = waiting(); !isDone || next.length > 0; next = waiting()) {
    for (const deliver of next) deliver();
    await setImmediate();
  }
  await work;
}

async function kept(): Promise<number[]> {
  const data = new Uint8Array(PIXELS * PHANTOM.slices);
  for (const { index, runs } of await station.page.call('annotation.voxels', { stack }))
    data.set(decodeRuns(runs, PIXELS), index * PIXELS);
  return [...data];
}

function paint(page: Page, from: number, length: number, value: number): Promise<void> {
  const { annotation, painted } = page;
  const changes = collectChanges();
  for (let spot = from; spot < Math.min(SPOTS, from + length); spot++) {
    const voxel = voxelOf(spot);
    const label = annotation.map!.data[voxel]!;
    changes.add(voxel, 1, label, value);
    if (label !== value) painted.set(voxel, value);
  }
  return annotation.apply(changes.edit('Brush'), 'human');
}

/** Voxels that one page painted and no other did, as it painted them. */
const paintedAlone = ({ painted }: Page): [voxel: number, value: number][] =>
  [...painted].filter(([voxel]) =>
    pages.every((page) => page.painted === painted || !page.painted.has(voxel)),
  );

async function begin(): Promise<void> {
  for (const page of pages) page.close();
  const before = await station.page.call('annotation.voxels', { stack });
  const slices = before.map(({ index, runs }) =>
    slicePatch(index, new Uint8Array(PIXELS), decodeRuns(runs, PIXELS)),
  );
  if (slices.length > 0)
    await station.page.call('edits.apply', { stack, name: 'Clear', slices, actor: 'human' });
  pages = [await openPage(), await openPage()];
}

beforeAll(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
  for (const name of ['liver', 'cyst'])
    await station.page.call('labels.create', { stack, name, prompt: '' });
});
afterEach(() => vi.doUnmock('../../src/renderer/bridge.ts'));

describe('two pages that paint on the same slices', () => {
  const page = fc.nat(1);
  const stroke = fc.record({
    kind: fc.constant('paint' as const),
    page,
    from: fc.nat(SPOTS - 1),
    length: fc.integer({ min: 1, max: 4 }),
    value: fc.nat(2),
  });
  const delivery = fc.record({
    kind: fc.constantFrom('up' as const, 'down' as const, 'either' as const),
    page,
    count: fc.integer({ min: 1, max: 6 }),
  });
  const move = fc.record({ kind: fc.constantFrom('undo' as const, 'redo' as const), page });
  type Action =
    typeof stroke | typeof delivery | typeof move extends fc.Arbitrary<infer A> ? A : never;

  /** Does the actions, then delivers everything. @param check called whenever something has come to pass. */
  async function play(
    actions: readonly Action[],
    check: () => void = () => undefined,
  ): Promise<void> {
    await begin();
    const work: Promise<void>[] = [];
    for (const one of actions) {
      const own = pages[one.page]!;
      if (one.kind === 'paint') work.push(paint(own, one.from, one.length, one.value));
      else if (!('count' in one)) work.push(own.annotation[one.kind]());
      else {
        const next = {
          up: () => own.up.shift(),
          down: () => own.down.shift(),
          either: () => own.up.shift() ?? own.down.shift(),
        }[one.kind];
        for (let n = 0; n < one.count; n++) {
          next()?.();
          await setImmediate();
          check();
        }
      }
      check();
    }
    await delivered(pages, Promise.all(work));
    await delivered(pages, Promise.all(pages.map(({ annotation }) => annotation.saved())));
    check();
    for (const { annotation } of pages) {
      expect([...annotation.map!.data]).toEqual(await kept());
      expect(annotation.unsaved).toBe(0);
    }
  }

  it('show what they have painted while they read what the other has painted', async () => {
    await begin();
    const [one, other] = pages as [Page, Page];
    const first = paint(other, 0, 2, 1);
    await delivered([other], first);
    // The other page's stroke is heard of and read; meanwhile, one more is made.
    for (const deliver of one.down.splice(0)) deliver();
    await setImmediate();
    expect(one.up).toHaveLength(2);
    const second = paint(one, 4, 2, 2);
    for (const deliver of one.up.splice(0)) deliver();
    for (; one.annotation.map!.data[voxelOf(0)] === 0; await setImmediate())
      for (const deliver of one.down.splice(0)) deliver();
    const { data } = one.annotation.map!;
    expect([...data.subarray(0, 6)]).toEqual([1, 1, 0, 0, 2, 2]);
    expect(one.annotation.unsaved).toBe(1);
    expect(one.annotation.undoNames).toHaveLength(2);
    await delivered(pages, second);
  });

  it('undo their own strokes, and none that they have not heard of', async () => {
    await begin();
    const [one, other] = pages as [Page, Page];
    await delivered([one], paint(one, 0, 2, 1));
    // Done by the host, and not heard of by the first page, which undoes what it knows.
    await delivered([other], paint(other, 4, 2, 2));
    const undone = one.annotation.undo();
    for (const deliver of one.up.splice(0)) deliver();
    await delivered(pages, undone);
    await delivered(pages, one.annotation.saved());
    expect((await kept()).slice(0, 6)).toEqual([1, 1, 0, 0, 2, 2]);
    expect([...one.annotation.map!.data.subarray(0, 6)]).toEqual([1, 1, 0, 0, 2, 2]);
    // Now it knows.
    for (let n = 0; n < 2; n++) await delivered(pages, one.annotation.undo());
    expect((await kept()).slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('keep what only one of them painted, whatever of their messages comes when', async () => {
    const actions = fc.array(fc.oneof(stroke, delivery), { minLength: 20, maxLength: 60 });
    const requireOwn = (): void => {
      for (const own of pages) {
        const { data } = own.annotation.map!;
        const alone = paintedAlone(own);
        expect(alone.map(([voxel]) => [voxel, data[voxel]])).toEqual(alone);
      }
    };
    await fc.assert(
      fc.asyncProperty(actions, (some) => play(some, requireOwn)),
      { numRuns: LONG ? 400 : 40 },
    );
  });

  it('show what the host has in the end, also where both undo and redo', async () => {
    const actions = fc.array(fc.oneof(stroke, delivery, move), { minLength: 20, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(actions, (some) => play(some)),
      { numRuns: LONG ? 400 : 40 },
    );
  });
});
