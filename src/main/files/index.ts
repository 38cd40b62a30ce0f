export { codeOf } from './error-code.ts';
export { fileSource } from './file-source.ts';
export type { Candidate } from './candidate.ts';
export { findSources, type MayRead } from './sources.ts';
