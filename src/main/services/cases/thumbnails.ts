import { rasterOf, type ImageInfo } from '../../../shared/image/index.ts';
import { thumbnailPng } from '../../export/preview/thumbnail.ts';
import { readerOf } from '../../images/index.ts';
import { sliceView } from './slice-view.ts';
import { statisticsOf } from './statistics.ts';
import { windowsOf } from './window-presets.ts';

/** Longer side of a thumbnail, in pixels. */
const SIDE = 128;

/** The middle frame of an image as a PNG file. */
export async function drawThumbnail(image: ImageInfo): Promise<Uint8Array> {
  const { frames, grid, channels, inverted } = image;
  const k = frames.length >> 1;
  const { columns, rows, values } = await readerOf(image).readFrame(image, k);
  const raster = { ...rasterOf([frames[k]!], null), ...(grid && { affineLps: grid.affineLps }) };
  const { show, shown } = sliceView({ ...raster, size: [columns, rows, 1] }, channels);
  const statistics = await statisticsOf(values);
  const { window } = windowsOf(image, statistics);
  return thumbnailPng({ ...show(values), channels, inverted }, shown.spacing, window, SIDE);
}
