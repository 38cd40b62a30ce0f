export { chooseSlices } from './choose-slices.ts';
export { type DecidedSlice, decidedSlices } from './decided.ts';
export { predictionsOf } from './judge.ts';
export { type LearnedVersion, learnVersion } from './learn-version.ts';
export { createLearning } from './learning.ts';
export { pictureSlices } from './picture-slices.ts';
export { predictSlices } from './predict-slices.ts';
export { rolesInMemory } from './slice-roles.ts';
