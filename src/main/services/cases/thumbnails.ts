import type { Grid } from '../../../shared/volume.ts';
import { loadSlice } from '../../dicom/index.ts';
import { thumbnailPng } from '../../export/preview/thumbnail.ts';
import type { ChosenStack } from './choose-stack.ts';
import { sliceView } from './slice-view.ts';
import { statisticsOf } from './statistics.ts';
import { windowsOf } from './window-presets.ts';

/** Longer side of a thumbnail, in pixels. */
const SIDE = 128;

/** The middle slice of a stack as a PNG file; of what is no volume, the middle image. */
export async function drawThumbnail({ series, stack }: ChosenStack): Promise<Uint8Array> {
  const k = stack.frames.length >> 1;
  const middle = stack.frames[k]!;
  const grid: Grid = {
    size: [middle.columns, middle.rows, 1],
    affineLps: stack.grid?.affineLps ?? flat(middle.pixelSpacing),
  };
  const values = await loadSlice(stack, k);
  const view = sliceView(grid);
  const statistics = await statisticsOf(values);
  const { window } = windowsOf(series.modality, middle.windows, statistics);
  return thumbnailPng(view.show(values), view.shown.spacing, window, SIDE);
}

/** Of an image that does not say where it lies. */
function flat([dx, dy]: readonly [number, number] = [1, 1]): Grid['affineLps'] {
  return [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}
