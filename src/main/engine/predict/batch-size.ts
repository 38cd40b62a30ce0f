/** How many passes go into one run, learnt from how long they take. */
export interface BatchSize {
  readonly items: number;
  measured(items: number, milliseconds: number): void;
}

/**
 * Starts with a single pass, then fills `budget` milliseconds: a run cannot be interrupted, so its
 * length bounds how long a cancellation or a more urgent slice has to wait.
 */
export function createBatchSize(budget: number, most: number): BatchSize {
  let perItem: number | undefined;
  return {
    get items() {
      if (perItem === undefined) return 1;
      return Math.max(1, Math.min(most, Math.floor(budget / perItem)));
    },
    measured(items, milliseconds) {
      const latest = milliseconds / items;
      // The first run warms up; from then on recent runs count most.
      perItem = perItem === undefined ? latest : (perItem + latest) / 2;
    },
  };
}
