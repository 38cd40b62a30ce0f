import { includedUpTo, type Included } from '../../../shared/export-contents.ts';
import type { Contents, LabelVoxels } from '../../export/index.ts';
import type { Label } from '../../workspace/index.ts';
import type { WrittenSlice } from './written-slices.ts';

/** Adds up what written slices hold. */
export interface Tally {
  readonly add: (slice: WrittenSlice) => void;
  /** @param suggestedWith what the suggestions of labels were made with. */
  readonly contents: (suggestedWith: Contents['suggestedWith']) => Contents;
  /** Values of labels that are as suggested anywhere. */
  readonly suggested: () => ReadonlySet<number>;
}

const eachKind = <T>(make: (kind: keyof LabelVoxels) => T): { [K in keyof LabelVoxels]: T } => ({
  decided: make('decided'),
  acceptedUnseen: make('acceptedUnseen'),
  paintedUndecided: make('paintedUndecided'),
  suggested: make('suggested'),
});

export function tally(labels: readonly Label[], include: Included): Tally {
  const slices = {
    decided: [] as number[],
    acceptedUnseen: [] as { slice: number; labels: number[] }[],
    paintedUndecided: [] as number[],
    leftOut: [] as number[],
    suggested: [] as { slice: number; labels: number[] }[],
  };
  const voxels = eachKind(() => new Float64Array(256));
  const absent = Object.fromEntries(
    includedUpTo(include).map((part) => [part, new Uint32Array(256)]),
  ) as Partial<Record<Included, Uint32Array>>;

  /** Of labels that nobody has decided on there, whether an export of each kind shows them. */
  function countAbsent({ painted, isDecided, covered, suggested }: WrittenSlice): void {
    for (const { value } of labels) {
      if (covered.includes(value)) continue;
      const isPainted = painted?.includes(value) ?? false;
      if (!isDecided || !isPainted) absent.decided![value]!++;
      if (isPainted) continue;
      if (absent.painted) absent.painted[value]!++;
      if (absent.suggested && !suggested.includes(value)) absent.suggested[value]!++;
    }
  }
  return {
    add(slice) {
      const { index, painted, labels: written, isDecided, unseen, isLeftOut, suggested } = slice;
      countAbsent(slice);
      if (isDecided) slices.decided.push(index);
      else if (isLeftOut) slices.leftOut.push(index);
      else if (painted) slices.paintedUndecided.push(index);
      if (unseen.length > 0) slices.acceptedUnseen.push({ slice: index, labels: [...unseen] });
      if (suggested.length > 0) slices.suggested.push({ slice: index, labels: [...suggested] });
      if (!written) return;
      const paintedVoxels = new Uint32Array(256);
      for (let at = 0; at < written.length; at++) {
        const value = written[at]!;
        if (value === 0) continue;
        if (painted && painted[at] !== 0) paintedVoxels[value]!++;
        else voxels.suggested[value]!++;
      }
      paintedVoxels.forEach((count, value) => {
        const decided = unseen.includes(value) ? 'acceptedUnseen' : 'decided';
        voxels[isDecided ? decided : 'paintedUndecided'][value]! += count;
      });
    },
    suggested: () => new Set(slices.suggested.flatMap((one) => one.labels)),
    contents: (suggestedWith) => ({
      include,
      ...slices,
      suggestedWith,
      voxels: Object.fromEntries(
        labels.map(({ value }) => [value, eachKind((kind) => voxels[kind][value]!)]),
      ),
      absent,
    }),
  };
}
