import type { FileOutcome, Source } from '../../shared/image/index.ts';

/** What was found at a path: something to read, or why it is left out. */
export type Found = Source | FileOutcome;
