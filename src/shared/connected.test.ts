import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { componentTaker, type Neighbours } from './connected.ts';
import type { Triple } from './volume.ts';

const masks = fc
  .tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 5 })))
  .chain(([nx, ny, nz]) =>
    fc.record({
      size: fc.constant([nx, ny, nz] as Triple),
      mask: fc.uint8Array({
        min: 0,
        max: 1,
        minLength: nx! * ny! * nz!,
        maxLength: nx! * ny! * nz!,
      }),
      neighbours: fc.constantFrom<Neighbours>('faces', 'corners'),
    }),
  );

const positionOf = (at: number, [nx, ny]: Triple): Triple => [
  at % nx,
  Math.floor(at / nx) % ny,
  Math.floor(at / (nx * ny)),
];

/** Whether two points touch, by what touching means. */
function touch(a: number, b: number, size: Triple, neighbours: Neighbours): boolean {
  const [p, q] = [positionOf(a, size), positionOf(b, size)];
  const gaps = p.map((v, n) => Math.abs(v - q[n]!));
  return neighbours === 'faces' ? gaps[0]! + gaps[1]! + gaps[2]! === 1 : Math.max(...gaps) === 1;
}

describe('connected components', () => {
  it('hold every marked point once; neighbours share one and each is in one piece', () => {
    fc.assert(
      fc.property(masks, ({ size, mask, neighbours }) => {
        const todo = mask.slice();
        const take = componentTaker(todo, size, neighbours);
        const name = new Int32Array(mask.length);
        let names = 0;
        for (let at = 0; at < todo.length; at++) {
          if (todo[at] === 0) continue;
          names++;
          const points = [...take(at)];
          points.forEach((point, n) => {
            expect(mask[point]).toBe(1);
            expect(name[point]).toBe(0);
            name[point] = names;
            const reached = points.slice(0, n).some((p) => touch(p, point, size, neighbours));
            expect(n === 0 || reached).toBe(true);
          });
        }
        mask.forEach((v, at) => {
          expect(name[at] !== 0).toBe(v !== 0);
          for (let other = 0; other < at; other++) {
            if (v === 0 || mask[other] === 0 || !touch(at, other, size, neighbours)) continue;
            expect(name[at]).toBe(name[other]);
          }
        });
      }),
    );
  });

  it('grow as long as they need to', () => {
    const size: Triple = [64, 64, 8];
    const take = componentTaker(new Uint8Array(64 * 64 * 8).fill(1), size, 'faces');
    expect(new Set(take(5)).size).toBe(64 * 64 * 8);
    expect(take(5)).toHaveLength(0);
  });
});
