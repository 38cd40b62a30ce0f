import { MarginaliaError } from '../../../shared/errors.ts';
import type { Scan, Series, Stack } from '../../dicom/index.ts';

/** A stack and the series that it belongs to. */
export interface ChosenStack {
  readonly series: Series;
  readonly stack: Stack;
}

/**
 * The stack that is meant: by the UID of its series or its own id; without either that of the only
 * series with a regular volume of several slices, else of the only series. Of the stacks of one
 * series (time points, echoes) it is the first.
 * @throws MarginaliaError `no-such-series`, `several-series`
 */
export function chooseStack(scan: Scan, wanted?: string): ChosenStack {
  const all = scan.series.flatMap((series) => series.stacks.map((stack) => ({ series, stack })));
  if (wanted !== undefined) {
    const found =
      all.find(({ stack }) => stack.id === wanted) ??
      all.find(({ series }) => series.seriesInstanceUid === wanted);
    if (found !== undefined) return found;
    throw new MarginaliaError('no-such-series', `There is no series ${wanted}.`, listed(all));
  }
  const volumes = all.filter(({ stack }) => stack.frames.length > 1 && stack.grid !== undefined);
  const candidates = volumes.length > 0 ? volumes : all;
  const uids = new Set(candidates.map(({ series }) => series.seriesInstanceUid));
  if (uids.size === 1) return candidates[0]!;
  throw new MarginaliaError(
    'several-series',
    `There are ${uids.size} series to choose from.`,
    `Choose one with --series. ${listed(candidates)}`,
  );
}

const MOST_LISTED = 8;

function listed(stacks: readonly ChosenStack[]): string {
  const lines = stacks.slice(0, MOST_LISTED).map(({ series, stack }) => {
    const name = series.seriesDescription || series.protocolName || 'without description';
    const which = stack.distinction === '' ? '' : `, ${stack.distinction}`;
    return `\n    ${stack.id}  ${series.modality} ${name}, ${stack.frames.length} slices${which}`;
  });
  const more = stacks.length > MOST_LISTED ? `\n    and ${stacks.length - MOST_LISTED} more` : '';
  return `There are:${lines.join('')}${more}`;
}
