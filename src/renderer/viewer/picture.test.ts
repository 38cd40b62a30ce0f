import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitCamera, pan, screenToVoxel, sliceGeometry, zoomAt } from './camera.ts';
import { pictureOf } from './picture.ts';

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true });

it('a picture finds the voxel of every device pixel, and covers every pixel that shows one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 2),
      fc.constantFrom(0, 0.4, -0.3),
      fc.constantFrom(1, 1.5, 2),
      fc.tuple(between(-300, 300), between(-300, 300)),
      between(0.3, 9),
      fc.array(fc.tuple(between(0, 1), between(0, 1)), { minLength: 5, maxLength: 20 }),
      (axis, tilt, ratio, moved, zoom, places) => {
        const grid = {
          size: [30, 20, 9] as const,
          affineLps: [0.8, 0, 0, 0, 0, -1.2, 3 * tilt, 4, 0, 0, 3, 1, 0, 0, 0, 1],
        };
        const geometry = sliceGeometry(grid, axis);
        const screen = { width: 320, height: 240 };
        const fitted = { geometry, screen, camera: fitCamera(geometry, screen) };
        const zoomed = { ...fitted, camera: zoomAt(fitted, [40, 50], zoom) };
        const view = { ...zoomed, camera: pan(zoomed.camera, moved) };
        const area = { x: 17, y: 5, width: 320 * ratio, height: 240 * ratio };
        const { origin, perX, perY, content, lineWidth } = pictureOf(view, 3, area, 2);
        expect(lineWidth).toBeCloseTo(2 * ratio);
        for (const [right, down] of places) {
          const [x, y] = [right * area.width, down * area.height];
          const voxel = screenToVoxel(view, [x / ratio, y / ratio], 3);
          const found = origin.map((v, n) => v + x * perX[n]! + y * perY[n]!);
          expect(Math.hypot(...found.map((v, n) => v - voxel[n]!))).toBeLessThan(1e-6);
          const isSeen = voxel.every((v, n) => v > -0.5 && v < grid.size[n]! - 0.5);
          const isCovered =
            area.x + x >= content.x &&
            area.x + x <= content.x + content.width &&
            area.y + y >= content.y &&
            area.y + y <= content.y + content.height;
          expect(!isSeen || isCovered).toBe(true);
        }
        expect(content.x).toBeGreaterThanOrEqual(area.x);
        expect(content.x + content.width).toBeLessThanOrEqual(area.x + area.width);
        expect(content.y + content.height).toBeLessThanOrEqual(area.y + area.height);
      },
    ),
  );
});
