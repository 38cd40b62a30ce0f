export { rankSlices, type RankOptions, type ScoredSlice, type SlicePosition } from './rank.ts';
export { uncertainRegions, type UncertainRegion } from './regions.ts';
export {
  combineScores,
  measureDoubt,
  SCORE_DEFAULTS,
  scoreSlice,
  type ScoreSettings,
  type SliceDoubt,
  type SliceScore,
} from './score.ts';
export { type SlicePlane } from './slice-plane.ts';
