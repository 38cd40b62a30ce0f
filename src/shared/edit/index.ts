/**
 * Painting tools on label volumes, pure: a tool looks at the labels and gives an `Edit`, which
 * changes them once it is applied.
 *
 *   paint / erase  of a region: discStroke, ballStroke, polygonRegion, floodRegion;
 *                  inRange keeps of it what a threshold brush paints
 *   whole labels   fillHoles, removeIslands, smooth, grow, shrink
 *   whole slices   acceptSuggestion, copySlice, clearSlice
 *
 * A live stroke is painted and applied piece by piece, then recorded as one edit (`joinEdits`).
 */
export {
  applyEdit,
  bytesOf,
  invertEdit,
  isEmpty,
  joinEdits,
  rebaseEdit,
  touchedBox,
  touchedSlices,
  type Edit,
} from './edit.ts';
export {
  planeBox,
  wholeBox,
  type Box,
  type Extent,
  type ImageValues,
  type LabelVolume,
  type Plane,
  type PlanePoint,
} from './label-volume.ts';
export { erase, inRange, labelRegion, paint, type Region } from './region.ts';
export { type EditRules } from './rules.ts';
export { ballStroke, discStroke, type StrokePoint } from './brush.ts';
export { polygonRegion } from './polygon.ts';
export { floodRegion, type FloodOptions } from './flood.ts';
export { clearSlice, copySlice } from './slices.ts';
export { acceptSuggestion, type AcceptOptions } from './suggestion.ts';
export { fillHoles } from './holes.ts';
export { removeIslands, type KeptIslands } from './islands.ts';
export { grow, shrink } from './margin.ts';
export { smooth } from './smooth.ts';
export { emptyHistory, record, redo, undo, type History, type Step } from './history.ts';
