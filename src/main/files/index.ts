export { codeOf } from './error-code.ts';
export { readStart } from './read-start.ts';
export type { Candidate } from './candidate.ts';
export { findSources, type MayRead } from './sources.ts';
