import type { AmountUnit, Raster } from '../../shared/image/index.ts';
import type { Triple } from '../../shared/volume.ts';

/** Numbers and names as they are shown. */

/** DICOM's "Family^Given^Middle^Prefix^Suffix" (PS3.5 6.2, VR PN) as "Family, Given Middle". */
export function personName(name: string): string {
  const [family = '', given = '', middle = ''] = (name.split('=')[0] ?? '').split('^');
  const rest = [given, middle]
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ');
  return [family.trim(), rest].filter(Boolean).join(', ');
}

/** DICOM's YYYYMMDD as YYYY-MM-DD. */
export const dicomDate = (date: string): string =>
  date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');

/** How much is labelled: three digits where it is small. */
export function amount(value: number, unit: AmountUnit): string {
  if (unit === 'pixels') return `${Math.round(value)} px`;
  const [size, shown] = unit === 'mm²' && value >= 100 ? [value / 100, 'cm²'] : [value, unit];
  if (size === 0) return `0 ${unit}`;
  return `${size >= 100 ? Math.round(size) : size >= 10 ? size.toFixed(1) : size.toFixed(2)} ${shown}`;
}

/** What lengths in an image are in. */
export const lengthUnit = (raster: Pick<Raster, 'measured'> | undefined): string =>
  raster && raster.measured === null ? 'px' : 'mm';

/** A voxel, or a pixel of the frame that is shown, counted from 1. */
export function placeText([i, j, k]: Triple, isGrid: boolean): string {
  return isGrid ? `voxel ${i + 1}, ${j + 1}, ${k + 1}` : `pixel ${i + 1}, ${j + 1}`;
}

/** A duration in words short enough for a line of progress. */
export function seconds(s: number): string {
  const whole = Math.max(0, Math.round(s));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** At most two decimals, without trailing zeros. */
export const short = (value: number): string => String(Math.round(value * 100) / 100);

/** The spacing of an image, '' where sizes are known in pixels alone. */
export function spacing({ spacing: mm, measured, isGrid }: Raster): string {
  if (!measured) return '';
  const text = `${(isGrid ? mm : mm.slice(0, 2)).map((v) => v.toFixed(2)).join('×')} mm`;
  return measured === 'patient' ? text : `${text} (${measured})`;
}

/** 1 slice, 2 slices. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n} ${n === 1 ? one : many}`;

export const time = (date: Date): string => date.toLocaleTimeString('en-GB');

/** A point in time, as precise as is useful now. */
export function when(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === now.toDateString()) return `today ${clock}`;
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  return date.getFullYear() === now.getFullYear() ? day.replace(/ \d{4}$/, ` ${clock}`) : day;
}

const WARNINGS: Readonly<Record<string, string>> = {
  gap: 'gap',
  duplicate: 'duplicates',
  'gantry-tilt': 'tilted',
  'uneven-spacing': 'uneven',
  oblique: 'oblique',
  mosaic: 'mosaic',
  'multi-frame': 'multi-frame',
  'single-slice': 'single slice',
  shifted: 'shifted',
  'no-geometry': 'no geometry',
  'detector-spacing': 'sizes at the detector',
  'no-spacing': 'sizes in pixels',
};

/** What is to be known about an image, in two words at most. */
export const shortWarning = (kind: string): string => WARNINGS[kind] ?? kind;

/** The last part of a path, of either kind of system. */
export const lastPart = (path: string): string =>
  path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;

/** How large a file is, in words: “10.6 MB”. */
export const size = (bytes: number): string =>
  bytes < 1e9
    ? `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
    : `${(bytes / 1e9).toFixed(2)} GB`;
