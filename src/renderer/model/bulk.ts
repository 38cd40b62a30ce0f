import type { CallInput, CallOutput } from '../../shared/contract/index.ts';

type ReviewChange = NonNullable<CallInput<'edits.apply'>['review']>[number];
type ReviewState = CallOutput<'annotation.get'>['review'][number];

/** What is accepted together: chosen labels, in a range of slices. */
export interface BulkChoice {
  /** Ids. */
  readonly labels: readonly string[];
  /** First and last slice, both included. */
  readonly slices: readonly [number, number];
}

/** What is known of a slice. */
export interface BulkSlice {
  readonly state: ReviewState;
  /** Whether it is the one in view: begun to be corrected, it is still worked on. */
  readonly isInView: boolean;
  /** Ids of the labels that the state is about. */
  readonly covered: readonly string[];
  /** Whether suggestions stay hidden there until it is decided. */
  readonly hidden: boolean;
  /** Mean doubt of each label that is suggested and shown there, nats, by its id. */
  readonly suggested: ReadonlyMap<string, number>;
}

/** A slice that is accepted without a look. */
export interface Candidate {
  readonly index: number;
  /** Labels that are chosen, and suggested or begun to be corrected there, and not decided. */
  readonly labels: readonly string[];
  /** Nats, the largest mean doubt of these labels. */
  readonly doubt: number;
}

/** Slices that a choice takes, and how many it leaves alone for which reason. */
export interface BulkSelection {
  readonly taken: readonly Candidate[];
  /** Decided on already, rejected, or being corrected. */
  readonly decided: number;
  /** Of more doubt than the limit. */
  readonly doubtful: number;
  /** Suggestions are not shown there before it is decided. */
  readonly hidden: number;
  /** Nothing is suggested of the chosen labels. */
  readonly bare: number;
}

/**
 * Slices that are to be accepted together, whatever their doubt. What somebody has decided, rejected or
 * is working on is left alone. A slice that a tool began from another plane is taken where its labels are
 * chosen.
 */
export function selectSlices(
  { labels, slices: [first, last] }: BulkChoice,
  sliceOf: (index: number) => BulkSlice,
): BulkSelection {
  const taken: Candidate[] = [];
  let [decided, hidden, bare] = [0, 0, 0];
  for (let index = first; index <= last; index++) {
    const { state, isInView, covered, hidden: isHidden, suggested } = sliceOf(index);
    const isBegun = state === 'started';
    const open = labels.filter((id) => (covered.includes(id) ? isBegun : suggested.has(id)));
    const isWorkedOn = isBegun && (isInView || covered.some((id) => !labels.includes(id)));
    if (state === 'rejected' || isWorkedOn) decided++;
    else if (isHidden) hidden++;
    else if (open.length === 0) {
      if (labels.some((id) => covered.includes(id))) decided++;
      else bare++;
    } else {
      const doubt = Math.max(0, ...open.map((id) => suggested.get(id) ?? 0));
      taken.push({ index, labels: open, doubt });
    }
  }
  return { taken, decided, doubtful: 0, hidden, bare };
}

/** Leaves out slices of more doubt than a limit, nats. */
export function upTo(limit: number, selection: BulkSelection): BulkSelection {
  const taken = selection.taken.filter(({ doubt }) => doubt <= limit);
  return { ...selection, taken, doubtful: selection.taken.length - taken.length };
}

/**
 * The decision about a slice once labels were accepted there without a look: where others were decided
 * before, their state stays.
 */
export function acceptedUnseen(
  index: number,
  before: { readonly state: ReviewState; readonly labels: readonly string[] },
  unseen: readonly string[],
  labels: readonly string[],
): ReviewChange {
  const wasLooked = before.state !== 'started' && before.labels.some((id) => !unseen.includes(id));
  return {
    index,
    state: wasLooked ? before.state : 'accepted-unseen',
    labels: [...new Set([...before.labels, ...labels])],
    unseen: [...new Set([...unseen, ...labels])],
  };
}

/** How many slices of each kind are shown before they are accepted. */
const PICTURES = 4;

/**
 * Slices to look at before all are accepted: the most doubtful, and some at random among the others.
 * @param random in [0, 1).
 */
export function samplesOf(
  taken: readonly Candidate[],
  random: () => number,
): { readonly doubtful: readonly Candidate[]; readonly others: readonly Candidate[] } {
  const ranked = [...taken].sort((a, b) => b.doubt - a.doubt || a.index - b.index);
  const rest = ranked.splice(PICTURES);
  const others: Candidate[] = [];
  while (others.length < PICTURES && rest.length > 0) {
    others.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return { doubtful: ranked, others: others.sort((a, b) => a.index - b.index) };
}
