import { MarginaliaError } from '../../shared/errors.ts';
import type { Grid } from '../../shared/volume.ts';
import type { LabelMap } from '../model/label-map.ts';
import type { Mesh } from './extract.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface Surfaces {
  /** Slices along the third axis have changed: surfaces that they may touch are made anew. */
  changed(slices: readonly number[]): void;
  /** Labels whose surfaces are wanted. */
  want(values: readonly number[]): void;
  end(): void;
}

export interface SurfaceEvents {
  /** @param mesh null: nothing has that label. */
  readonly surface: (value: number, mesh: Mesh | null) => void;
  /** Whether surfaces are being made. */
  readonly busy: (is: boolean) => void;
  readonly error: (error: unknown) => void;
}

/** ms without a change after which surfaces are made: a stroke is not followed dab by dab. */
const PAUSE = 250;
/** ms of handing over slices, after which the page has its turn. */
const TURN = 6;

/** Keeps the surfaces of labels up to date, in a thread of their own. */
export function followSurfaces(map: LabelMap, grid: Grid, events: SurfaceEvents): Surfaces {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const say = (message: ToWorker, give: Transferable[] = []): void =>
    worker.postMessage(message, give);
  const pixels = map.size[0] * map.size[1];
  /** Slices that the thread does not know as they are. */
  const unknown = new Set<number>();
  const wanted = new Set<number>();
  /** Labels whose surface is out of date. */
  const stale = new Set<number>();
  /** Slices in which each label was when its surface was made. */
  const known = new Map<number, Set<number>>();
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
    const end = performance.now() + TURN;
    for (const index of unknown) {
      const labels = map.data.slice(index * pixels, (index + 1) * pixels);
      unknown.delete(index);
      say({ kind: 'slice', index, labels }, [labels.buffer]);
      if (performance.now() > end) return schedule(0);
    }
    if (asked > 0) return;
    const value = [...stale].find((one) => wanted.has(one));
    events.busy(value !== undefined);
    if (value === undefined) return;
    stale.delete(value);
    known.set(value, holding(value));
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
  for (let k = 0; k < map.size[2]; k++) if (map.holds(k)) unknown.add(k);
  schedule(0);

  return {
    changed(slices) {
      for (const index of slices) unknown.add(index);
      for (const value of wanted) {
        const before = known.get(value);
        if (slices.some((k) => before?.has(k) || map.holds(k, value))) stale.add(value);
      }
      events.busy([...stale].some((value) => wanted.has(value)));
      schedule(PAUSE);
    },
    want(values) {
      for (const value of values) if (!wanted.has(value) && !known.has(value)) stale.add(value);
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
