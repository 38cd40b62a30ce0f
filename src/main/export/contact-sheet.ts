import { sliceAlong } from '../../shared/geometry/index.ts';
import { spacingOf, type Triple, type Volume, type Window } from '../../shared/volume.ts';
import { rgbOf } from '../../shared/label-colours.ts';
import type { LabelDefinition } from './labels.ts';
import {
  createCanvas,
  drawText,
  fillRect,
  fitText,
  paint,
  textWidth,
  type Canvas,
} from './preview/canvas.ts';
import { inferno, type Rgb } from '../../shared/colormap.ts';
import {
  drawHeat,
  drawImage,
  drawOutlines,
  heatOpacity,
  resample,
  tileSize,
  type Tile,
} from './preview/tiles.ts';

/** What was found out about one slice. */
export interface SliceStatistics {
  /** Mean over the voxels of the slice, nats. */
  readonly meanUncertainty: number;
  readonly samples: number;
}

export interface ContactSheetInput {
  readonly image: Volume;
  readonly window: Window;
  readonly labels: readonly LabelDefinition[];
  /** On the grid of the image, like `uncertainty` (nats). */
  readonly labelMap: Uint8Array | Uint16Array;
  readonly uncertainty: Float32Array;
  /** One a slice. */
  readonly slices: readonly SliceStatistics[];
}

const BACKGROUND: Rgb = [16, 18, 22];
const TEXT: Rgb = [226, 229, 235];
const QUIET: Rgb = [146, 152, 163];
const MARGIN = 28;
const GAP = 6;
const GROUP_GAP = 36;
/** The longer side of a tile. */
const TILE = 300;
const ROWS = 3;
const CAPTION = 34;
const LARGE = 16;
const SMALL = 11;

/**
 * The slices to show: the most uncertain ones, worst first, and the most certain of those that hold
 * a label (of all, where none does), best first; no slice twice.
 */
export function chooseSlices(
  slices: readonly SliceStatistics[],
  holdsLabel: (slice: number) => boolean,
): { worst: number[]; best: number[] } {
  const order = slices.map((_, k) => k);
  order.sort((a, b) => slices[b]!.meanUncertainty - slices[a]!.meanUncertainty || a - b);
  const rows = Math.min(ROWS, Math.max(1, Math.floor(slices.length / 2)));
  const worst = order.slice(0, rows);
  const rest = order.slice(rows).reverse();
  const labelled = rest.filter(holdsLabel);
  return { worst, best: (labelled.length > 0 ? labelled : rest).slice(0, rows) };
}

