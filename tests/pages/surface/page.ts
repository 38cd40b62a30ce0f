import { createLabelMap, type LabelMap } from '../../../src/renderer/model/label-map.ts';
import { followSurfaces, type Surfaces } from '../../../src/renderer/surface/live-surfaces.ts';
import {
  createSurfaceView,
  type SurfaceKind,
  type SurfaceView,
} from '../../../src/renderer/surface/surface-view.ts';
import type { Grid } from '../../../src/shared/volume.ts';

/** A page with surfaces of labels and nothing else: the thread that makes them is the real one. */
const SIZE = [40, 40, 20] as const;
/** LPS, 1 × 1 × 2 mm. */
const grid: Grid = { size: SIZE, affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] };

const harness = {
  view: undefined as SurfaceView | undefined,
  surfaces: undefined as Surfaces | undefined,
  map: undefined as LabelMap | undefined,
  made: [] as (readonly [value: number, points: number])[],
  problems: [] as string[],

  /** @param kinds what surfaces are of, by value, where it is no label. */
  start(kinds: Readonly<Record<number, SurfaceKind>> = {}): void {
    harness.surfaces?.end();
    harness.view?.dispose();
    harness.made = [];
    const map = createLabelMap(SIZE, [1, 1, 2]);
    const view = createSurfaceView(document.querySelector<HTMLElement>('#host')!);
    Object.assign(harness, { map, view });
    harness.fill(1, [4, 14], [14, 26], [6, 14]);
    harness.fill(2, [26, 36], [14, 26], [6, 14]);
    harness.surfaces = followSurfaces(map, grid, {
      surface(value, mesh) {
        view.setMesh(kinds[value] ?? 'label', value, mesh);
        harness.made.push([value, (mesh?.points.length ?? 0) / 3]);
      },
      busy: () => undefined,
      error: (error) => void harness.problems.push(String(error)),
    });
  },

  /** Gives a label to a box: [from, to) along i, j and k. */
  fill(value: number, ...[x, y, z]: readonly (readonly [number, number])[]): void {
    const map = harness.map!;
    const slices = Array.from({ length: z![1] - z![0] }, (_, n) => z![0] + n);
    for (const k of slices) {
      for (let j = y![0]; j < y![1]; j++) {
        const row = SIZE[0] * (j + SIZE[1] * k);
        map.data.fill(value, row + x![0], row + x![1]);
      }
    }
    map.recount(slices);
    harness.surfaces?.changed(slices);
  },
};

export type SurfaceHarness = typeof harness;
(globalThis as unknown as { harness: SurfaceHarness }).harness = harness;
