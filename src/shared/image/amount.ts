import { volumeMl } from '../metrics/index.ts';
import { gridOf, type Raster } from './raster.ts';

/** Volume where there is a grid, area where pixels have a size, else a number of pixels. */
export type AmountUnit = 'ml' | 'mm²' | 'pixels';

/** What `amountOf` gives amounts in. */
export const amountUnit = ({ isGrid, measured }: Raster): AmountUnit =>
  isGrid ? 'ml' : measured ? 'mm²' : 'pixels';

/** How much a number of voxels of a raster is, in its `amountUnit`. */
export function amountOf(voxels: number, raster: Raster): number {
  const grid = gridOf(raster);
  if (grid) return volumeMl(voxels, grid);
  return raster.measured ? voxels * raster.spacing[0] * raster.spacing[1] : voxels;
}
