/**
 * Labels of pixels as runs, for what is kept of many slices at once: of each run its first pixel, the one
 * after its last, and its label. In order; pixels without a label (0) are in none.
 */
export interface LabelRuns {
  /** How many pixels there are. */
  readonly length: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly values: Uint8Array;
}

const AS_THEY_ARE = Uint8Array.from({ length: 256 }, (_, value) => value);

/**
 * @param bytes one for each pixel.
 * @param labels what each of the 256 values of a byte stands for.
 */
export function labelRuns(bytes: Uint8Array, labels = AS_THEY_ARE): LabelRuns {
  const [starts, ends, values]: [number[], number[], number[]] = [[], [], []];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const value = labels[bytes[at]!]!;
    do at++;
    while (at < bytes.length && labels[bytes[at]!] === value);
    if (value === 0) continue;
    starts.push(start);
    ends.push(at);
    values.push(value);
  }
  return {
    length: bytes.length,
    starts: Uint32Array.from(starts),
    ends: Uint32Array.from(ends),
    values: Uint8Array.from(values),
  };
}

/** The labels that `labelRuns` was given, one for each pixel. */
export function spreadRuns(runs: LabelRuns): Uint8Array<ArrayBuffer> {
  const labels = new Uint8Array(runs.length);
  readRuns(runs, 0, 1, labels);
  return labels;
}

/**
 * Reads pixels in equal steps.
 * @param into takes the labels of the pixels `from`, `from + step`, …; as many as it is long.
 */
export function readRuns(
  { starts, ends, values }: LabelRuns,
  from: number,
  step: number,
  into: {
    length: number;
    fill(value: number, from?: number, to?: number): unknown;
    [n: number]: number;
  },
): void {
  into.fill(0);
  for (let run = firstAfter(ends, from); run < starts.length; run++) {
    // Pixels of the run that are read: before them lie `from`, from + step, … up to its start.
    const first = Math.max(0, Math.ceil((starts[run]! - from) / step));
    if (first >= into.length) return;
    into.fill(values[run]!, first, Math.min(into.length, Math.ceil((ends[run]! - from) / step)));
  }
}

/** How many of ascending numbers are not larger than a limit. */
function firstAfter(ascending: Uint32Array, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
