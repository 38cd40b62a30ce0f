/** Counts the changes of each stack since the workspace was opened. */
export interface StackRevisions {
  readonly of: (stack: string) => number;
  /** Wraps a call: the stack has a new revision after it, even where the call failed halfway. */
  readonly counting: <A extends unknown[], R>(
    call: (stack: string, ...rest: A) => R,
  ) => (stack: string, ...rest: A) => R;
}

export function stackRevisions(): StackRevisions {
  const counts = new Map<string, number>();
  const of = (stack: string): number => counts.get(stack) ?? 0;
  return {
    of,
    counting:
      (call) =>
      (stack, ...rest) => {
        try {
          return call(stack, ...rest);
        } finally {
          counts.set(stack, of(stack) + 1);
        }
      },
  };
}
