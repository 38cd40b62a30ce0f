import type { FileOutcome, Source } from '../../shared/image/index.ts';

/** A file below a path: a source to read, or why it is left out. */
export type Candidate = Source | FileOutcome;
