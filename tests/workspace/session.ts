import { isDeepStrictEqual } from 'node:util';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import type { ReviewState, Workspace } from '../../src/main/workspace/index.ts';

/** A long day of work as numbered steps, each the same whenever it is done: for kill.test.ts. */
export const DAY = {
  stack: 'day',
  seriesInstanceUid: 'day',
  description: '',
  modality: 'CT',
  size: [64, 64, 12],
  files: [],
} as const;
const PIXELS = 64 * 64;
const SLICES = 12;
const STATES = ['accepted', 'corrected', 'rejected', 'unseen'] as const;

interface Painted {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly every: number;
  readonly review: ReviewState;
}
type Step = readonly Painted[] | 'undo' | 'redo';

function stepNumber(n: number): Step {
  const random = keyedState('day', n);
  const below = (limit: number): number => (nextInt32(random) >>> 0) % limit;
  const kind = below(10);
  if (kind === 0 || kind === 1) return 'undo';
  if (kind === 2) return 'redo';
  const first = below(SLICES);
  // Often many slices at once: a commit of many pages is easier to hit in the middle.
  return Array.from({ length: 1 + below(SLICES) }, (_, k) => {
    const from = below(PIXELS - 1);
    const to = from + 1 + below(PIXELS - from - 1);
    return {
      index: (first + k) % SLICES,
      from,
      to,
      every: 1 + below(4),
      review: STATES[below(STATES.length)]!,
    };
  });
}

/** A pixel that is painted takes the next value, so it always changes. */
const painted = (labels: Uint8Array, { from, to, every }: Painted): Uint8Array =>
  labels.map((value, i) => (i >= from && i < to && i % every === 0 ? (value + 1) % 4 : value));

interface State {
  readonly labels: readonly Uint8Array[];
  readonly reviews: readonly ReviewState[];
}

/** The day as it has to be, without a workspace. */
export interface ImaginedDay {
  /** Steps that changed something, which is what the audit log counts. */
  readonly changes: number;
  readonly state: State;
  /** Number of the next step. */
  readonly next: number;
  readonly take: () => void;
}

export function imaginedDay(): ImaginedDay {
  let past: State[] = [];
  let future: State[] = [];
  let state: State = {
    labels: new Array<Uint8Array>(SLICES).fill(new Uint8Array(PIXELS)),
    reviews: new Array<ReviewState>(SLICES).fill('unseen'),
  };
  let changes = 0;
  let next = 0;

  function take(): void {
    const step = stepNumber(next++);
    if (step === 'undo' || step === 'redo') {
      const [from, to] = step === 'undo' ? [past, future] : [future, past];
      const found = from.pop();
      if (found === undefined) return;
      to.push(state);
      state = found;
    } else {
      const labels = [...state.labels];
      const reviews = [...state.reviews];
      for (const stroke of step) {
        labels[stroke.index] = painted(labels[stroke.index]!, stroke);
        reviews[stroke.index] = stroke.review;
      }
      // Short strokes may miss every pixel and leave the review as it is: that is no edit.
      if (isDeepStrictEqual({ labels, reviews }, state)) return;
      past.push(state);
      future = [];
      state = { labels, reviews };
    }
    changes++;
    // More than anybody undoes here; it keeps the memory of a long test small.
    past = past.slice(-3000);
  }
  return {
    get changes() {
      return changes;
    },
    get state() {
      return state;
    },
    get next() {
      return next;
    },
    take,
  };
}

/** Does a step for real. */
export function takeStep({ journal, slices }: Workspace, n: number): void {
  const step = stepNumber(n);
  if (step === 'undo') journal.undo(DAY.stack);
  else if (step === 'redo') journal.redo(DAY.stack);
  else {
    const labels = step.map((stroke) => ({
      index: stroke.index,
      labels: painted(slices.read(DAY.stack, stroke.index), stroke),
      review: stroke.review,
    }));
    journal.record(DAY.stack, { name: `step ${n}`, actor: 'human', slices: labels });
  }
}

/** How many steps that changed something a workspace holds. */
export function changesIn({ audit }: Workspace): number {
  // The first entries are of the labels.
  return Math.max(0, (audit.list(1)[0]?.id ?? 0) - 3);
}

export function beginDay({ series, labels }: Workspace): void {
  series.open(DAY);
  for (const name of ['a', 'b', 'c'].slice(labels.list(DAY.stack).length)) {
    labels.create(DAY.stack, {
      name,
      colour: '#ffffff',
      prompt: '',
      visible: true,
      locked: false,
      term: null,
    });
  }
}
