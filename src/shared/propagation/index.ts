export {
  fitTrust,
  TRUST_DEFAULTS,
  withNeighbours,
  type Trust,
  type TrustExample,
} from './combine.ts';
export { createNeighbours, type AnnotatedSlice, type Evidence } from './neighbours.ts';
