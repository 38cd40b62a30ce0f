export {
  applyEdit,
  bytesOf,
  invertEdit,
  isEmpty,
  joinEdits,
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
