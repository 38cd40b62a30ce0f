export { codeOf } from './error-code.ts';
export { readStart } from './read-start.ts';
export type { Found } from './found.ts';
export { findSources, type MayRead } from './sources.ts';
