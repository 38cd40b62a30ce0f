import type { NamedWindow, Plane, Source } from '../../shared/image/index.ts';
import type { Triple } from '../../shared/volume.ts';
import type { DataSet } from './data-set.ts';
import { frameTimes } from './frame-times.ts';
import { lossyOf } from './lossy.ts';
import { mosaicFrames } from './mosaic.ts';
import { channelsOf, photometricOf } from './pixels/index.ts';
import { transferSyntax as readsAs } from './pixels/transfer-syntaxes.ts';
import { frameSpacing, spacingFrom } from './spacing.ts';
import type { Frame, SeriesHeader } from './types.ts';

export function seriesHeader(set: DataSet): SeriesHeader {
  return {
    seriesInstanceUid: set.text('0020,000e'),
    studyInstanceUid: set.text('0020,000d'),
    modality: set.text('0008,0060'),
    seriesNumber: set.number('0020,0011'),
    seriesDescription: set.text('0008,103e'),
    protocolName: set.text('0018,1030'),
    bodyPart: set.text('0018,0015'),
    studyDescription: set.text('0008,1030'),
    studyDate: set.text('0008,0020'),
    manufacturer: set.text('0008,0070'),
    patientName: set.text('0010,0010'),
    patientId: set.text('0010,0020'),
    acquisition: set.text('0018,0023'),
  };
}

/**
 * The frames of an image file: one, one a frame of a multi-frame object, or one a tile of a mosaic.
 * @param transferSyntax UID, '' where unknown.
 */
export function framesOf(set: DataSet, source: Source, transferSyntax = ''): Frame[] {
  const lossy = lossyOf(set, transferSyntax);
  const isOfSeveral = frameCount(set) > 1;
  const isDeflated = readsAs(transferSyntax).coding === 'deflated';
  const whole = { ...baseFrame(set, source), isOfSeveral, isDeflated, ...(lossy && { lossy }) };
  const shared = set.items('5200,9229')[0];
  const groups = set.items('5200,9230');
  const count = frameCount(set);
  const times = count > 1 ? frameTimes(set, count) : undefined;
  if (groups.length > 0 || shared !== undefined) {
    // A file may claim more frames than it describes; pixels would be missing a place.
    const described = groups.length > 0 ? Math.min(count, groups.length) : count;
    return Array.from({ length: described }, (_, index) =>
      timed(functionalFrame(whole, groups[index], shared, index), times),
    );
  }
  if (count > 1) {
    const { plane, ...placeless } = whole;
    return Array.from({ length: count }, (_, index) => timed({ ...placeless, index }, times));
  }
  return mosaicFrames(set, whole) ?? [whole];
}

/** Number of Frames (0028,0008). */
export const frameCount = (set: DataSet): number =>
  Math.max(1, Math.trunc(set.number('0028,0008') ?? 1));

const timed = (frame: Frame, times: readonly number[] | undefined): Frame =>
  times === undefined ? frame : { ...frame, time: times[frame.index]! };

function baseFrame(set: DataSet, source: Source): Frame {
  const plane = planeOf(set.numbers('0020,0032'), set.numbers('0020,0037'));
  const pixelSpacing = spacingFrom(set.numbers('0028,0030'));
  const photometric = set.text('0028,0004');
  const read = photometricOf(photometric, samplesPerPixel(set));
  const sliceThickness = positive(set.number('0018,0050'));
  const thickness = positive(set.number('0018,0088')) ?? sliceThickness;
  return {
    source,
    index: 0,
    sopClassUid: set.text('0008,0016'),
    sopInstanceUid: set.text('0008,0018'),
    instanceNumber: set.number('0020,0013') ?? 0,
    rows: set.number('0028,0010') ?? 0,
    columns: set.number('0028,0011') ?? 0,
    channels: 'is' in read ? channelsOf(read.is) : 1,
    inverted: photometric === 'MONOCHROME1',
    ...(plane && { plane }),
    ...(pixelSpacing && { pixelSpacing }),
    spacing: frameSpacing(set),
    ...(thickness !== undefined && { thickness }),
    ...(sliceThickness !== undefined && { sliceThickness }),
    slope: slopeOf(set) ?? 1,
    intercept: set.number('0028,1052') ?? 0,
    windows: windowsOf(set),
    tilt: set.number('0018,1120') ?? 0,
    traits: {
      'image type': imageType(set.text('0008,0008')),
      'echo time': valueOf(set, '0018,0081'),
      'echo number': valueOf(set, '0018,0086'),
      'inversion time': valueOf(set, '0018,0082'),
      'flip angle': valueOf(set, '0018,1314'),
      'b-value': valueOf(set, '0018,9087'),
      'temporal position': valueOf(set, '0020,0100'),
      phase: valueOf(set, '0020,9241'),
      'trigger time': valueOf(set, '0018,1060'),
      acquisition: valueOf(set, '0020,0012'),
      kernel: set.text('0018,1210'),
      'acquisition time': dateTime(set, '0008,0022', '0008,0032'),
      'acquisition date and time': set.text('0008,002a'),
      'content time': dateTime(set, '0008,0023', '0008,0033'),
    },
  };
}

