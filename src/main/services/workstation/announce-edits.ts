import type { CallName } from '../../../shared/contract/index.ts';
import type { Announcement, CallHandlers } from '../session/index.ts';

/** Calls that change labels or decisions of a stack. */
export const EDITS = [
  'labels.create',
  'labels.change',
  'labels.remove',
  'labels.interpolate',
  'edits.apply',
  'edits.undo',
  'edits.redo',
  'review.set',
  'review.settle',
] as const satisfies readonly CallName[];

type Edits = Pick<CallHandlers, (typeof EDITS)[number]>;

/** The same calls; each tells all pages when it is done, so that none works on old labels. */
export function announceEdits(calls: Edits, announce: (event: Announcement) => void): Edits {
  const announced = EDITS.map((name) => {
    const work = calls[name] as (input: { stack: string; step?: string }) => unknown;
    return [
      name,
      async (input: { stack: string; step?: string }) => {
        const output = await work(input);
        const { stack, step } = input;
        announce({ name: 'annotation', data: { stack, ...(step !== undefined && { step }) } });
        return output;
      },
    ] as const;
  });
  return Object.fromEntries(announced) as unknown as Edits;
}
