export { createAnnotation } from './annotation.ts';
export { interpolateSlices } from './interpolate.ts';
export { createInterpolation } from './interpolation.ts';
export { mergeSuggestion } from './merge-suggestion.ts';
