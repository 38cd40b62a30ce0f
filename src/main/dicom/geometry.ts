import type { NamedWindow, Plane, Severity } from '../../shared/image/index.ts';
import type { Affine, Grid, Triple } from '../../shared/volume.ts';
import { distanceAlongNormal, normalOf } from '../../shared/image/index.ts';
import type { Frame, Stack, Verdict, VerdictKind } from './types.ts';

/** Distances of neighbours within this share of the usual one count as equal … */
const SPACING_TOLERANCE = 0.02;
/** … or within this, in mm, which the rounding of positions explains. */
const POSITION_TOLERANCE = 0.05;
/** Slices that lie closer, in mm, are at the same place. */
const SAME_POSITION = 0.01;
/** Leaning of the slices' line against their normal that positions' rounding does not explain. */
const TILT_TOLERANCE_DEGREES = 0.05;
/** A volume this far off the patient's axes is called oblique. */
const OBLIQUE_DEGREES = 0.5;

/** What resampling mends is a warning; what nothing mends is an error. */
const SEVERITY: Readonly<Record<VerdictKind, Severity>> = {
  regular: 'info',
  'single-slice': 'info',
  oblique: 'info',
  mosaic: 'info',
  'multi-frame': 'info',
  gap: 'warning',
  'gantry-tilt': 'warning',
  'uneven-spacing': 'warning',
  duplicate: 'error',
  shifted: 'error',
  'no-geometry': 'error',
  'detector-spacing': 'info',
  'no-spacing': 'info',
};

const verdict = (kind: VerdictKind, text: string): Verdict => ({
  severity: SEVERITY[kind],
  kind,
  text,
});

/**
 * What the geometry of a stack allows: verdicts, and the grid where it is regular. Frames are
 * sorted along row × column already, tiles of a mosaic as it has them.
 *
 * Regular means: parallel planes, equally spaced within 2 % or 0.05 mm (measured against the whole
 * line, so that errors do not add up), one after the other along their normal.
 */
export function judgeStack(stack: Pick<Stack, 'id' | 'distinction' | 'frames'>): Stack {
  const { frames } = stack;
  const first = frames[0]!;
  const verdicts: Verdict[] = [];
  if (first.tile !== undefined) {
    verdicts.push(verdict('mosaic', `${frames.length} slices laid out as tiles of one image`));
  } else if (frames.length > 1 && frames.some((f) => f.index > 0)) {
    const what = first.plane === undefined ? 'frames' : 'slices';
    verdicts.push(verdict('multi-frame', `several ${what} in one file`));
  }
  const result = (more: Verdict[], grid?: Grid, resamplable = false): Stack => ({
    ...stack,
    verdicts: [...verdicts, ...more],
    grid,
    // Colours are not interpolated.
    resamplable: resamplable && first.channels === 1,
    windows: presetsOf(frames),
  });
  if (first.plane === undefined || first.pixelSpacing === undefined) {
    return result([...placeVerdicts(frames), ...spacingRemarks(first)]);
  }
  const oblique = obliqueVerdict(first.plane);
  if (frames.length === 1) {
    const step = first.thickness ?? 1;
    const text =
      first.thickness === undefined
        ? 'a single slice of unknown thickness; 1 mm is assumed'
        : 'a single slice';
    const grid = gridOf(frames, scaled(normalOf(first.plane), step));
    return result([verdict('single-slice', text), ...oblique], grid);
  }
  // By construction; tiles stay in the order of the mosaic, which may run against the normal.
  if (first.tile !== undefined) {
    const grid = gridOf(frames, mosaicStep(frames));
    return result([verdict('regular', 'equally spaced slices'), ...oblique], grid);
  }
  const spacing = spacingVerdicts(frames);
  const lean = leanVerdicts(
    frames,
    spacing.some((v) => v.kind === 'duplicate'),
  );
  const faults = [...spacing, ...lean];
  if (faults.length > 0) {
    const resamplable = faults.every(({ severity }) => severity === 'warning');
    return result([...faults, ...oblique], undefined, resamplable);
  }
  const grid = gridOf(frames, stepOf(frames));
  return result([verdict('regular', 'equally spaced slices'), ...oblique], grid);
}

