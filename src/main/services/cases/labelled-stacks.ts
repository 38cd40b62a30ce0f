import type { OpenedStack, Workspace } from '../../workspace/index.ts';

/** Stacks that somebody has made a label for. */
export const labelledStacks = ({ series, labels }: Workspace): OpenedStack[] =>
  series.list().filter(({ stack }) => labels.list(stack).length > 0);
