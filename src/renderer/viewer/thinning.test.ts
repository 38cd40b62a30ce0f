import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../../shared/volume.ts';
import { axesOf } from '../../shared/edit/label-volume.ts';
import { cutPart } from './cut.ts';
import { stepsFor, texelPart, texelsOf } from './thinning.ts';

const sizes = fc.tuple(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }),
) satisfies fc.Arbitrary<Triple>;
const limits = fc.integer({ min: 1, max: 40 });

describe('thinning', () => {
  it('fits into textures, and leaves out nothing that would fit', () => {
    fc.assert(
      fc.property(sizes, limits, (size, limit) => {
        const steps = stepsFor(size, limit);
        for (const texels of texelsOf(size, steps)) expect(texels).toBeLessThanOrEqual(limit);
        size.forEach((n, axis) => expect(steps[axis] === 1).toBe(n <= limit));
      }),
    );
  });

  it('texel t of a part is voxel t · step, in all planes', () => {
    const cases = fc.tuple(sizes, limits, fc.constantFrom(0, 1, 2)).chain(([size, limit, axis]) => {
      const [u, v] = axesOf(axis as 0 | 1 | 2);
      const span = (n: number) =>
        fc
          .integer({ min: 0, max: n - 1 })
          .chain((from) => fc.tuple(fc.constant(from), fc.integer({ min: 1, max: n - from })));
      return fc.record({
        size: fc.constant(size),
        limit: fc.constant(limit),
        axis: fc.constant(axis as 0 | 1 | 2),
        index: fc.integer({ min: 0, max: size[axis as 0 | 1 | 2] - 1 }),
        across: span(size[u]),
        down: span(size[v]),
      });
    });
    fc.assert(
      fc.property(cases, ({ size, limit, axis, index, across, down }) => {
        const [nx, ny, nz] = size;
        const steps = stepsFor(size, limit);
        const data = Int32Array.from({ length: nx * ny * nz }, (_, n) => n);
        const plane = { axis, index };
        const part = texelPart(
          { u: across[0], v: down[0], width: across[1], height: down[1] },
          plane,
          steps,
        );
        const values = new Int32Array(part.width * part.height);
        const source = (k: number) => ({ values: data, at: k * nx * ny });
        cutPart(source, size, plane, part, values, steps);
        const [u, v] = axesOf(axis);
        for (let row = 0; row < part.height; row++) {
          for (let column = 0; column < part.width; column++) {
            const voxel: [number, number, number] = [0, 0, 0];
            voxel[axis] = index;
            voxel[u] = (part.u + column) * steps[u];
            voxel[v] = (part.v + row) * steps[v];
            expect(voxel[u]).toBeGreaterThanOrEqual(across[0]);
            expect(voxel[u]).toBeLessThan(across[0] + across[1]);
            const n = voxel[0] + nx * (voxel[1] + ny * voxel[2]);
            expect(values[row * part.width + column]).toBe(n);
          }
        }
      }),
    );
  });
});
