export { type SimulatedCase, roundsOf, simulate } from './simulate.ts';
export { summarise } from './summary.ts';
export type { SimulationSource } from './sources.ts';
