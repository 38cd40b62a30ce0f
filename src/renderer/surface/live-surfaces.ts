import { MarginaliaError } from '../../shared/errors.ts';
import type { Grid } from '../../shared/volume.ts';
import type { LabelSlices } from '../model/label-map.ts';
import type { Mesh } from './extract.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface Surfaces {
  /** Slices along the third axis have changed: surfaces that they may touch are built anew. */
  changed(slices: readonly number[]): void;
  /** Labels whose surfaces are wanted. */
  want(values: readonly number[]): void;
  end(): void;
}

export interface SurfaceEvents {
  /** @param mesh null: nothing has that label. */
  readonly surface: (value: number, mesh: Mesh | null) => void;
  /** Whether surfaces are being built. */
  readonly busy: (is: boolean) => void;
  readonly error: (error: unknown) => void;
}

/** How much surfaces may take. */
export interface SurfaceLimits {
  /** Cells of a surface. */
  readonly most?: number;
  /** Time of rest after a surface, as a multiple of the time that it took. */
  readonly rest?: number;
}

/**
 * ms without a change after which surfaces are built, as a stroke is not followed dab by dab; and ms after
 * which they are built although changes go on, as suggestions that come one after another.
 */
const PAUSE = 250;
const LONGEST_PAUSE = 1500;
/** ms of handing over slices, after which the page may do other work. */
const HANDOVER_MS = 6;

/**
 * Keeps the surfaces of labels up to date, in a thread of their own, which begins with the first. One
 * surface is built at a time: what changes meanwhile waits, and is built as it is then.
 */
export function followSurfaces(
  map: LabelSlices,
  grid: Grid,
  events: SurfaceEvents,
  { most, rest = 0 }: SurfaceLimits = {},
): Surfaces {
  let worker: Worker | undefined;
  const say = (message: ToWorker, give: Transferable[] = []): void =>
    (worker ??= start()).postMessage(message, give);
  /** Slices that changed since they were sent to the thread. */
  const unsent = new Set<number>();
  const wanted = new Set<number>();
  /** Labels whose surface is out of date. */
  const stale = new Set<number>();
  /** Slices in which each label was when its surface was built. */
  const slicesAtBuild = new Map<number, Set<number>>();
  let asked = 0;
  let askedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first change came that waits. */
  let waitsSince: number | undefined;
  /** Until when no surface is asked for. */
  let restsUntil = 0;

  const holding = (value: number): Set<number> =>
    new Set(Array.from({ length: map.size[2] }, (_, k) => k).filter((k) => map.holds(k, value)));

  function schedule(after: number): void {
    clearTimeout(timer);
    timer = setTimeout(work, after);
  }

  /** Hands over what has changed, then asks for a surface at a time: what is stale by then waits. */
  function work(): void {
    timer = waitsSince = undefined;
    const now = performance.now();
    const end = now + HANDOVER_MS;
    for (const index of unsent) {
      const labels = map.copyOf(index);
      unsent.delete(index);
      say({ kind: 'slice', index, labels }, [labels.buffer]);
      if (performance.now() > end) return schedule(0);
    }
    if (asked > 0) return;
    const value = [...stale].find((one) => wanted.has(one));
    events.busy(value !== undefined);
    if (value === undefined) return;
    if (now < restsUntil) return schedule(restsUntil - now);
    stale.delete(value);
    slicesAtBuild.set(value, holding(value));
    asked++;
    askedAt = now;
    say({ kind: 'label', value });
  }

  function start(): Worker {
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    thread.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      asked--;
      const now = performance.now();
      restsUntil = now + rest * (now - askedAt);
      if (data.kind === 'surface') events.surface(data.value, data.mesh);
      else
        events.error(
          new MarginaliaError('no-surface', `The surface cannot be made: ${data.message}`),
        );
      if (timer === undefined) work();
    };
    thread.onerror = (event) => {
      events.busy(false);
      events.error(new MarginaliaError('no-surface', `Surfaces cannot be made: ${event.message}`));
    };
    thread.postMessage({ kind: 'volume', grid, most } satisfies ToWorker);
    return thread;
  }

  for (let k = 0; k < map.size[2]; k++) if (map.holds(k)) unsent.add(k);
  schedule(0);

  return {
    changed(slices) {
      for (const index of slices) unsent.add(index);
      // Also of those that are not wanted now: they are built once they are again.
      for (const value of new Set([...wanted, ...slicesAtBuild.keys()])) {
        const before = slicesAtBuild.get(value);
        if (slices.some((k) => before?.has(k) || map.holds(k, value))) stale.add(value);
      }
      events.busy([...stale].some((value) => wanted.has(value)));
      const now = performance.now();
      waitsSince ??= now;
      schedule(Math.max(0, Math.min(PAUSE, waitsSince + LONGEST_PAUSE - now)));
    },
    want(values) {
      for (const value of values)
        if (!wanted.has(value) && !slicesAtBuild.has(value) && holding(value).size > 0)
          stale.add(value);
      wanted.clear();
      for (const value of values) wanted.add(value);
      if (timer === undefined) schedule(0);
    },
    end() {
      clearTimeout(timer);
      worker?.terminate();
    },
  };
}
