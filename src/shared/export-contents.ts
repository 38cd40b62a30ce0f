/**
 * What an export writes of a label map: the slices that were accepted or corrected alone, all that is
 * painted, or that and suggestions where nothing is decided.
 */
export const INCLUDED = ['decided', 'painted', 'suggested'] as const;
export type Included = (typeof INCLUDED)[number];

/** What an export writes where nobody says what: what is painted is somebody's work. */
export const INCLUDED_BY_DEFAULT: Included = 'painted';
