/**
 * The context of a canvas that is drawn in CSS pixels, with as many pixels as the screen has; empty.
 * @returns null where there is no canvas, or it has no width yet.
 */
export function sharpContext(
  canvas: HTMLCanvasElement | null,
  { width, height }: { readonly width: number; readonly height: number },
): CanvasRenderingContext2D | null {
  const context = canvas?.getContext('2d');
  if (!canvas || !context || width === 0) return null;
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}
