import { describe, expect, it } from 'vitest';
import { voxelToWorld } from '../../shared/geometry/index.ts';
import type { Grid, Triple } from '../../shared/volume.ts';
import { cellStep } from './field.ts';
import { createSurfaceSource, type SurfaceSource } from './surfaces.ts';

/** Voxels of 1 × 1 × 2 mm, turned by 30° about the patient's long axis; mirrored or not. */
const turned = (mirror: 1 | -1): Grid => {
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  return {
    size: [40, 36, 20],
    affineLps: [c, -s, 0, -50, s, c, 0, 20, 0, 0, 2 * mirror, 70, 0, 0, 0, 1],
  };
};
const CENTRE: Triple = [22, 17, 9];
const RADIUS = 9;

/** A ball of label 3 around CENTRE, in a corner one voxel of label 4. */
function sourceOn(grid: Grid, most?: number): SurfaceSource {
  const source = createSurfaceSource(grid, most);
  const [nx, ny, nz] = grid.size;
  const centre = voxelToWorld(grid, CENTRE);
  for (let k = 0; k < nz; k++) {
    const labels = new Uint8Array(nx * ny);
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        const at = voxelToWorld(grid, [i, j, k]);
        if (Math.hypot(...at.map((v, n) => v - centre[n]!)) <= RADIUS) labels[i + nx * j] = 3;
      }
    }
    if (k === 1) labels[2 + nx * 3] = 4;
    source.setSlice(k, labels);
  }
  return source;
}

const triple = (values: Float32Array, n: number): Triple => [
  values[3 * n]!,
  values[3 * n + 1]!,
  values[3 * n + 2]!,
];
const minus = (a: Triple, b: Triple): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

describe('the surface of a label', () => {
  it.each([1, -1] as const)(
    'lies in the patient where the label is (axes mirrored: %i)',
    (mirror) => {
      const grid = turned(mirror);
      const centre = voxelToWorld(grid, CENTRE);
      const { points, normals, triangles } = sourceOn(grid).surfaceOf(3)!;
      const count = points.length / 3;
      expect(count).toBeGreaterThan(500);
      const radii = Array.from({ length: count }, (_, n) =>
        Math.hypot(...minus(triple(points, n), centre)),
      );
      // Half a voxel of 2 mm to either side.
      expect(Math.max(...radii)).toBeLessThan(RADIUS + 1.1);
      expect(Math.min(...radii)).toBeGreaterThan(RADIUS - 1.1);
      expect(radii.reduce((a, b) => a + b) / count).toBeCloseTo(RADIUS, 0);
      let outwards = 0;
      for (let at = 0; at < triangles.length; at += 4) {
        const [a, b, c] = [1, 2, 3].map((n) => triple(points, triangles[at + n]!)) as [
          Triple,
          Triple,
          Triple,
        ];
        const normal = triple(normals, triangles[at + 1]!);
        expect(Math.hypot(...normal)).toBeCloseTo(1);
        expect(dot(normal, minus(a, centre))).toBeGreaterThan(0);
        // Anticlockwise from outside; slivers on the steps may stand on end.
        if (dot(cross(minus(b, a), minus(c, a)), minus(a, centre)) >= 0) outwards++;
      }
      expect(outwards / (triangles.length / 4)).toBeGreaterThan(0.99);
    },
  );

  it('is closed: each edge belongs to two triangles, once in each sense', () => {
    const { triangles } = sourceOn(turned(1)).surfaceOf(3)!;
    const edges = new Set<string>();
    for (let at = 0; at < triangles.length; at += 4) {
      const [a, b, c] = [1, 2, 3].map((n) => triangles[at + n]!);
      for (const edge of [`${a} ${b}`, `${b} ${c}`, `${c} ${a}`]) {
        expect(edges.has(edge)).toBe(false);
        edges.add(edge);
      }
    }
    for (const edge of edges) expect(edges.has(edge.split(' ').reverse().join(' '))).toBe(true);
  });

  it('of a single voxel is there, and of no voxel is not', () => {
    const source = sourceOn(turned(1));
    const { points } = source.surfaceOf(4)!;
    const at = voxelToWorld(turned(1), [2, 3, 1]);
    for (let n = 0; n < points.length / 3; n++) {
      expect(Math.hypot(...minus(triple(points, n), at))).toBeLessThan(1.5);
    }
    source.setSlice(1, new Uint8Array(40 * 36));
    expect(source.surfaceOf(4)).toBeNull();
  });

  it('follows a slice that changed', () => {
    const grid = turned(1);
    const source = sourceOn(grid);
    const highest = (): number =>
      Math.max(...source.surfaceOf(3)!.points.filter((_, n) => n % 3 === 2));
    const before = highest();
    const pillar = new Uint8Array(40 * 36);
    pillar.fill(3, 22 + 40 * 17, 26 + 40 * 17);
    for (const k of [14, 15, 16, 17, 18]) source.setSlice(k, pillar);
    expect(highest() - before).toBeGreaterThan(7);
  });

  it('of many voxels is made of fewer cells, and stays where it was', () => {
    const grid = turned(1);
    const [fine, coarse] = [sourceOn(grid), sourceOn(grid, 4000)].map((source) =>
      source.surfaceOf(3)!,
    );
    expect(coarse!.points.length).toBeLessThan(fine!.points.length / 2);
    const middle = ({ points }: { points: Float32Array }): number[] =>
      [0, 1, 2].map((axis) => {
        const along = points.filter((_, n) => n % 3 === axis);
        return (Math.min(...along) + Math.max(...along)) / 2;
      });
    const [a, b] = [middle(fine!), middle(coarse!)];
    a.forEach((v, axis) => expect(Math.abs(v - b[axis]!)).toBeLessThan(1.5));
  });

  it('cells are near cubes and bounded in number', () => {
    expect(cellStep([100, 100, 20], [0.5, 0.5, 5], 1e9)).toEqual([1, 1, 1]);
    const [x, y, z] = cellStep([512, 512, 400], [0.5, 0.5, 2], 2e6);
    expect([x, z]).toEqual([y, Math.max(1, Math.round(x / 4))]);
    expect((512 / x) * (512 / y) * (400 / z)).toBeLessThan(2e6);
  });
});
