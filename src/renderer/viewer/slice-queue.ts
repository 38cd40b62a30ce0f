/** Slices that wait for something, given out from where one looks at outwards. */
export interface SliceQueue {
  readonly waiting: number;
  /** From the first to the last, both included. */
  add(first: number, last: number): void;
  /** Takes the slice that is nearest to `focus` out. */
  take(focus: number): number | undefined;
  clear(): void;
}

export function createSliceQueue(slices: number): SliceQueue {
  const waits = new Uint8Array(slices);
  let waiting = 0;
  return {
    get waiting() {
      return waiting;
    },
    add(first, last) {
      for (let k = Math.max(0, first); k <= Math.min(slices - 1, last); k++) {
        if (waits[k] === 0) waiting++;
        waits[k] = 1;
      }
    },
    take(focus) {
      if (waiting === 0) return undefined;
      const start = Math.min(slices - 1, Math.max(0, Math.round(focus)));
      for (let distance = 0; distance < slices; distance++) {
        const k = waits[start + distance] === 1 ? start + distance : start - distance;
        if (waits[k] !== 1) continue;
        waits[k] = 0;
        waiting--;
        return k;
      }
      return undefined;
    },
    clear() {
      waits.fill(0);
      waiting = 0;
    },
  };
}
