import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewedVolume } from './viewed-image.ts';
import type { Axis } from '../../shared/volume.ts';
import { fitCamera, sliceGeometry, voxelToScreen, zoomAt, type View } from './camera.ts';
import { DEFAULT_LOOK } from './picture.ts';
import { readOut, type Scene } from './scene.ts';
import {
  crosshairShapes,
  endAt,
  formatLength,
  letterShapes,
  measurementShapes,
  sceneShapes,
  scaleLength,
  scaleShapes,
} from './shapes.ts';

const grid = {
  size: [20, 10, 6] as const,
  affineLps: [-1, 0, 0, 30, 0, 2, 0, 0, 0, 0, 3, -9, 0, 0, 0, 1],
};
const viewOf = (axis: Axis): View => {
  const geometry = sliceGeometry(grid, axis);
  const screen = { width: 300, height: 200 };
  return { geometry, screen, camera: fitCamera(geometry, screen) };
};
const scene: Scene = {
  volume: viewedVolume({ grid, data: Int16Array.from({ length: 1200 }, (_, n) => n) }),
  hasArrived: () => true,
  labels: { size: grid.size, spacing: [1, 2, 3], data: new Uint8Array(1200).fill(4) },
  position: [3, 4, 5],
  look: DEFAULT_LOOK,
  measurements: [{ axis: 2, slice: 2, from: [1, 1, 2], to: [4, 3, 2] }],
};

describe('marks', () => {
  it('the crosshair runs from edge to edge through its voxel, in every view', () => {
    for (const axis of [0, 1, 2] as const) {
      const view = viewOf(axis);
      const [x, y] = voxelToScreen(view, scene.position);
      const paths = crosshairShapes(view, scene.position).flatMap((s) =>
        s.kind === 'path' ? [s.points] : [],
      );
      for (const [start, end] of paths) {
        expect(Math.min(Math.abs(start![0] - x), Math.abs(start![1] - y))).toBeLessThan(1e-9);
        expect(Math.min(Math.abs(end![0] - x), Math.abs(end![1] - y))).toBeLessThan(1e-9);
        expect(Math.hypot(start![0] - x, start![1] - y)).toBeCloseTo(12);
      }
      const { size, basis } = view.geometry;
      const reach = paths.map(([, end]) => end!);
      const wide = Math.max(...reach.map(([u]) => u)) - Math.min(...reach.map(([u]) => u));
      expect(paths).toHaveLength(4);
      expect(wide / view.camera.scale).toBeCloseTo(size[0] * basis[0]);
    }
  });

  it('letters stand at the edges', () => {
    const texts = letterShapes(viewOf(0)).map((s) => (s.kind === 'text' ? [s.text, ...s.at] : []));
    expect(texts).toEqual([
      ['A', 10, 100],
      ['P', 290, 100],
      ['S', 150, 28],
      ['I', 150, 190],
    ]);
  });

  it('a scale bar has a round length that fits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 500, noNaN: true }), (scale) => {
        const mm = scaleLength(scale, 50);
        expect(mm * scale).toBeLessThanOrEqual(50 * (1 + 1e-9));
        expect(mm * scale).toBeGreaterThan(50 / 2.5 - 1e-9);
        expect([1, 2, 5]).toContain(Math.round(mm / 10 ** Math.floor(Math.log10(mm) + 1e-9)));
      }),
    );
    expect([0.5, 2, 10, 50, 200].map(formatLength)).toEqual([
      '0.5 mm',
      '2 mm',
      '1 cm',
      '5 cm',
      '20 cm',
    ]);
    const view = viewOf(2);
    const [bar] = scaleShapes(view);
    const ys = bar?.kind === 'path' ? bar.points.map(([, y]) => y) : [];
    expect(Math.max(...ys) - Math.min(...ys)).toBeCloseTo(5 * view.camera.scale);
  });

  it('a measurement says the distance in the patient, in its slice alone', () => {
    const view = viewOf(2);
    const texts = measurementShapes(view, 2, scene).flatMap((s) =>
      s.kind === 'text' ? [s.text] : [],
    );
    expect(texts).toEqual([`${Math.hypot(3, 4).toFixed(1)} mm`]);
    expect(measurementShapes(view, 3, scene)).toEqual([]);
    expect(measurementShapes(viewOf(1), 2, scene)).toEqual([]);
    const [x, y] = voxelToScreen(view, [4, 3, 2]);
    expect(endAt(view, 2, scene.measurements, [x + 5, y])).toEqual({ index: 0, end: 'to' });
    expect(endAt(view, 2, scene.measurements, [x + 9, y])).toBeUndefined();
    const zoomed = { ...view, camera: zoomAt(view, [0, 0], 3) };
    expect(endAt(zoomed, 2, scene.measurements, voxelToScreen(zoomed, [1, 1, 2]))).toEqual({
      index: 0,
      end: 'from',
    });
  });

  it('can be turned off', () => {
    const look = { ...DEFAULT_LOOK, crosshair: false, letters: false, scaleBar: false };
    expect(sceneShapes(viewOf(2), 0, { ...scene, look })).toEqual([]);
    expect(sceneShapes(viewOf(2), 0, scene)).toHaveLength(4 + 4 + 2);
  });
});

describe('the read-out', () => {
  const at = { axis: 2, slice: 2, position: [3.4, 4.6, 2] } as const;

  it('is of the voxel under the pointer, the place of the pointer itself', () => {
    const maps = { suggested: 7, before: 8, uncertainty: 51 };
    expect(readOut(scene, at, (kind) => maps[kind])).toEqual({
      axis: 2,
      slice: 2,
      voxel: [3, 5, 2],
      world: [26.6, 9.2, -3],
      value: 3 + 20 * (5 + 10 * 2),
      label: 4,
      suggested: 0,
      uncertainty: 0.2 * Math.LN2,
    });
  });

  it('is of what was suggested before where that is drawn', () => {
    const maps = { suggested: 7, before: 8, uncertainty: 51 };
    const suggestedWith = (before: boolean): unknown =>
      readOut({ ...scene, labels: null, look: { ...scene.look, before } }, at, (kind) => maps[kind])
        ?.suggested;
    expect([suggestedWith(false), suggestedWith(true)]).toEqual([7, 8]);
  });

  it('says where there is nothing', () => {
    const none = (): undefined => undefined;
    expect(readOut({ ...scene, labels: null }, at, none)).toMatchObject({
      label: 0,
      suggested: 0,
      uncertainty: null,
    });
    expect(readOut(scene, { ...at, position: [3, -0.6, 2] }, none)).toBeNull();
    expect(readOut({ ...scene, volume: null }, at, none)).toBeNull();
  });
});
