import { MarginaliaError } from '../../../shared/errors.ts';
import type { Included } from '../../../shared/export-contents.ts';
import type { Triple } from '../../../shared/volume.ts';
import { isDecided, type AnnotationResult } from '../../export/index.ts';
import type { ReviewState } from '../../workspace/index.ts';
import type { StoredSuggestions } from '../suggest/index.ts';
import type { Moment } from './moment.ts';
import { tally } from './tally.ts';
import { isComplete, suggestedOn, withheldLabels, writtenSlices } from './written-slices.ts';

/**
 * The label map that is written of a stack, and what of it was decided.
 * @throws MarginaliaError `nothing-decided` where only decided slices are wanted and there are none,
 *   `nothing-suggested` where suggestions are wanted and there are none at all; as `writtenSlices`.
 */
export async function composeLabels(
  moment: Moment,
  [nx, ny, nz]: Triple,
  include: Included,
  suggestions: StoredSuggestions,
  signal: AbortSignal,
): Promise<Pick<AnnotationResult, 'labelMap' | 'complete' | 'covered' | 'contents'>> {
  requireAny(moment, include, suggestions);
  const { labels } = moment;
  const labelMap = new Uint8Array(nx * ny * nz);
  const complete: boolean[] = [];
  const covered: (readonly number[])[] = [];
  const sum = tally(labels, include);
  for await (const slice of writtenSlices(moment, nx * ny, include, suggestions)) {
    signal.throwIfAborted();
    if (slice.labels) labelMap.set(slice.labels, slice.index * nx * ny);
    complete[slice.index] = isComplete(moment, slice);
    covered[slice.index] = slice.covered;
    sum.add(slice);
  }
  const suggested = labels.filter(({ value }) => sum.suggested().has(value));
  return { labelMap, complete, covered, contents: sum.contents(suggestions.provenance(suggested)) };
}

/** What was asked for is there, or would have been written without a word as if there were nothing. */
function requireAny(moment: Moment, include: Included, suggestions: StoredSuggestions): void {
  const { labels, decisions } = moment;
  const isAny = (test: (state: ReviewState) => boolean): boolean =>
    decisions.some(({ state }) => test(state));
  if (labels.length === 0 || include === 'painted') return;
  if (include === 'decided') {
    if (isAny(isDecided)) return;
    throw new MarginaliaError(
      'nothing-decided',
      'No slice is accepted or corrected: of decided slices there is nothing to write.',
      'Accept or correct some slices, or export all that is painted.',
    );
  }
  const isOpen = isAny((state) => state === 'unseen' || state === 'started');
  if (!isOpen || decisions.some((_, index) => suggestedOn(moment, index, suggestions).length > 0))
    return;
  throw new MarginaliaError(
    'nothing-suggested',
    'Where nothing is decided there is no suggestion of a label that is shown and not locked.',
    'Suggest the series first, with the settings as they are now, or export what is painted.',
  );
}

/** Names of labels whose suggestions an export leaves out although it writes suggestions. */
export const withheldNames = (
  moment: Moment,
  include: Included,
  suggestions: StoredSuggestions,
): string[] =>
  include === 'suggested' ? withheldLabels(moment, suggestions).map(({ name }) => name) : [];
