export {
  fitTrust,
  TRUST_DEFAULTS,
  withNeighbours,
  type ModelMaps,
  type Trust,
  type TrustExample,
} from './combine.ts';
export { createJoin, type DecidedLabel, type Join } from './join.ts';
export { createNeighbours, type AnnotatedSlice, type Evidence } from './neighbours.ts';
