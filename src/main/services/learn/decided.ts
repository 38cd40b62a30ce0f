import { createHash } from 'node:crypto';
import {
  axisAcross,
  displayMap,
  sliceAlong,
  turned,
  type AnatomicalPlane,
} from '../../../shared/geometry/index.ts';
import { spacingOf, type Window } from '../../../shared/volume.ts';
import type { LearningSlice } from '../../engine/learn/types.ts';
import { decidedCaseName } from '../cases/index.ts';
import { maskOf, type LabelledCase, type LabelTruth } from '../evaluate/index.ts';

/** A slice whose labels somebody has decided on. */
export interface DecidedSlice extends LearningSlice {
  /** As `decidedCaseName` or `decidedName`; of a data set's picture its part and the name of its file. */
  readonly name: string;
  /** mm along a row and along a column; 1 where sizes are known in pixels alone. */
  readonly spacing: readonly [number, number];
}

/**
 * Slices of a case as they are displayed, with the masks of every label.
 * @param indices along the grid's axis through the plane, from 0, in the order of the file.
 * @throws MarginaliaError `no-such-slice`
 */
export function decidedSlices(
  { name, image, labels }: LabelledCase,
  truths: readonly LabelTruth[],
  window: Window,
  plane: AnatomicalPlane,
  indices: readonly number[],
): DecidedSlice[] {
  const map = displayMap(image.grid, axisAcross(image.grid.affineLps, plane));
  const picture = turned(image, map);
  const truth = turned(labels, map);
  const [alongRow, alongColumn] = spacingOf(picture.grid);
  return indices.map((index) => {
    const { rows, columns, pixels } = sliceAlong(picture.data, picture.grid.size, 2, index);
    const values = sliceAlong(truth.data, truth.grid.size, 2, index).pixels;
    return {
      name: decidedCaseName(name, plane, index),
      spacing: [alongRow, alongColumn],
      slice: { channels: 1, rows, columns, pixels, window },
      targets: truths.map(({ prompt, values: wanted }) => ({
        prompt,
        mask: maskOf(values, wanted),
      })),
    };
  });
}

/** How many slices a plane of a case has. */
export const sliceCount = ({ image }: LabelledCase, plane: AnatomicalPlane): number =>
  image.grid.size[axisAcross(image.grid.affineLps, plane)];

/** sha256 over what learning reads of a slice. */
export function contentHash({ slice, targets }: LearningSlice): string {
  const { channels, rows, columns, pixels } = slice;
  const hash = createHash('sha256');
  const size = { rows, columns, type: pixels.constructor.name };
  // Of grey as it was before there was colour: lineages of that time stay comparable.
  const shape = channels === 1 ? { ...size, window: slice.window } : { ...size, channels };
  hash.update(JSON.stringify([shape, targets.map(({ prompt }) => prompt)]));
  for (const data of [pixels, ...targets.map(({ mask }) => mask)]) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
