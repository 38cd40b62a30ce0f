import type { LabelledImage } from '../../src/main/export/index.ts';
import { rasterOfGrid } from '../../src/shared/image/index.ts';
import type { Volume } from '../../src/shared/volume.ts';

/** A grey volume as the image that labels are of. */
export const labelledVolume = ({ grid, data }: Volume): LabelledImage => ({
  kind: 'volume',
  channels: 1,
  inverted: false,
  warnings: [],
  resamplable: false,
  raster: rasterOfGrid(grid),
  data,
  frames: null,
});