/** What keeps frames without a plane, or without Pixel Spacing, from a grid. Pictures and clips need none. */
function placeVerdicts(frames: readonly Frame[]): Verdict[] {
  const [first, second] = frames;
  if (second === undefined) return [];
  if (first!.plane !== undefined) {
    return [
      verdict('no-geometry', 'the series does not say how large its pixels are in the patient'),
    ];
  }
  if (first!.source === second.source) {
    if (frames.every(({ time }) => time !== undefined)) return [];
    return [verdict('no-geometry', 'the file does not say where its frames lie in the patient')];
  }
  const numbers = new Set(frames.map(({ instanceNumber }) => instanceNumber));
  const order =
    numbers.size === frames.length
      ? 'they are in the order of their Instance Numbers'
      : 'and their Instance Numbers do not say in which order they follow';
  return [
    verdict(
      'no-geometry',
      `the series does not say where its images lie in the patient (Image Position or Image Orientation is missing); ${order}`,
    ),
  ];
}

/** What sizes in the image mean, where they are not those of the patient. */
function spacingRemarks({ spacing }: Frame): Verdict[] {
  if (spacing === null) {
    return [
      verdict('no-spacing', 'the header does not say how large pixels are: sizes are in pixels'),
    ];
  }
  if (spacing.of !== 'detector') return [];
  return [
    verdict(
      'detector-spacing',
      'pixel sizes are those at the detector; what lies in front of it is smaller',
    ),
  ];
}

/** Distances of the planes from the patient's origin along their normal, ascending, mm. */
export function distancesOf(frames: readonly Frame[]): number[] {
  return frames.map((frame) => distanceAlongNormal(frame.plane!));
}

/** Median distance of neighbouring slices, mm. */
export function usualSpacing(distances: readonly number[]): number {
  const steps = distances
    .slice(1)
    .map((d, i) => d - distances[i]!)
    .sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)]!;
}

function spacingVerdicts(frames: readonly Frame[]): Verdict[] {
  const distances = distancesOf(frames);
  const steps = distances.slice(1).map((d, i) => d - distances[i]!);
  const coinciding = steps.filter((step) => step < SAME_POSITION).length;
  if (coinciding > 0) {
    return [
      verdict(
        'duplicate',
        `${coinciding} of ${frames.length} images lie where another one lies, and nothing in their headers parts them`,
      ),
    ];
  }
  const mean = (distances.at(-1)! - distances[0]!) / (frames.length - 1);
  const tolerance = Math.max(SPACING_TOLERANCE * mean, POSITION_TOLERANCE);
  if (distances.every((d, k) => Math.abs(d - distances[0]! - k * mean) <= tolerance)) return [];
  const usual = usualSpacing(distances);
  const near = Math.max(SPACING_TOLERANCE * usual, POSITION_TOLERANCE);
  const gaps = steps.flatMap((step, k) => {
    const missing = Math.round(step / usual) - 1;
    return Math.abs(step - (missing + 1) * usual) <= near * (missing + 1) ? [{ k, missing }] : [];
  });
  if (gaps.length === steps.length) {
    const holes = gaps.filter(({ missing }) => missing > 0);
    const places = holes
      .slice(0, 3)
      .map(({ k }) => `${mm(distances[k]!)} and ${mm(distances[k + 1]!)} mm`);
    const count = holes.reduce((sum, { missing }) => sum + missing, 0);
    const more = holes.length > 3 ? ` and ${holes.length - 3} other places` : '';
    return [
      verdict(
        'gap',
        `${count} ${count === 1 ? 'slice is' : 'slices are'} missing between ${places.join(', between ')}${more} along the normal`,
      ),
    ];
  }
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  return [
    verdict(
      'uneven-spacing',
      `the distance of neighbouring slices varies from ${mm(least)} to ${mm(most)} mm`,
    ),
  ];
}

