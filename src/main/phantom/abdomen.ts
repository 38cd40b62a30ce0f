import { chance, pick, uniform, whole } from '../../shared/random-draws.ts';
import { keyedState, type RandomState } from '../../shared/random.ts';
import type { Triple } from '../../shared/volume.ts';

/** What voxels of the phantom's label map mean. A lesion lies within the liver. */
export const ABDOMEN_LABELS = {
  liver: 1,
  leftKidney: 2,
  rightKidney: 3,
  spleen: 4,
  lesion: 5,
} as const;

/**
 * A blob: an ellipsoid turned about the long axis of the body, its surface moved in and out by
 * slow waves. Millimetres, LPS.
 */
export interface Blob {
  readonly centre: Triple;
  readonly radii: Triple;
  /** Rotation about z, radians. */
  readonly angle: number;
  /** Amplitude (share of the radius), number of waves around, along z, phase. */
  readonly waves: readonly (readonly [number, number, number, number])[];
  /** Hounsfield units. */
  readonly value: number;
  /** Label map value; 0 for what is not asked for, null for what leaves the label below. */
  readonly label: number | null;
  /** Of what has no label but may be asked for by somebody else. */
  readonly name?: 'stomach';
  /** Above this height (towards the front) it is gas: y in mm. */
  readonly gasAbove?: number;
  /** Half axes (x, y) of the cavity that it cannot leave, mm. */
  readonly within?: readonly [number, number];
}

/** A patient: blobs in the order in which they cover one another. */
export interface Abdomen {
  readonly seed: number;
  readonly blobs: readonly Blob[];
  /** Standard deviation of the noise, Hounsfield units. */
  readonly noise: number;
  /** z of everything that may be looked at, mm: [lowest, highest]. */
  readonly extent: readonly [number, number];
  /** Half of the field of view, mm. */
  readonly halfField: number;
}

const AIR = -1000;

/**
 * Draws a patient. Sizes and places vary by tenths around those of an adult; contrast phase and
 * noise vary too; liver and spleen are close in density, kidneys are close to vessels, so that
 * density alone does not tell them apart.
 */
