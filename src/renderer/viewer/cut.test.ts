import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelRuns } from '../../shared/labelmap/label-runs.ts';
import { liftPoint, type Plane } from '../../shared/edit/label-volume.ts';
import { cutPart, joinParts, partOf, wholePlane } from './cut.ts';

const SIZE = [5, 4, 6] as const;
const [NX, NY, NZ] = SIZE;
const planes = fc
  .constantFrom<Plane['axis']>(0, 1, 2)
  .chain((axis) => fc.nat(SIZE[axis] - 1).map((index): Plane => ({ axis, index })));
const boxes = fc.tuple(...SIZE.map((n) => fc.tuple(fc.nat(n - 1), fc.nat(n - 1)))).map((ends) => {
  const from = ends.map(([a, b]) => Math.min(a, b));
  return { from, size: ends.map(([a, b]) => Math.abs(a - b) + 1) } as never;
});

it('a part of any plane is cut out as it lies in the volume, zeros where nothing is', () => {
  const volume = Int16Array.from({ length: NX * NY * NZ }, (_, n) => n + 1);
  fc.assert(
    fc.property(planes, boxes, fc.nat(NZ - 1), (plane, box, missing) => {
      const part = partOf(plane, box);
      const { from, size } = box as { from: number[]; size: number[] };
      const meets =
        plane.index >= from[plane.axis]! && plane.index < from[plane.axis]! + size[plane.axis]!;
      expect(part !== undefined).toBe(meets);
      if (!part) return;
      expect(joinParts(part, wholePlane(SIZE, plane))).toEqual(wholePlane(SIZE, plane));
      for (const inRuns of [false, true]) {
        const into = new Int16Array(part.width * part.height).fill(-1);
        cutPart(
          (k) => {
            if (k === missing) return undefined;
            return inRuns
              ? labelRuns(Uint8Array.from(volume.subarray(k * NX * NY, (k + 1) * NX * NY)))
              : { values: volume, at: k * NX * NY };
          },
          SIZE,
          plane,
          part,
          into,
        );
        into.forEach((value, n) => {
          const [i, j, k] = liftPoint(plane, [
            part.u + (n % part.width),
            part.v + Math.floor(n / part.width),
          ]);
          expect(value).toBe(k === missing ? 0 : 1 + i + NX * (j + NY * k));
        });
      }
    }),
  );
});
