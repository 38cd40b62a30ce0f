import { inferno } from '../../../shared/colormap.ts';
import { MAX_ENTROPY } from '../../../shared/uncertainty.ts';
import { markOf } from '../../model/decided.ts';
import type { ReviewState } from '../../stores/annotation-store.ts';

/** What the strip shows, slice by slice. */
export interface StripData {
  readonly slices: number;
  /** Nats; slices without a suggestion are left out. */
  readonly doubt: ReadonlyMap<number, number>;
  readonly review: readonly ReviewState[];
  /** Whether nobody has looked at some label that is decided there. */
  readonly isUnseen: (slice: number) => boolean;
  /** Whether a slice holds the active label. */
  readonly holds: (slice: number) => boolean;
  readonly current: number;
  readonly range: readonly [number, number] | null;
}

export interface StripColours {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly label: string;
  readonly accent: string;
  readonly accepted: string;
  readonly corrected: string;
  readonly rejected: string;
}

/** What is drawn where many slices are to be accepted. */
export interface LimitData extends Pick<StripData, 'slices' | 'doubt'> {
  /** Slices that are accepted. */
  readonly taken: ReadonlySet<number>;
  /** Nats; null where there is none. */
  readonly limit: number | null;
}

/** CSS pixels. */
const REVIEW_HEIGHT = 8;
const LABEL_HEIGHT = 3;
const GAP = 3;

/** The slice under a place on the strip. */
export const sliceAt = (x: number, width: number, slices: number): number =>
  Math.max(0, Math.min(slices - 1, Math.floor((x / width) * slices)));

/**
 * Draws the strip: doubt as bars in the colours of the heatmap, on a scale that ends at the largest
 * doubt there can be unless all is far below it; under it which slices hold the label, and what was
 * decided about each. States differ in height and outline too, not in colour alone.
 */
export function drawStrip(
  context: CanvasRenderingContext2D,
  { width, height }: { readonly width: number; readonly height: number },
  data: StripData,
  colours: StripColours,
): void {
  const { slices, doubt, review, isUnseen, holds, current, range } = data;
  context.clearRect(0, 0, width, height);
  if (slices === 0) return;
  const { left, wide } = placesOf(slices, width);
  const reviewTop = height - REVIEW_HEIGHT;
  const labelTop = reviewTop - GAP - LABEL_HEIGHT;
  const barsBottom = labelTop - GAP;

  if (range) {
    context.fillStyle = colours.accent;
    context.globalAlpha = 0.14;
    context.fillRect(left(range[0]), 0, left(range[1] + 1) - left(range[0]), height);
    context.globalAlpha = 1;
  }
  const scale = doubtScale(doubt);
  for (const [slice, nats] of doubt) {
    const bar = barOf(nats, scale, barsBottom);
    context.fillStyle = bar.colour;
    context.fillRect(left(slice), barsBottom - bar.height, wide(slice), bar.height);
  }
  context.fillStyle = colours.line;
  context.fillRect(0, barsBottom, width, 1);

  for (let slice = 0; slice < slices; slice++) {
    if (holds(slice)) {
      context.fillStyle = colours.label;
      context.fillRect(left(slice), labelTop, left(slice + 1) - left(slice), LABEL_HEIGHT);
    }
    const decision = { state: review[slice] ?? 'unseen', isUnseen: isUnseen(slice) };
    drawState(context, decision, left(slice), reviewTop, wide(slice), colours);
  }

  context.strokeStyle = colours.text;
  context.lineWidth = 1.5;
  const box = Math.max(5, wide(current) + 4);
  context.strokeRect(left(current) + wide(current) / 2 - box / 2, 1, box, height - 2);
}

/**
 * Draws doubt as bars, those of slices that are not taken faint, a mark under those that are, and the
 * limit as a dashed line.
 */
