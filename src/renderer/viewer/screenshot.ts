import { MarginaliaError } from '../../shared/errors.ts';
import type { Rect } from './picture.ts';

/** PNG of a part of a canvas, in device pixels, with the marks above it. */
export async function screenshotOf(
  canvas: HTMLCanvasElement,
  { x, y, width, height }: Rect,
  marks: HTMLCanvasElement,
): Promise<Blob> {
  const both = document.createElement('canvas');
  both.width = width;
  both.height = height;
  const context = both.getContext('2d')!;
  if (width > 0 && height > 0) {
    context.drawImage(canvas, x, y, width, height, 0, 0, width, height);
    context.drawImage(marks, 0, 0, width, height);
  }
  const blob = await new Promise<Blob | null>((resolve) => both.toBlob(resolve, 'image/png'));
  if (blob) return blob;
  throw new MarginaliaError('no-screenshot', 'The picture cannot be made: nothing is shown yet.');
}
