export { type Joining, createJoining } from './joining.ts';
export { createQueue } from './queue.ts';
export { engineSlice, modelSlice } from './engine-slice.ts';
export { choosePlanes } from './planes.ts';
export { positionsOf } from './positions.ts';
export {
  type Recipe,
  acquiredOnly,
  promptOf,
  provenanceOf,
  recipeFor,
  shownRecipe,
} from './recipe.ts';
export { segmentPlanes } from './segment-planes.ts';
export { type SegmentationSummary, segmentSeries } from './segment-series.ts';
export { type LabelPrompt, UNDER_WAY } from './segment-frames.ts';
export { type StoredSuggestions, storedSuggestions } from './stored-suggestions.ts';
export { type Strategy, nextSlices } from './strategies.ts';
export { type Suggestions, createSuggestions, labelOf } from './suggestions.ts';
export { type IslandRule, tidyLabels } from './tidy.ts';
export { wholeSuggestion } from './whole-suggestion.ts';
export { chooseWindow } from './windowing.ts';
