interface Decision {
  readonly index: number;
  readonly state: string;
}

/** What steps are called for undo that the host makes: the page says so before it is answered. */
export const stepNames = {
  remove: (label: string): string => `Remove “${label}”`,
  interpolate: (label: string): string => `Interpolate “${label}”`,
  /** @param decisions slices, counted from 0, and the states that they were given. */
  review([first, ...more]: readonly Decision[]): string {
    if (!first || more.some(({ state }) => state !== first.state)) return 'Mark slices';
    const slices = more.length > 0 ? 'slices' : `slice ${first.index + 1}`;
    return `Mark ${slices} as ${stateName(first.state)}`;
  },
} as const;

/** What was decided about a slice, in the user's words. */
export const stateName = (state: string): string => NAMES[state] ?? state;

const NAMES: Readonly<Record<string, string>> = {
  unseen: 'not decided',
  started: 'being corrected',
  'accepted-unseen': 'accepted unseen',
};
