/**
 * What an export writes of a label map: the slices that were accepted or corrected alone, all that is
 * painted, or that and suggestions where nothing is decided.
 */
export const INCLUDED = ['decided', 'painted', 'suggested'] as const;
export type Included = (typeof INCLUDED)[number];

/** A part, and the parts that it has more than. */
export const includedUpTo = (included: Included): readonly Included[] =>
  INCLUDED.slice(0, INCLUDED.indexOf(included) + 1);

/** What an export writes where nobody says what: what is painted is somebody's work. */
export const INCLUDED_BY_DEFAULT: Included = 'painted';

/** Labels that are named one by one; of more it is told how many. */
const NAMED = 4;

/** Labels that are written as being nowhere on slices where nobody decided on them, in a sentence; '' for none. */
export function absentText(
  absent: readonly { readonly label: string; readonly slices: number }[] = [],
): string {
  if (absent.length === 0) return '';
  const most = [...absent].sort((a, b) => b.slices - a.slices);
  const named = most.slice(0, absent.length > NAMED + 1 ? NAMED : absent.length);
  const more = absent.length - named.length;
  const said = named.map(
    ({ label, slices }, n) =>
      `${label} on ${slices}${n > 0 ? '' : slices === 1 ? ' slice' : ' slices'}`,
  );
  if (more > 0) said.push(`${more} more labels`);
  return `Labels written as being nowhere where nobody decided so: ${said.join(', ')}.`;
}
