import type { StreamOutput } from '../shared/contract/index.ts';
import { absentText, type Included } from '../shared/export-contents.ts';
import { table } from './output.ts';

type Counts = StreamOutput<'export.run'>['contents'];

/** What an export holds, by what was decided of it; what there is nothing of is left out. */
export function contentsTable(counts: Counts, include: Included): string {
  const { slices, decided, acceptedUnseen, paintedUndecided, leftOut, suggested } = counts;
  const { amounts, withheld } = counts;
  const rows = [
    ['accepted or corrected', decided, amounts.decided + amounts.acceptedUnseen],
    ['of those with labels accepted unseen', acceptedUnseen, amounts.acceptedUnseen],
    ['painted, nobody decided on them', paintedUndecided, amounts.paintedUndecided],
    ['painted, but left out', leftOut, null],
    ['with suggestions that nobody decided on', suggested, amounts.suggested],
    ['empty, nobody decided on them', counts.empty, null],
  ] as const;
  const lines = rows
    .filter(([, count]) => count > 0)
    .map(([what, count, amount]) => [
      what,
      String(count),
      amount === null ? '' : amount.toFixed(amounts.unit === 'ml' ? 2 : 0),
    ]);
  const shown = table([`of ${slices} slices`, 'slices', amounts.unit], lines);
  const hidden =
    withheld.length > 0
      ? `Suggestions of hidden or locked labels are left out: ${withheld.join(', ')}.`
      : '';
  const notes = [absentText(counts.absent[include]), hidden].filter(Boolean);
  return [shown, ...notes].join('\n\n');
}
