/** What steps are called for undo that the host makes: the page says so before it is answered. */
export const stepNames = {
  remove: (label: string): string => `Remove ${label}`,
  interpolate: (label: string): string => `Interpolate ${label}`,
  /** @param states that slices were given. */
  review: (states: readonly string[]): string =>
    new Set(states).size === 1 ? `Mark as ${states[0]}` : 'Mark slices',
} as const;