/** Tells whether a slice of a label map holds a label. */
export function labelledSlices(
  { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: Uint8Array | Uint16Array,
  [columns, rows]: Triple,
): (slice: number) => boolean {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const empty = Buffer.alloc(columns * rows * BYTES_PER_ELEMENT);
  return (k) => empty.compare(bytes, k * empty.length, (k + 1) * empty.length) !== 0;
}

/**
 * A picture to judge a result by at a glance: image, outlines of the labels and uncertainty (fixed
 * scale 0…ln 2) side by side, on the worst and the best slices. Pixels are square in millimetres.
 */
export async function drawContactSheet(input: ContactSheetInput): Promise<Canvas> {
  const { size } = input.image.grid;
  const [dx, dy] = spacingOf(input.image.grid);
  const tile = tileSize([size[0] * dx, size[1] * dy], TILE);
  const { worst, best } = chooseSlices(input.slices, labelledSlices(input.labelMap, size));
  // Wide enough for the captions, whatever the shape of the slices.
  const column = Math.max(tile.width, 150);
  const groupWidth = 3 * column + 2 * GAP;
  const groups = [
    { title: 'Most uncertain slices', slices: worst },
    { title: 'Most certain slices with a label', slices: best },
  ].filter((group) => group.slices.length > 0);
  const top = MARGIN + LARGE + 34;
  const rowHeight = CAPTION + tile.height + 14;
  const legendTop = top + 52 + rowHeight * Math.max(worst.length, best.length) + 10;
  const sheetWidth = 2 * MARGIN + groups.length * groupWidth + (groups.length - 1) * GROUP_GAP;
  const perRow = Math.max(1, Math.floor((sheetWidth - 2 * MARGIN) / 420));
  const labelRows = Math.ceil(input.labels.length / perRow);
  const canvas = createCanvas(sheetWidth, legendTop + 64 + 26 * labelRows + MARGIN, BACKGROUND);

  drawText(canvas, 'Marginalia', MARGIN, MARGIN, LARGE, TEXT);
  const notice = 'Research use only. Not for clinical use.';
  const noticeX = sheetWidth - MARGIN - textWidth(notice, SMALL);
  drawText(canvas, notice, noticeX, MARGIN + 4, SMALL, QUIET);

  const colours = new Map(input.labels.map(({ value, colour }) => [value, rgbOf(colour)]));
  for (const [g, group] of groups.entries()) {
    const left = MARGIN + g * (groupWidth + GROUP_GAP);
    drawText(canvas, fitText(group.title, 13, groupWidth), left, top, 13, TEXT);
    ['Image', 'Labels', 'Uncertainty'].forEach((heading, n) => {
      drawText(canvas, heading, left + n * (column + GAP), top + 30, SMALL, QUIET);
    });
    for (const [row, k] of group.slices.entries()) {
      const y = top + 52 + row * rowHeight;
      drawSlice(
        canvas,
        input,
        k,
        colours,
        [0, 1, 2].map((n) => ({
          x: left + n * (column + GAP) + ((column - tile.width) >> 1),
          y,
          ...tile,
        })),
      );
      const caption = captionOf(input, k);
      drawText(
        canvas,
        fitText(caption, SMALL, groupWidth),
        left,
        y + tile.height + 10,
        SMALL,
        TEXT,
      );
      await new Promise(setImmediate);
    }
  }
  drawLegend(canvas, input, legendTop, perRow);
  return canvas;
}

function captionOf(input: ContactSheetInput, k: number): string {
  const { meanUncertainty, samples } = input.slices[k]!;
  return (
    `Slice ${k + 1} of ${input.slices.length}  ·  mean uncertainty ` +
    `${meanUncertainty.toPrecision(2)} nats  ·  ${samples} samples`
  );
}

function drawSlice(
  canvas: Canvas,
  input: ContactSheetInput,
  k: number,
  colours: ReadonlyMap<number, Rgb>,
  tiles: readonly Tile[],
): void {
  const { size } = input.image.grid;
  const [plain, outlined, heated] = tiles as readonly [Tile, Tile, Tile];
  const image = resample(sliceAlong(input.image.data, size, 2, k), plain);
  const entropy = resample(sliceAlong(input.uncertainty, size, 2, k), heated);
  drawImage(canvas, plain, image, input.window);
  drawImage(canvas, outlined, image, input.window);
  drawOutlines(canvas, outlined, sliceAlong(input.labelMap, size, 2, k), colours);
  drawImage(canvas, heated, image, input.window, 0.55);
  drawHeat(canvas, heated, entropy);
}

/** The colour scale, the window, and the labels with their prompts. */
function drawLegend(canvas: Canvas, input: ContactSheetInput, top: number, perRow: number): void {
  const [barWidth, barHeight] = [260, 16];
  for (let x = 0; x < barWidth; x++) {
    const t = x / (barWidth - 1);
    for (let y = 0; y < barHeight; y++) {
      paint(canvas, MARGIN + x, top + y, inferno(t), heatOpacity(t));
    }
  }
  const below = top + barHeight + 8;
  drawText(canvas, '0', MARGIN, below, SMALL, TEXT);
  const end = 'ln 2 = 0.69 nats';
  drawText(canvas, end, MARGIN + barWidth - textWidth(end, SMALL), below, SMALL, TEXT);
  const { centre, width } = input.window;
  const about = `Uncertainty: entropy of the mean prediction.  Window: centre ${short(centre)}, width ${short(width)}.`;
  const room = canvas.width - 2 * MARGIN - barWidth - 24;
  drawText(canvas, fitText(about, SMALL, room), MARGIN + barWidth + 24, top + 3, SMALL, QUIET);
  const cell = Math.floor((canvas.width - 2 * MARGIN) / perRow);
  for (const [n, { colour, name, prompt }] of input.labels.entries()) {
    const x = MARGIN + (n % perRow) * cell;
    const y = top + 60 + 26 * Math.floor(n / perRow);
    fillRect(canvas, x, y, 14, 14, rgbOf(colour));
    drawText(canvas, fitText(`${name}: "${prompt}"`, SMALL, cell - 36), x + 22, y + 2, SMALL, TEXT);
  }
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