/** Whether the slices' origins follow their normal, lean evenly (a tilted gantry), or scatter. */
function leanVerdicts(frames: readonly Frame[], duplicates: boolean): Verdict[] {
  if (duplicates) return [];
  const { lean, scatter, length } = leanOf(frames);
  if (scatter > POSITION_TOLERANCE + 0.1 * Math.min(...frames[0]!.pixelSpacing!)) {
    return [
      verdict(
        'shifted',
        `slices are shifted against each other within their planes, by up to ${mm(scatter)} mm`,
      ),
    ];
  }
  const degrees = (Math.atan(Math.hypot(...lean)) * 180) / Math.PI;
  const shift = Math.hypot(...lean) * length;
  if (degrees <= TILT_TOLERANCE_DEGREES || shift <= POSITION_TOLERANCE) return [];
  return [
    verdict(
      'gantry-tilt',
      `gantry tilt: the slices lean ${degrees.toFixed(1)}° against their normal, ${mm(shift)} mm over the stack`,
    ),
  ];
}

/**
 * How far the origins move along rows and columns for every mm along the normal, how far they stray
 * from that line (mm), and the length of the stack (mm).
 */
export function leanOf(frames: readonly Frame[]): {
  readonly lean: readonly [number, number];
  readonly scatter: number;
  readonly length: number;
} {
  const first = frames[0]!.plane!;
  const distances = distancesOf(frames);
  const length = distances.at(-1)! - distances[0]!;
  const offsets = frames.map(({ plane }) => {
    const d: Triple = [
      plane!.position[0] - first.position[0],
      plane!.position[1] - first.position[1],
      plane!.position[2] - first.position[2],
    ];
    return [dot(d, first.row), dot(d, first.column)] as const;
  });
  const last = offsets.at(-1)!;
  const lean = [last[0] / length, last[1] / length] as const;
  const scatter = offsets.reduce((most, [i, j], k) => {
    const along = distances[k]! - distances[0]!;
    return Math.max(most, Math.hypot(i - lean[0] * along, j - lean[1] * along));
  }, 0);
  return { lean, scatter, length };
}

function obliqueVerdict(plane: Plane): Verdict[] {
  const normal = normalOf(plane);
  const most = Math.max(...normal.map(Math.abs), 0);
  const degrees = (Math.acos(Math.min(1, most)) * 180) / Math.PI;
  const tilt = (axis: Triple): number =>
    (Math.acos(Math.min(1, Math.max(...axis.map(Math.abs)))) * 180) / Math.PI;
  const worst = Math.max(degrees, tilt(plane.row), tilt(plane.column));
  if (worst <= OBLIQUE_DEGREES) return [];
  const name = ['sagittal', 'coronal', 'axial'][normal.findIndex((n) => Math.abs(n) === most)]!;
  return [verdict('oblique', `turned ${worst.toFixed(1)}° from the ${name} plane's axes`)];
}

function gridOf(frames: readonly Frame[], step: Triple): Grid {
  const { plane, pixelSpacing, rows, columns } = frames[0]!;
  const [dx, dy] = pixelSpacing!;
  const { position, row, column } = plane!;
  const matrixRow = (axis: 0 | 1 | 2): number[] => [
    row[axis] * dx,
    column[axis] * dy,
    step[axis],
    position[axis],
  ];
  const affineLps: Affine = [...matrixRow(0), ...matrixRow(1), ...matrixRow(2), 0, 0, 0, 1];
  return { size: [columns, rows, frames.length], affineLps };
}

/** From one slice to the next: along the normal, what is left of the lean being rounding. */
function stepOf(frames: readonly Frame[]): Triple {
  const distances = distancesOf(frames);
  const spacing = (distances.at(-1)! - distances[0]!) / (frames.length - 1);
  return scaled(normalOf(frames[0]!.plane!), spacing);
}

function mosaicStep(frames: readonly Frame[]): Triple {
  const [p, q] = [frames[0]!.plane!.position, frames[1]!.plane!.position];
  return [q[0] - p[0], q[1] - p[1], q[2] - p[2]];
}

const scaled = (v: Triple, by: number): Triple => [v[0] * by, v[1] * by, v[2] * by];
const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const mm = (value: number): string => String(Number(value.toFixed(2)));

/** Presets of the middle frame: those at the ends of a body are often set for air. */
function presetsOf(frames: readonly Frame[]): readonly NamedWindow[] {
  return frames[Math.floor(frames.length / 2)]!.windows;
}
