import type { FrameSpacing } from '../../shared/image/index.ts';
import type { DataSet } from './data-set.ts';

type Millimetres = readonly [alongRow: number, alongColumn: number];

/** Modalities whose pixels lie at a detector, in front of which the patient is magnified: PS3.3 C.7.3.1.1.1. */
const PROJECTION = new Set(['CR', 'DX', 'MG', 'XA', 'RF', 'RG', 'IO', 'PX']);

/** Physical Units X and Y Direction (PS3.3 C.8.5.5.1.15): centimetres. */
const CENTIMETRES = 3;

/** Relative difference that decimal strings explain. */
const SAME = 1e-4;

/** Pixel Spacing, or one of its kind (PS3.3 10.7.1.3), is the distance of rows, then that of columns. */
export function spacingFrom(values: readonly number[]): Millimetres | undefined {
  const [rows, columns] = values;
  return rows !== undefined && columns !== undefined && rows > 0 && columns > 0
    ? [columns, rows]
    : undefined;
}

/**
 * How far pixels lie apart, and where that was measured, of an image without functional groups.
 *
 * In projection X-ray, Pixel Spacing is that of the patient only where it was calibrated: where the file
 * says so (Pixel Spacing Calibration Type), or where it differs from what it is at the detector
 * (PS3.3 10.7.1.3). An ultrasound image may have several regions; those in cm along both axes must agree,
 * as traces and spectra beside them are in other units.
 * @returns null where the header does not say: sizes are then known in pixels alone.
 */
export function frameSpacing(set: DataSet): FrameSpacing | null {
  const pixel = spacingFrom(set.numbers('0028,0030'));
  const detector = spacingFrom(set.numbers('0018,1164')) ?? spacingFrom(set.numbers('0018,2010'));
  if (pixel !== undefined) {
    const isCalibrated =
      set.text('0028,0a02') !== '' || (detector !== undefined && !same(pixel, detector));
    const isProjection = detector !== undefined || PROJECTION.has(set.text('0008,0060'));
    return { mm: pixel, of: isProjection && !isCalibrated ? 'detector' : 'patient' };
  }
  if (detector !== undefined) return { mm: detector, of: 'detector' };
  return ultrasoundSpacing(set.items('0018,6011'));
}

function ultrasoundSpacing(regions: readonly DataSet[]): FrameSpacing | null {
  const [first, ...others] = regions.flatMap((region) => {
    const isLength = ['0018,6024', '0018,6026'].every((tag) => region.number(tag) === CENTIMETRES);
    const [x, y] = ['0018,602c', '0018,602e'].map((tag) => Math.abs(region.number(tag) ?? 0));
    return isLength && x && y ? [[10 * x, 10 * y] as Millimetres] : [];
  });
  if (first === undefined || !others.every((other) => same(first, other))) return null;
  return { mm: first, of: 'ultrasound region' };
}

const same = (a: Millimetres, b: Millimetres): boolean =>
  Math.abs(a[0] / b[0] - 1) < SAME && Math.abs(a[1] / b[1] - 1) < SAME;
