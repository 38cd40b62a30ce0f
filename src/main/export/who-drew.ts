import { holdsUndecided, sliceRanges, type Contents } from './contents.ts';
import type { DicomSegmentation } from './dicom-seg/index.ts';
import type { LabelDefinition } from './labels.ts';
import type { LabelResult } from './result.ts';

/** Whether a model had no part in the labels. */
export const isManual = ({ review, contents }: LabelResult): boolean =>
  review?.suggestions.length === 0 && contents?.suggested.length === 0;

type Said = Pick<DicomSegmentation, 'algorithmOf' | 'remarkOf' | 'description'>;

/** What a DICOM segmentation says of who drew its segments, and of what nobody has decided on. */
export const whoDrew = (result: LabelResult): Said => ({
  algorithmOf: (label) => algorithmOf(result, label),
  remarkOf: (label) => (result.contents ? remarkOf(result.contents, label) : ''),
  description: [
    result.resampled === null ? '' : 'on a resampled grid',
    result.contents ? undecidedText(result.contents) : '',
  ]
    .filter(Boolean)
    .join('; '),
});

/** A segment that is as suggested, of which nobody has decided that it is right, is never MANUAL. */
function algorithmOf(result: LabelResult, label: LabelDefinition): ReturnType<Said['algorithmOf']> {
  const { contents, review } = result;
  if (contents === null || review === null) return 'AUTOMATIC';
  if (slicesWith(contents.suggested, label).length === 0)
    return review.suggestions.length > 0 ? 'SEMIAUTOMATIC' : 'MANUAL';
  const { decided, acceptedUnseen, paintedUndecided } = contents.voxels[label.value]!;
  return decided + acceptedUnseen + paintedUndecided > 0 ? 'SEMIAUTOMATIC' : 'AUTOMATIC';
}

/** Slices of a list in which a label is named. */
const slicesWith = (list: Contents['suggested'], { value }: LabelDefinition): number[] =>
  list.filter(({ labels }) => labels.includes(value)).map(({ slice }) => slice);

/** Which slices of a segment nobody has decided on, or has looked at; '' where all are decided. */
function remarkOf(contents: Contents, label: LabelDefinition): string {
  const voxels = contents.voxels[label.value]!;
  const parts = [
    ['As suggested, not decided on', slicesWith(contents.suggested, label)],
    ['Painted, not decided on', voxels.paintedUndecided > 0 ? contents.paintedUndecided : []],
    ['Accepted without a look', slicesWith(contents.acceptedUnseen, label)],
  ] as const;
  return parts
    .flatMap(([text, slices]) => (slices.length > 0 ? [`${text}: ${slicesText(slices)}.`] : []))
    .join(' ');
}

/** More than a reader of a description would read is counted. */
const LONGEST = 150;

function slicesText(slices: readonly number[]): string {
  const ranges = sliceRanges(slices);
  if (ranges.length > LONGEST) return `${slices.length} slices`;
  return `${slices.length === 1 ? 'slice' : 'slices'} ${ranges}`;
}

function undecidedText(contents: Contents): string {
  const { suggested, paintedUndecided } = contents;
  if (!holdsUndecided(contents)) return '';
  if (suggested.length === 0) return 'holds undecided slices';
  return `holds undecided suggestions${paintedUndecided.length > 0 ? ' and slices' : ''}`;
}
