import { MarginaliaError } from '../../shared/errors.ts';
import type { Grid } from '../../shared/volume.ts';
import type { LabelMap } from '../model/label-map.ts';
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

/** ms without a change after which surfaces are built: a stroke is not followed dab by dab. */
const PAUSE = 250;
/** ms of handing over slices, after which the page may do other work. */
const HANDOVER_MS = 6;

/** Keeps the surfaces of labels up to date, in a thread of their own. */
export function followSurfaces(map: LabelMap, grid: Grid, events: SurfaceEvents): Surfaces {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const say = (message: ToWorker, give: Transferable[] = []): void =>
    worker.postMessage(message, give);
  const pixels = map.size[0] * map.size[1];
  /** Slices that changed since they were sent to the thread. */
  const unsent = new Set<number>();
  const wanted = new Set<number>();
  /** Labels whose surface is out of date. */
  const stale = new Set<number>();
  /** Slices in which each label was when its surface was built. */
  const slicesAtBuild = new Map<number, Set<number>>();
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const holding = (value: number): Set<number> =>
    new Set(Array.from({ length: map.size[2] }, (_, k) => k).filter((k) => map.holds(k, value)));

  function schedule(after: number): void {
    clearTimeout(timer);
    timer = setTimeout(work, after);
  }

  /** Hands over what has changed, then asks for a surface at a time: what is stale by then waits. */
  function work(): void {
    timer = undefined;
    const end = performance.now() + HANDOVER_MS;
    for (const index of unsent) {
      const labels = map.data.slice(index * pixels, (index + 1) * pixels);
      unsent.delete(index);
      say({ kind: 'slice', index, labels }, [labels.buffer]);
      if (performance.now() > end) return schedule(0);
    }
    if (asked > 0) return;
    const value = [...stale].find((one) => wanted.has(one));
    events.busy(value !== undefined);
    if (value === undefined) return;
    stale.delete(value);
    slicesAtBuild.set(value, holding(value));
    asked++;
    say({ kind: 'label', value });
  }

  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    asked--;
    if (data.kind === 'surface') events.surface(data.value, data.mesh);
    else
      events.error(
        new MarginaliaError('no-surface', `The surface cannot be made: ${data.message}`),
      );
    if (timer === undefined) work();
  };
  worker.onerror = (event) => {
    events.busy(false);
    events.error(new MarginaliaError('no-surface', `Surfaces cannot be made: ${event.message}`));
  };

  say({ kind: 'volume', grid });
  for (let k = 0; k < map.size[2]; k++) if (map.holds(k)) unsent.add(k);
  schedule(0);

  return {
    changed(slices) {
      for (const index of slices) unsent.add(index);
      for (const value of wanted) {
        const before = slicesAtBuild.get(value);
        if (slices.some((k) => before?.has(k) || map.holds(k, value))) stale.add(value);
      }
      events.busy([...stale].some((value) => wanted.has(value)));
      schedule(PAUSE);
    },
    want(values) {
      for (const value of values)
        if (!wanted.has(value) && !slicesAtBuild.has(value)) stale.add(value);
      wanted.clear();
      for (const value of values) wanted.add(value);
      if (timer === undefined) schedule(0);
    },
    end() {
      clearTimeout(timer);
      worker.terminate();
    },
  };
}
