import { z } from 'zod';
import type * as contract from '../../shared/contract/index.ts';
import { INCLUDED, includedUpTo, type Included } from '../../shared/export-contents.ts';
import { amountOf, amountUnit, type Raster } from '../../shared/image/index.ts';

const slice = z.number().int().nonnegative();

/** Labels of a slice, by their values. */
const labelsOfSlice = z.strictObject({
  slice,
  labels: z.array(z.number().int().positive()).min(1),
});

/** What of written labels somebody has decided on, slice by slice; slices count from 0. */
export const contentsSchema = z.strictObject({
  include: z.enum(INCLUDED),
  /** Accepted or corrected, also where they are empty. */
  decided: z.array(slice),
  /** Labels of those slices that were accepted among many without a look at them. */
  acceptedUnseen: z.array(labelsOfSlice),
  /** Painted, and neither accepted nor corrected: written as they are painted. */
  paintedUndecided: z.array(slice),
  /** The same, but written without a label, as only decided slices were wanted. */
  leftOut: z.array(slice),
  /** Where labels are as a model suggests them, if only as being nowhere: nobody decided on these. */
  suggested: z.array(labelsOfSlice),
  /** What those suggestions were made with, one for each label. */
  suggestedWith: z.array(z.record(z.string(), z.unknown())),
});

/** Voxels of a label that are written. */
export interface LabelVoxels {
  readonly decided: number;
  readonly acceptedUnseen: number;
  readonly paintedUndecided: number;
  readonly suggested: number;
}

export interface Contents extends z.infer<typeof contentsSchema> {
  /** By the values of the labels. */
  readonly voxels: Readonly<Record<number, LabelVoxels>>;
  /**
   * By the values of the labels, on how many slices nobody has decided on a label and it is written as
   * being nowhere; for what is included and for less.
   */
  readonly absent: Readonly<Partial<Record<Included, Uint32Array>>>;
}

/** Who accepts or corrects a slice decides what is in it; rejecting a suggestion says nothing of that. */
export const isDecided = (state: z.infer<typeof contract.ReviewState>): boolean =>
  state === 'accepted' || state === 'corrected' || state === 'accepted-unseen';

/** Whether labels are written that nobody has decided on. */
export const holdsUndecided = ({ paintedUndecided, suggested }: Contents): boolean =>
  paintedUndecided.length > 0 || suggested.length > 0;

/**
 * How many slices of each kind there are, and how much they hold.
 * @param labels all that are written.
 * @param withheld names of labels whose suggestions are not written, as they are hidden or locked.
 */
export function countsOf(
  contents: Contents,
  labels: readonly { readonly name: string; readonly value: number }[],
  raster: Raster,
  withheld: readonly string[],
): z.infer<typeof contract.ExportCounts> {
  const { decided, acceptedUnseen, paintedUndecided, leftOut, suggested, voxels } = contents;
  const lists = [decided, paintedUndecided, leftOut, suggested.map((one) => one.slice)];
  const filled = new Set(lists.flat());
  const amount = (kind: keyof LabelVoxels): number =>
    amountOf(
      Object.values(voxels).reduce((sum, label) => sum + label[kind], 0),
      raster,
    );
  return {
    slices: raster.size[2],
    decided: decided.length,
    acceptedUnseen: acceptedUnseen.length,
    paintedUndecided: paintedUndecided.length,
    leftOut: leftOut.length,
    suggested: suggested.length,
    empty: raster.size[2] - filled.size,
    absent: Object.fromEntries(
      includedUpTo(contents.include).map((part) => [
        part,
        labels
          .map(({ name, value }) => ({ label: name, slices: contents.absent[part]?.[value] ?? 0 }))
          .filter(({ slices }) => slices > 0),
      ]),
    ),
    amounts: {
      unit: amountUnit(raster),
      decided: amount('decided'),
      acceptedUnseen: amount('acceptedUnseen'),
      paintedUndecided: amount('paintedUndecided'),
      suggested: amount('suggested'),
    },
    withheld: [...withheld],
  };
}

/** What is written, in a sentence. @param word what slices are called (`frameWord`). */
export function contentsText(contents: Contents, word = 'slice'): string {
  const { decided, acceptedUnseen, paintedUndecided, leftOut, suggested } = contents;
  const parts = [
    [decided, 'accepted or corrected by people'],
    [acceptedUnseen, 'of those with labels that were accepted without a look'],
    [paintedUndecided, 'painted, but not decided on'],
    [leftOut, 'painted, but left out, as nobody decided on them'],
    [suggested, 'with suggestions of a model that nobody decided on'],
  ] as const;
  const said = parts.flatMap(([{ length }, text]) => (length > 0 ? [`${length} ${text}`] : []));
  if (said.length === 0) return `No ${word} is painted or decided on.`;
  return `${word[0]!.toUpperCase()}${word.slice(1)}s: ${said.join('; ')}.`;
}

/** Runs of slices, counted from 1: 3-7, 9. */
export function sliceRanges(slices: readonly number[]): string {
  const runs: [from: number, to: number][] = [];
  for (const slice of slices) {
    const last = runs.at(-1);
    if (last && last[1] === slice - 1) last[1] = slice;
    else runs.push([slice, slice]);
  }
  return runs.map(([from, to]) => (from === to ? from + 1 : `${from + 1}-${to + 1}`)).join(', ');
}
