import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Grid } from '../../shared/volume.ts';
import { createLabelMap, type LabelMap } from '../model/label-map.ts';
import { followSurfaces, type SurfaceLimits, type Surfaces } from './live-surfaces.ts';
import type { ToWorker } from './worker-messages.ts';

/** The thread, which answers when the test says so. */
class Thread {
  static all: Thread[] = [];
  readonly got: ToWorker[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;
  constructor() {
    Thread.all.push(this);
  }
  postMessage(message: ToWorker): void {
    this.got.push(message);
  }
  terminate(): void {
    Thread.all = Thread.all.filter((one) => one !== this);
  }
  asked = (): number[] =>
    this.got.flatMap((message) => (message.kind === 'label' ? [message.value] : []));
  slices = (): number[] =>
    this.got.flatMap((message) => (message.kind === 'slice' ? [message.index] : []));
  answer(value: number): void {
    this.onmessage?.({ data: { kind: 'surface', value, mesh: null } });
  }
}

const grid: Grid = { size: [2, 2, 4], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };

describe('surfaces that follow labels', () => {
  let map: LabelMap;
  let surfaces: Surfaces;
  const built: number[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('Worker', Thread);
    Thread.all = [];
    built.length = 0;
    map = createLabelMap([2, 2, 4], [1, 1, 1]);
  });
  afterEach(() => {
    surfaces.end();
    expect(Thread.all).toEqual([]);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const follow = (limits?: SurfaceLimits): void => {
    const events = {
      surface: (value: number) => void built.push(value),
      busy: () => undefined,
      error: (error: unknown) => {
        throw error;
      },
    };
    surfaces = followSurfaces(map, grid, events, limits);
    surfaces.want([1, 2]);
  };
  const paint = (slice: number, value: number): void => {
    map.data.fill(value, 4 * slice, 4 * slice + 4);
    map.recount([slice]);
    surfaces.changed([slice]);
  };

  it('begin a thread when there is something to be built', async () => {
    follow();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Thread.all).toEqual([]);
    paint(1, 1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(Thread.all).toHaveLength(1);
    expect(Thread.all[0]!.slices()).toEqual([1]);
    expect(Thread.all[0]!.asked()).toEqual([1]);
  });

  it('are built one at a time; of what changes meanwhile the newest', async () => {
    follow();
    paint(1, 1);
    await vi.advanceTimersByTimeAsync(1000);
    const [thread] = Thread.all as [Thread];
    for (const slice of [2, 3, 2]) {
      paint(slice, 1);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(thread.asked()).toEqual([1]);
    thread.answer(1);
    expect(thread.asked()).toEqual([1, 1]);
    expect(thread.slices()).toEqual([1, 2, 3, 2]);
    thread.answer(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(thread.asked()).toEqual([1, 1]);
    expect(built).toEqual([1, 1]);
  });

  it('are built although changes go on without a pause', async () => {
    follow();
    for (let n = 0; n < 40; n++) {
      paint(n % 4, 1);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(Thread.all[0]!.asked()).toEqual([1]);
  });

  it('rest after each for as long as is asked for', async () => {
    follow({ rest: 2 });
    paint(1, 1);
    await vi.advanceTimersByTimeAsync(300);
    const [thread] = Thread.all as [Thread];
    await vi.advanceTimersByTimeAsync(1000);
    paint(2, 2);
    thread.answer(1);
    // It took some 1000 ms, so that 2000 ms are left to others.
    await vi.advanceTimersByTimeAsync(1900);
    expect(thread.asked()).toEqual([1]);
    await vi.advanceTimersByTimeAsync(200);
    expect(thread.asked()).toEqual([1, 2]);
  });

  it('that were not wanted while they changed are built once they are', async () => {
    follow();
    paint(1, 1);
    await vi.advanceTimersByTimeAsync(1000);
    const [thread] = Thread.all as [Thread];
    thread.answer(1);
    surfaces.want([2]);
    paint(2, 1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(thread.asked()).toEqual([1]);
    surfaces.want([1, 2]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(thread.asked()).toEqual([1, 1]);
  });
});
