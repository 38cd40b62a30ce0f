import type { Raster } from '../../shared/image/index.ts';
import { DEFAULT_LOOK, type Picture } from './picture.ts';
import type { Renderer } from './renderer.ts';

/** Nowhere, and of no size in mm. */
const ONE_PIXEL: Raster = {
  size: [1, 1, 1],
  affineLps: null,
  spacing: [1, 1, 1],
  measured: null,
  isGrid: false,
  frameSizes: null,
};

const CORNER: Picture = {
  area: { x: 0, y: 0, width: 1, height: 1 },
  content: { x: 0, y: 0, width: 1, height: 1 },
  origin: [0, 0, 0],
  perX: [1, 0, 0],
  perY: [0, 1, 0],
  lineWidth: 1,
};

/**
 * Draws one pixel of an image whose slices are coming, as most series are: 16-bit grey values. Graphics
 * devices make a program when it draws for the first time; so the first picture does not wait for that.
 */
export function warmUp(renderer: Renderer): void {
  const pixels = new Int16Array(1);
  renderer.setImage({ raster: ONE_PIXEL, pixels, values: pixels }, false);
  renderer.draw({}, { axis: 2, index: 0 }, CORNER, DEFAULT_LOOK);
  renderer.setImage(null, true);
}
