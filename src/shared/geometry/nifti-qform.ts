import { determinant, directionsOf } from './affine.ts';
import type { Affine, Triple } from '../volume.ts';

/** The qform of a NIfTI header (nifti1.h, "METHOD 2"): a rotation, spacings and an offset. */
export interface Qform {
  /** (b, c, d) of the unit quaternion (a, b, c, d) with a ≥ 0. */
  readonly quaternion: Triple;
  /** RAS, mm. */
  readonly offset: Triple;
  readonly spacing: Triple;
  /** `pixdim[0]`: −1 when the third axis is to be reversed after the rotation. */
  readonly qfac: 1 | -1;
}

/** Voxel to world (RAS, mm) as a qform says it: nifti1.h, "METHOD 2". */
export function decodeQform({ quaternion, offset, spacing, qfac }: Qform): Affine {
  let [b, c, d] = quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  let a = 0;
  if (rest > 1e-7) {
    a = Math.sqrt(rest);
  } else {
    // A half turn, stored with rounding: nifti_quatern_to_mat44 of nifticlib does the same.
    const norm = Math.hypot(b, c, d);
    [b, c, d] = [b / norm, c / norm, d / norm];
  }
  const [dx, dy] = spacing;
  const dz = spacing[2] * qfac;
  return [
    (a * a + b * b - c * c - d * d) * dx,
    2 * (b * c - a * d) * dy,
    2 * (b * d + a * c) * dz,
    offset[0],
    2 * (b * c + a * d) * dx,
    (a * a + c * c - b * b - d * d) * dy,
    2 * (c * d - a * b) * dz,
    offset[1],
    2 * (b * d - a * c) * dx,
    2 * (c * d + a * b) * dy,
    (a * a + d * d - b * b - c * c) * dz,
    offset[2],
    0,
    0,
    0,
    1,
  ];
}

/**
 * The qform of a voxel-to-world map (RAS, mm) without shear, in the float32 numbers that a NIfTI-1
 * header holds. Readers restore a = √(1 − b² − c² − d²), which is badly conditioned near a half
 * turn, where usual DICOM stacks are (rows to the left, columns up): rounding b, c and d one by one
 * displaces far voxels by tenths of a millimetre. So of the float32 numbers around them those
 * are taken that decode closest to the map. (Readers count a² < 1e-7 as 0: within 6e-4 rad of a half
 * turn no qform is exact, and the sform is.)
 */
export function encodeQform(affineRas: Affine): Qform {
  const qfac = determinant(affineRas) < 0 ? -1 : 1;
  const directions = directionsOf(affineRas);
  const at = (row: number, axis: number): number =>
    directions[axis]![row]! * (axis === 2 ? qfac : 1);
  const exact = quaternionOf(at);
  const length = (axis: number): number =>
    Math.fround(Math.hypot(affineRas[axis]!, affineRas[4 + axis]!, affineRas[8 + axis]!));
  const rest = {
    offset: [
      Math.fround(affineRas[3]!),
      Math.fround(affineRas[7]!),
      Math.fround(affineRas[11]!),
    ] as const,
    spacing: [length(0), length(1), length(2)] as const,
    qfac: qfac as 1 | -1,
  };
  const near = exact.map((v) => [-2, -1, 0, 1, 2].map((ulps) => nudge(v, ulps)));
  let best: Triple = [Math.fround(exact[0]), Math.fround(exact[1]), Math.fround(exact[2])];
  let least = Infinity;
  for (const b of near[0]!) {
    for (const c of near[1]!) {
      for (const d of near[2]!) {
        const decoded = decodeQform({ quaternion: [b, c, d], ...rest });
        let error = 0;
        for (let n = 0; n < 12; n++) {
          if (n % 4 !== 3) error = Math.max(error, Math.abs(decoded[n]! - affineRas[n]!));
        }
        if (error < least) [best, least] = [[b, c, d], error];
      }
    }
  }
  return { quaternion: best, ...rest };
}

/** The float32 nearest to a value, moved by some units in its last place. */
function nudge(value: number, ulps: number): number {
  const word = new Int32Array(1);
  const real = new Float32Array(word.buffer);
  real[0] = value;
  if (real[0] === 0) return 0;
  word[0]! += ulps;
  return real[0];
}

/** (b, c, d) of the rotation matrix `at(row, column)`: nifti_mat44_to_quatern of nifticlib. */
function quaternionOf(at: (row: number, column: number) => number): Triple {
  const trace = at(0, 0) + at(1, 1) + at(2, 2) + 1;
  if (trace > 0.5) {
    const a = 0.5 * Math.sqrt(trace);
    return [
      (0.25 * (at(2, 1) - at(1, 2))) / a,
      (0.25 * (at(0, 2) - at(2, 0))) / a,
      (0.25 * (at(1, 0) - at(0, 1))) / a,
    ];
  }
  // Near a half turn: divide by the largest of b, c and d instead of by a.
  const squares = [0, 1, 2].map((n) => {
    const [o, p] = [(n + 1) % 3, (n + 2) % 3];
    return 1 + at(n, n) - at(o, o) - at(p, p);
  });
  const n = squares.indexOf(Math.max(...squares));
  const [o, p] = [(n + 1) % 3, (n + 2) % 3];
  const largest = 0.5 * Math.sqrt(squares[n]!);
  const a = (0.25 * (at(p, o) - at(o, p))) / largest;
  const sign = a < 0 ? -1 : 1;
  const q: [number, number, number] = [0, 0, 0];
  q[n] = sign * largest;
  q[o] = (sign * 0.25 * (at(n, o) + at(o, n))) / largest;
  q[p] = (sign * 0.25 * (at(n, p) + at(p, n))) / largest;
  return q;
}
