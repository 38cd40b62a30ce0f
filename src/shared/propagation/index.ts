export { fitTrust, TRUST_DEFAULTS, withShape, type Trust, type TrustExample } from './combine.ts';
export { createShapePrior, REACH, type AnnotatedSlice, type ShapePrior } from './shape-prior.ts';
