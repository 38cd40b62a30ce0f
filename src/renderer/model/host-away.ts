import { MarginaliaError } from '../../shared/errors.ts';

/** Whether an error only says that the host does not answer. */
export const isHostGone = (error: unknown): boolean =>
  error instanceof MarginaliaError && error.code === 'host-gone';

/** The refusal of something that cannot wait for the host. @param what the user asked for. */
export const hostAway = (what: string): MarginaliaError =>
  new MarginaliaError(
    'host-away',
    `“${what}” needs Marginalia itself, which does not answer.`,
    'Strokes, decisions and undo wait until it is back; try this again then.',
  );

/** The error itself, or `hostAway` where it only says that the host does not answer. */
export const orAway = (error: unknown, what: string): unknown =>
  isHostGone(error) ? hostAway(what) : error;
