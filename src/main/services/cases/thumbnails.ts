import type { ImageInfo } from '../../../shared/image/index.ts';
import type { Grid } from '../../../shared/volume.ts';
import { thumbnailPng } from '../../export/preview/thumbnail.ts';
import { readerOf } from '../../images/index.ts';
import { sliceView } from './slice-view.ts';
import { statisticsOf } from './statistics.ts';
import { windowsOf } from './window-presets.ts';

/** Longer side of a thumbnail, in pixels. */
const SIDE = 128;

/** The middle frame of an image as a PNG file. */
export async function drawThumbnail(image: ImageInfo): Promise<Uint8Array> {
  const k = image.frames.length >> 1;
  const { size, spacing } = image.frames[k]!;
  const grid: Grid = {
    size: [...size, 1],
    affineLps: image.grid?.affineLps ?? flat(spacing?.mm),
  };
  const { values } = await readerOf(image).readFrame(image, k);
  const view = sliceView(grid);
  const statistics = await statisticsOf(values);
  const { window } = windowsOf(image.modality, image.windows, statistics);
  return thumbnailPng(view.show(values), view.shown.spacing, window, SIDE);
}

/** Of an image that does not say where it lies. */
function flat([dx, dy]: readonly [number, number] = [1, 1]): Grid['affineLps'] {
  return [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}