export function createAbdomen(seed: number): Abdomen {
  const state = keyedState('abdomen', seed);
  const s = uniform(state, 0.85, 1.12);
  const around = (value: number, by: number): number => value + uniform(state, -by, by);
  const place = (x: number, y: number, z: number, by = 7): Triple => [
    around(x, by) * s,
    around(y, by) * s,
    around(z, by) * s,
  ];
  const radii = (x: number, y: number, z: number): Triple => [
    around(x, 0.14 * x) * s,
    around(y, 0.14 * y) * s,
    around(z, 0.14 * z) * s,
  ];
  const blob = (
    centre: Triple,
    size: Triple,
    value: number,
    label: number | null,
    bumpiness = 0.05,
    turn = 0,
  ): Blob => ({
    centre,
    radii: size,
    angle: around(turn, 0.2),
    waves: [2, 3, 4].map(
      (n) =>
        [uniform(state, 0, bumpiness), n, uniform(state, -2, 2), uniform(state, 0, 6.28)] as const,
    ),
    value,
    label,
  });

  const width = around(168, 20) * s;
  const depth = around(118, 14) * s;
  const fat = uniform(state, 8, 28) * s;
  const wall = around(11, 3) * s;
  const trunk = (inset: number, value: number): Blob => ({
    ...blob([0, 0, 95 * s], [width - inset, depth - inset, 1e4], value, 0, 0),
    angle: 0,
  });

  const cavity = [width - fat - wall, depth - fat - wall] as const;
  const inCavity = (blobs: readonly Blob[]): Blob[] => blobs.map((b) => ({ ...b, within: cavity }));

  const phase = uniform(state, 0, 1);
  const liverValue = uniform(state, 55, 80) + 45 * phase;
  const spleenValue = liverValue + uniform(state, -12, 25);
  const vesselValue = 60 + 150 * phase;
  const kidneyValue = 40 + 140 * phase + uniform(state, -15, 25);
  const muscle = uniform(state, 45, 65);

  const liver = blob(
    place(-72, -14, 112),
    radii(82, 72, 66),
    liverValue,
    ABDOMEN_LABELS.liver,
    0.07,
  );
  const leftLobe = blob(
    place(-2, -56, 122),
    radii(62, 32, 34),
    liverValue,
    ABDOMEN_LABELS.liver,
    0.08,
    0.15,
  );
  const stomach: Blob = {
    ...blob(place(62, -34, 118), radii(42, 36, 40), uniform(state, 5, 45), 0, 0.12),
    name: 'stomach',
    ...(chance(state, 0.7) ? { gasAbove: around(-52, 10) * s } : {}),
  };
  const kidney = (x: number, z: number, label: number): Blob[] => {
    const outer = blob(
      place(x, 52, z, 6),
      radii(27, 25, 50),
      kidneyValue,
      label,
      0.05,
      x > 0 ? 0.4 : -0.4,
    );
    const sinus = blob(outer.centre, radii(10, 9, 26), uniform(state, -70, 10), null, 0.1);
    return [outer, sinus];
  };
  const bowel = Array.from({ length: whole(state, 7, 13) }, (): Blob => {
    const y = uniform(state, -75, 5) * s;
    const loop = blob(
      [uniform(state, -95, 95) * s, y, uniform(state, -10, 70) * s],
      radii(20, 18, 22),
      uniform(state, 10, 70),
      0,
      0.12,
    );
    return chance(state, 0.5) ? { ...loop, gasAbove: y - uniform(state, -8, 8) } : loop;
  });
  const ribs = Array.from({ length: 14 }, (): Blob => {
    const theta = uniform(state, 0.35, 2.79) + (chance(state, 0.5) ? Math.PI : 0);
    const r = 0.5 * wall + fat;
    return blob(
      [
        Math.sin(theta) * (width - r) * (chance(state, 0.5) ? 1 : -1),
        Math.cos(theta) * (depth - r),
        uniform(state, 60, 200) * s,
      ],
      [7 * s, 5 * s, 8 * s],
      uniform(state, 250, 500),
      0,
    );
  });
  const column = (x: number, y: number, r: number, value: number): Blob =>
    blob([x * s, y * s, 95 * s], [r * s, r * 0.9 * s, 1e4], value, 0, 0.04);

  return {
    seed,
    blobs: [
      trunk(0, uniform(state, -115, -90)),
      trunk(fat, muscle),
      trunk(fat + wall, uniform(state, -105, -85)),
      blob([around(52, 6) * s, 78 * s, 95 * s], [34 * s, 24 * s, 1e4], muscle, 0),
      blob([around(-52, 6) * s, 78 * s, 95 * s], [34 * s, 24 * s, 1e4], muscle, 0),
      ...inCavity([...bowel, stomach]),
      column(12, 40, around(11, 2), vesselValue),
      column(-20, 36, around(12, 2), 0.7 * vesselValue + 20),
      ...inCavity([
        ...kidney(62, 74, ABDOMEN_LABELS.leftKidney),
        ...kidney(-62, 60, ABDOMEN_LABELS.rightKidney),
        blob(
          place(104, 34, 116),
          radii(26, 44, 46),
          spleenValue,
          ABDOMEN_LABELS.spleen,
          0.07,
          -0.3,
        ),
        liver,
        leftLobe,
        ...lesions(state, liver, s),
      ]),
      column(0, 72, 21, uniform(state, 140, 230)),
      column(0, 72, 15, uniform(state, 110, 190)),
      column(0, 98, 9, 30),
      blob([0, 112 * s, 95 * s], [6 * s, 16 * s, 1e4], uniform(state, 250, 420), 0),
      ...ribs,
    ],
    noise: uniform(state, 6, 20),
    extent: [15 * s, 190 * s],
    halfField: Math.max(width, depth) + uniform(state, 8, 30),
  };
}

/** None to three round lesions of 15 … 40 mm within the right lobe, darker or brighter by ≥ 30 HU. */
function lesions(state: RandomState, liver: Blob, s: number): Blob[] {
  return Array.from({ length: pick(state, [0, 1, 1, 2, 3]) }, () => {
    const r = uniform(state, 8, 20) * s;
    const direction = [uniform(state, -1, 1), uniform(state, -1, 1), uniform(state, -1, 1)];
    const length = Math.hypot(...direction) || 1;
    const reach = uniform(state, 0.1, 0.6);
    const at = (i: 0 | 1 | 2): number =>
      liver.centre[i] + (direction[i]! / length) * reach * (liver.radii[i] - r);
    const contrast = uniform(state, 32, 65) * (chance(state, 0.75) ? -1 : 1);
    return {
      centre: [at(0), at(1), at(2)] as const,
      radii: [r, r * uniform(state, 0.8, 1.2), r] as const,
      angle: 0,
      waves: [[0.06, 3, 1, uniform(state, 0, 6)] as const],
      value: liver.value + contrast,
      label: ABDOMEN_LABELS.lesion,
    };
  });
}

