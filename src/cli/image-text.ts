import { arraySize, rasterOf, type FrameInfo, type ImageInfo } from '../shared/image/index.ts';

/**
 * What an image is, on one line: `clip in colour, 200 × 240 × 12, 40 ms a frame, sizes in pixels`.
 */
export function imageText(image: ImageInfo): string {
  const { kind, channels, frames, distinction } = image;
  const parts = [
    channels === 3 ? `${kind} in colour` : kind,
    sizeText(image),
    ...timeText(frames),
    spacingText(image),
  ];
  return `${parts.join(', ')}${distinction === '' ? '' : `  (${distinction})`}`;
}

function sizeText({ kind, frames }: ImageInfo): string {
  const [columns, rows] = arraySize(frames);
  const size = `${columns} × ${rows}`;
  if (kind === 'picture') return size;
  if (!hasSeveralSizes(frames)) return `${size} × ${frames.length}`;
  return `${frames.length} of several sizes up to ${size}`;
}

export const hasSeveralSizes = (frames: readonly FrameInfo[]): boolean =>
  frames.some(({ size }) => size.some((n, axis) => n !== frames[0]!.size[axis]));

/** How long frames are shown, where they are ordered in time. */
function timeText(frames: readonly FrameInfo[]): string[] {
  const times = frames.map(({ time }) => time);
  if (times.length < 2 || times.includes(null)) return [];
  const steps = times.slice(1).map((time, n) => Math.round(time! - times[n]!));
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  return [`${least === most ? least : `${least} to ${most}`} ms a frame`];
}

const MEASURED_AT = {
  patient: '',
  detector: ' at the detector',
  'ultrasound region': ' in the ultrasound region',
} as const;

function spacingText({ frames, grid }: ImageInfo): string {
  const { spacing, measured, isGrid } = rasterOf(frames, grid);
  if (measured === null) return 'sizes in pixels';
  const mm = (isGrid ? spacing : spacing.slice(0, 2)).map((v) => Number(v.toFixed(3)));
  return `${mm.join(' × ')} mm${MEASURED_AT[measured]}`;
}