/** Samples per Pixel (0028,0002), 1 where it is missing. */
export const samplesPerPixel = (set: DataSet): number => set.number('0028,0002') ?? 1;

/** A frame of an enhanced object: per-frame functional groups go before shared ones (PS3.3 C.7.6.16). */
function functionalFrame(
  whole: Frame,
  perFrame: DataSet | undefined,
  shared: DataSet | undefined,
  index: number,
): Frame {
  const macro = (tag: string): DataSet | undefined =>
    perFrame?.items(tag)[0] ?? shared?.items(tag)[0];
  const measures = macro('0028,9110');
  const transformation = macro('0028,9145');
  const content = macro('0020,9111');
  const type = macro('0018,9226') ?? macro('0018,9329');
  const plane =
    planeOf(
      macro('0020,9113')?.numbers('0020,0032') ?? [],
      macro('0020,9116')?.numbers('0020,0037') ?? [],
    ) ?? whole.plane;
  const measured = spacingFrom(measures?.numbers('0028,0030') ?? []);
  const pixelSpacing = measured ?? whole.pixelSpacing;
  const sliceThickness = positive(measures?.number('0018,0050'));
  const thickness = positive(measures?.number('0018,0088')) ?? sliceThickness ?? whole.thickness;
  const windows = macro('0028,9132');
  const of = (set: DataSet | undefined, tag: string): string =>
    set === undefined ? '' : valueOf(set, tag);
  return {
    ...whole,
    index,
    ...(plane && { plane }),
    ...(pixelSpacing && { pixelSpacing }),
    spacing: measured === undefined ? whole.spacing : { mm: measured, of: 'patient' },
    ...(thickness !== undefined && { thickness }),
    ...(sliceThickness !== undefined && { sliceThickness }),
    slope: (transformation && slopeOf(transformation)) ?? whole.slope,
    intercept: transformation?.number('0028,1052') ?? whole.intercept,
    windows: windows === undefined ? whole.windows : windowsOf(windows),
    traits: {
      ...whole.traits,
      'image type': imageType(type?.text('0008,9007') || '') || whole.traits['image type']!,
      stack: content?.text('0020,9056') ?? '',
      'echo time': of(macro('0018,9114'), '0018,9082') || whole.traits['echo time']!,
      'b-value': of(macro('0018,9117'), '0018,9087') || whole.traits['b-value']!,
      direction: of(macro('0018,9117')?.items('0018,9076')[0], '0018,9089'),
      'temporal position': of(content, '0020,9128') || whole.traits['temporal position']!,
      'trigger time': of(macro('0018,9118'), '0020,9153') || whole.traits['trigger time']!,
      acquisition: of(content, '0020,9156') || whole.traits['acquisition']!,
      'dimension index': of(content, '0020,9157'),
      'acquisition date and time':
        content?.text('0018,9074') || whole.traits['acquisition date and time']!,
      'reference time': content?.text('0018,9151') ?? '',
    },
  };
}

function planeOf(position: readonly number[], orientation: readonly number[]): Plane | undefined {
  if (position.length !== 3 || orientation.length !== 6) return undefined;
  const row = unit(orientation.slice(0, 3));
  const column = unit(orientation.slice(3));
  if (row === undefined || column === undefined) return undefined;
  const cosine = row[0] * column[0] + row[1] * column[1] + row[2] * column[2];
  // PS3.3 C.7.6.2.1.1 wants them orthogonal; what is far from it says nothing.
  if (Math.abs(cosine) > 0.01) return undefined;
  return { position: [position[0]!, position[1]!, position[2]!], row, column };
}

function unit(v: readonly number[]): Triple | undefined {
  const length = Math.hypot(...v);
  if (!(Math.abs(length - 1) < 0.05)) return undefined;
  return [v[0]! / length, v[1]! / length, v[2]! / length];
}

const positive = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? value : undefined;

/** A slope of zero would make every value the same: it is taken as missing. */
function slopeOf(set: DataSet): number | undefined {
  return set.number('0028,1053') || undefined;
}

function windowsOf(set: DataSet): NamedWindow[] {
  const centres = set.numbers('0028,1050');
  const widths = set.numbers('0028,1051');
  const names = set.text('0028,1055').split('\\');
  return centres.flatMap((centre, i) => {
    const width = widths[i];
    return width !== undefined && width > 0
      ? [{ centre, width, name: names[i]?.trim() ?? '' }]
      : [];
  });
}

/** Image Type without what says nothing about the values: empty and repeated parts. */
function imageType(text: string): string {
  return [...new Set(text.split('\\').map((part) => part.trim()))].filter(Boolean).join(' ');
}

/** A DA and a TM as one DT, since an acquisition may go on past midnight. */
function dateTime(set: DataSet, date: string, time: string): string {
  const clock = set.text(time);
  return clock === '' ? '' : set.text(date).replaceAll('.', '') + clock;
}

function valueOf(set: DataSet, tag: string): string {
  return set.numbers(tag).join(' ');
}
