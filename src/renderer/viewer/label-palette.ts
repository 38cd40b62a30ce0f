import { rgbOf } from '../../shared/label-colours.ts';
import { createColourTable, type ColourTable } from './colour-table.ts';

/** How the voxels of a label are shown. */
export interface LabelStyle {
  /** 1 … 255. */
  readonly value: number;
  /** #rrggbb */
  readonly colour: string;
  readonly visible: boolean;
  /** Opacity of its area and of its border, 0 … 1. */
  readonly fill: number;
  readonly outline: number;
}

/** Values that have no style are shown in grey: no label is ever hidden by accident. */
const UNNAMED = { colour: '#b0b0b0', visible: true, fill: 0.5, outline: 1 };

/** [2, 256] colours with opacities (RGBA): of areas, then of borders, by label value. */
export function paletteOf(styles: readonly LabelStyle[]): Uint8Array {
  const palette = new Uint8Array(2 * 256 * 4);
  const byValue = new Map(styles.map((style) => [style.value, style]));
  for (let value = 1; value < 256; value++) {
    const { colour, visible, fill, outline } = byValue.get(value) ?? UNNAMED;
    [fill, outline].forEach((opacity, row) => {
      const alpha = visible ? Math.round(255 * Math.min(1, Math.max(0, opacity))) : 0;
      palette.set([...rgbOf(colour), alpha], 4 * (256 * row + value));
    });
  }
  return palette;
}

/** The palette on the device. The voxels of labels are a volume texture of bytes. */
export function createPalette(
  gl: WebGL2RenderingContext,
  styles: readonly LabelStyle[],
): ColourTable {
  return createColourTable(gl, 256, 2, paletteOf(styles));
}
