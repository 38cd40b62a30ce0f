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
  /** The same where it is suggested, which is hatched. */
  readonly suggested: { readonly fill: number; readonly outline: number };
}

/** Values that have no style are shown in grey: no label is ever hidden by accident. */
const UNNAMED = {
  colour: '#b0b0b0',
  visible: true,
  fill: 0.5,
  outline: 1,
  suggested: { fill: 0.5, outline: 1 },
};

/** Rows of the palette: areas and borders of labels, then of what is suggested. */
const ROWS = 4;

/** [4, 256] colours with opacities (RGBA) by label value: areas, borders, and both where suggested. */
export function paletteOf(styles: readonly LabelStyle[]): Uint8Array {
  const palette = new Uint8Array(ROWS * 256 * 4);
  const byValue = new Map(styles.map((style) => [style.value, style]));
  for (let value = 1; value < 256; value++) {
    const { colour, visible, fill, outline, suggested } = byValue.get(value) ?? UNNAMED;
    [fill, outline, suggested.fill, suggested.outline].forEach((opacity, row) => {
      // What is hidden is no part of the suggestion that is drawn: its owner leaves it out.
      const alpha = visible || row >= 2 ? Math.round(255 * Math.min(1, Math.max(0, opacity))) : 0;
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
  return createColourTable(gl, 256, ROWS, paletteOf(styles));
}
