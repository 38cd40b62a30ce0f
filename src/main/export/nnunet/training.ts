import type { Undecided } from '../../../shared/nnunet.ts';
import type { OutputFile } from '../atomic.ts';
import type { AnnotationResult } from '../result.ts';
import type { Fit, NewCase } from './dataset.ts';

/** A case of nnU-Net, or a case for each picture: an annotation, and where in the dataset it belongs. */
export interface NnunetCase {
  readonly result: AnnotationResult;
  /** Something that no other workspace has. */
  readonly workspace: string;
  /** See `channelName`. */
  readonly channel: string;
  readonly undecided: Undecided;
  /** Of slices accepted without a look, where undecided ones are ignored. */
  readonly acceptedUnseen: Undecided;
}

/** What a series brings to a dataset. */
export interface Training {
  readonly about: NewCase;
  /** Names of its cases, with the slice (from 0) where a case is a single one. */
  readonly cases: readonly { readonly case: string; readonly slice: number | null }[];
  /** Slices, from 0, in which not every label was decided on. */
  readonly undecided: readonly number[];
  /** Other slices that are not taught, as they were accepted without a look. */
  readonly unseenIgnored: readonly number[];
  /** Labels of all cases, then their images: none of those is ever without its labels. */
  readonly files: (fit: Fit) => OutputFile[];
}

/** What all cases of a series are called at the beginning. It says nothing of the patient. */
export const seriesName = ({ digests }: AnnotationResult): string =>
  `case_${digests.stack.slice(0, 12)}`;

/** Slices, from 0, in which not every label was decided on. */
export const undecidedSlices = ({ complete }: AnnotationResult): number[] =>
  complete.flatMap((is, k) => (is ? [] : [k]));

/** Slices that are decided, but with labels accepted without a look, where such are not to be taught. */
export function unseenToIgnore({ result, undecided, acceptedUnseen }: NnunetCase): number[] {
  if (undecided !== 'ignore' || acceptedUnseen !== 'ignore') return [];
  return result.contents.acceptedUnseen
    .map(({ slice }) => slice)
    .filter((slice) => result.complete[slice]);
}
