import type { Screen } from './camera.ts';
import type { Ink, Shape } from './shapes.ts';

interface Stroke {
  readonly colour: string;
  readonly width: number;
}

/** Light enough to be seen on white and on black, with a dark rim under what has to be read. */
const INKS: Record<Ink, Stroke> = {
  crosshair: { colour: 'rgb(90 200 250 / 55%)', width: 1 },
  letter: { colour: '#9fb3c8', width: 1 },
  scale: { colour: '#c4ccd6', width: 1.5 },
  measure: { colour: '#ffd54a', width: 1.5 },
  tool: { colour: '#ffffff', width: 1.25 },
  'tool-erase': { colour: '#ff9d8a', width: 1.25 },
};
const RIM = 'rgb(0 0 0 / 60%)';
const FONT = '600 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';

/**
 * Draws marks over a picture.
 * @param scale device pixels per CSS pixel.
 */
export function paint(
  context: CanvasRenderingContext2D,
  shapes: readonly Shape[],
  { width, height }: Screen,
  scale: number,
): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  context.lineJoin = 'round';
  for (const shape of shapes) {
    const { colour, width: weight } = INKS[shape.ink];
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = weight;
    if (shape.kind === 'text') drawText(context, shape);
    else drawOutline(context, shape, weight);
  }
}

function drawText(
  context: CanvasRenderingContext2D,
  shape: Extract<Shape, { kind: 'text' }>,
): void {
  context.textAlign = shape.align;
  context.textBaseline = shape.baseline;
  context.strokeStyle = RIM;
  context.lineWidth = 3;
  context.strokeText(shape.text, ...shape.at);
  context.fillText(shape.text, ...shape.at);
}

function drawOutline(
  context: CanvasRenderingContext2D,
  shape: Exclude<Shape, { kind: 'text' }>,
  weight: number,
): void {
  context.beginPath();
  if (shape.kind === 'circle') context.arc(...shape.centre, shape.radius, 0, 2 * Math.PI);
  else {
    shape.points.forEach(([x, y], n) => (n === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    if (shape.closed === true) context.closePath();
  }
  context.setLineDash(shape.kind === 'path' && shape.dashed === true ? [4, 4] : []);
  if (shape.ink !== 'crosshair') {
    const colour = context.strokeStyle;
    context.strokeStyle = RIM;
    context.lineWidth = weight + 1.5;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = weight;
  }
  context.stroke();
}