export function drawLimit(
  context: CanvasRenderingContext2D,
  { width, height }: { readonly width: number; readonly height: number },
  { slices, doubt, taken, limit }: LimitData,
  colours: Pick<StripColours, 'text' | 'line' | 'accepted'>,
): void {
  context.clearRect(0, 0, width, height);
  if (slices === 0) return;
  const { left, wide } = placesOf(slices, width);
  const bottom = height - LABEL_HEIGHT - GAP;
  const scale = doubtScale(doubt);
  for (const [slice, nats] of doubt) {
    const bar = barOf(nats, scale, bottom);
    const isTaken = taken.has(slice);
    context.globalAlpha = isTaken ? 1 : 0.35;
    context.fillStyle = bar.colour;
    context.fillRect(left(slice), bottom - bar.height, wide(slice), bar.height);
    context.globalAlpha = 1;
    context.fillStyle = colours.accepted;
    if (isTaken) context.fillRect(left(slice), bottom + GAP, wide(slice), LABEL_HEIGHT);
  }
  context.fillStyle = colours.line;
  context.fillRect(0, bottom, width, 1);
  if (limit === null) return;
  const y = bottom - barOf(limit, scale, bottom).height - 0.5;
  context.strokeStyle = colours.text;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(width, y);
  context.stroke();
  context.setLineDash([]);
}

/** Where slices lie: whole pixels, so that bars are sharp; a gap between them where there is room. */
function placesOf(
  slices: number,
  width: number,
): { readonly left: (slice: number) => number; readonly wide: (slice: number) => number } {
  const step = width / slices;
  const left = (slice: number): number => Math.round(slice * step);
  const wide = (slice: number): number => {
    const full = left(slice + 1) - left(slice);
    return Math.max(1, full >= 3 ? full - 1 : full);
  };
  return { left, wide };
}

/** A bar of doubt. @param bottom where it stands: it ends 2 pixels below the top at most. */
const barOf = (
  nats: number,
  scale: number,
  bottom: number,
): { readonly height: number; readonly colour: string } => ({
  height: Math.max(1, Math.round((nats / scale) * (bottom - 2))),
  colour: `rgb(${inferno(0.25 + 0.75 * (nats / MAX_ENTROPY))
    .map(Math.round)
    .join(' ')})`,
});

function drawState(
  context: CanvasRenderingContext2D,
  { state, isUnseen }: { readonly state: ReviewState; readonly isUnseen: boolean },
  x: number,
  y: number,
  width: number,
  colours: StripColours,
): void {
  if (state === 'unseen') {
    context.fillStyle = colours.faint;
    context.fillRect(x, y + REVIEW_HEIGHT - 2, width, 2);
    return;
  }
  context.fillStyle = colours[COLOUR_OF[state]];
  const bars = BARS[markOf(state, isUnseen)];
  for (const [top, height] of bars) context.fillRect(x, y + top, width, height);
}

const COLOUR_OF = {
  accepted: 'accepted',
  'accepted-unseen': 'accepted',
  corrected: 'corrected',
  started: 'corrected',
  rejected: 'rejected',
} as const satisfies Record<Exclude<ReviewState, 'unseen'>, keyof StripColours>;

/** What a state is drawn of, [top, height] each: told apart without colours. */
const BARS: Readonly<
  Record<Exclude<ReviewState, 'unseen'>, readonly (readonly [number, number])[]>
> = {
  accepted: [[0, REVIEW_HEIGHT]],
  'accepted-unseen': [
    [0, 2],
    [3, 2],
    [6, 2],
  ],
  corrected: [[3, REVIEW_HEIGHT - 3]],
  started: [[REVIEW_HEIGHT - 3, 3]],
  rejected: [
    [0, 2],
    [REVIEW_HEIGHT - 2, 2],
  ],
};

const STEPS = [0.1, 0.2, 0.4] as const;

/** Where the bars end, nats: the scale is that of all doubt unless all is far below it. */
export function doubtScale(doubt: ReadonlyMap<number, number>): number {
  const most = Math.max(0, ...doubt.values());
  return STEPS.find((step) => most <= step) ?? MAX_ENTROPY;
}
