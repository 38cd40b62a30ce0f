import type { z } from 'zod';
import type * as contract from '../../shared/contract/index.ts';
import type { ImageFacts } from '../../shared/image/index.ts';
import type { Patch } from '../../shared/labelmap/patch.ts';

export type Label = z.infer<typeof contract.Label>;
export type ReviewState = z.infer<typeof contract.ReviewState>;

/** Values that survive JSON. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };

/** A stack of a series, as it was opened. */
export interface StackRecord {
  /** The stack's id: the series UID, with `#2`, … where the series holds several. */
  readonly stack: string;
  readonly seriesInstanceUid: string;
  readonly description: string;
  readonly modality: string;
  /** [columns, rows, slices]. */
  readonly size: readonly [number, number, number];
  /** Paths of its files. */
  readonly files: readonly string[];
  /** Metadata of the image; null or absent where an earlier version opened it last. */
  readonly image?: ImageFacts | null;
}

/** What becomes of one slice (along the third axis) in an edit. */
export interface SliceEdit {
  readonly index: number;
  /** A patch, or the labels that all pixels of the slice have afterwards; absent: they stay. */
  readonly labels?: Patch | Uint8Array;
  /** Absent: the state stays. */
  readonly review?: ReviewState;
  /** Ids of the labels that the state is about; absent: all there are. */
  readonly covers?: readonly string[];
  /** Those of them that were accepted without a look; absent: all or none, as the state says. */
  readonly unseen?: readonly string[];
}

export interface NewEdit {
  /** For the user, as the name of what can be undone: `Brush`, `Accept suggestion`. */
  readonly name: string;
  /** Where the voxels came from: painted, or taken from a suggestion. */
  readonly actor: 'human' | 'model';
  /** At most one for each slice. */
  readonly slices: readonly SliceEdit[];
  /** What goes into the audit log with it: model, version, prompt, window, samples, seed … */
  readonly provenance?: JsonObject;
  /**
   * Called in the transaction, unless the step was done already.
   * @throws where the stack is not as the edit expects it: nothing is recorded then.
   */
  readonly check?: () => void;
}

/** What an edit, an undo or a redo made of the slices that it touched. */
export interface AppliedEdit {
  /** Number of the edit in the journal. */
  readonly seq: number;
  readonly name: string;
  readonly slices: readonly {
    readonly index: number;
    /** The whole slice (shared/labelmap/rle.ts); absent where no pixel changed. */
    readonly runs?: Uint8Array;
    /** Absent where neither it nor the labels that it is about changed. */
    readonly review?: ReviewState;
    /** With `review`: ids of the labels that it is about; none where the slice is not decided. */
    readonly covers?: readonly string[];
    readonly unseen?: readonly string[];
  }[];
}