/** One axial slice: Hounsfield units and labels, columns to the left, rows to the back. */
export interface AbdomenSlice {
  readonly side: number;
  readonly values: Float32Array;
  readonly labels: Uint8Array;
}

/**
 * Renders the slice at height z (mm) on side×side pixels that cover the field of view. Edges are
 * blended over a pixel as partial volume does; noise is correlated between neighbours.
 */
export function renderSlice(abdomen: Abdomen, z: number, side: number): AbdomenSlice {
  const pixel = (2 * abdomen.halfField) / side;
  const values = new Float32Array(side * side).fill(AIR);
  const labels = new Uint8Array(side * side);
  for (const blob of abdomen.blobs) paint(blob, z, side, pixel, abdomen.halfField, values, labels);
  addNoise(
    values,
    side,
    abdomen.noise,
    keyedState('abdomen noise', abdomen.seed, Math.round(z * 100 + 1e6)),
  );
  return { side, values, labels };
}

function paint(
  blob: Blob,
  z: number,
  side: number,
  pixel: number,
  half: number,
  values: Float32Array,
  labels: Uint8Array,
): void {
  const { centre, radii, angle, waves, value, label, gasAbove, within } = blob;
  const w = (z - centre[2]) / radii[2];
  if (Math.abs(w) > 1.3) return;
  const reach = 1.3 * Math.max(radii[0], radii[1]);
  const index = (mm: number): number => Math.floor((mm + half) / pixel - 0.5);
  const [x0, x1] = [
    Math.max(0, index(centre[0] - reach)),
    Math.min(side - 1, index(centre[0] + reach) + 1),
  ];
  const [y0, y1] = [
    Math.max(0, index(centre[1] - reach)),
    Math.min(side - 1, index(centre[1] + reach) + 1),
  ];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const least = Math.min(radii[0], radii[1]);
  // Waves die out towards the poles, where they would make stars.
  const swell = Math.max(0, 1 - w * w);
  for (let j = y0; j <= y1; j++) {
    const y = (j + 0.5) * pixel - half;
    for (let i = x0; i <= x1; i++) {
      const x = (i + 0.5) * pixel - half;
      if (within && (x / within[0]) ** 2 + (y / within[1]) ** 2 > 1) continue;
      const dx = x - centre[0];
      const dy = y - centre[1];
      const u = (cos * dx + sin * dy) / radii[0];
      const v = (-sin * dx + cos * dy) / radii[1];
      const f = Math.sqrt(u * u + v * v + w * w);
      if (f > 1.35) continue;
      let edge = 1;
      if (waves.length > 0 && f > 0.6) {
        const theta = Math.atan2(v, u);
        for (const [amplitude, n, along, phase] of waves) {
          edge += swell * amplitude * Math.cos(n * theta + along * w + phase);
        }
      }
      const inside = 0.5 + ((edge - f) * least) / pixel;
      if (inside <= 0) continue;
      const at = j * side + i;
      const intensity = gasAbove !== undefined && y < gasAbove ? -950 : value;
      const share = inside < 1 ? inside : 1;
      values[at]! += share * (intensity - values[at]!);
      if (label !== null && inside > 0.5) labels[at] = label;
    }
  }
}

/** White noise averaged over 2×2 neighbours, of the given standard deviation. */
function addNoise(values: Float32Array, side: number, deviation: number, state: RandomState): void {
  const white = new Float32Array(side + 1);
  let above = new Float32Array(side + 1);
  // The sum of three uniform numbers is normal enough for noise.
  const draw = (): number => uniform(state, -1, 1) + uniform(state, -1, 1) + uniform(state, -1, 1);
  for (let i = 0; i <= side; i++) above[i] = draw();
  for (let j = 0; j < side; j++) {
    for (let i = 0; i <= side; i++) white[i] = draw();
    for (let i = 0; i < side; i++) {
      values[j * side + i]! +=
        0.5 * deviation * (white[i]! + white[i + 1]! + above[i]! + above[i + 1]!);
    }
    above = white.slice();
  }
}
