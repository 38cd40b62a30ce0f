import { MarginaliaError } from '../../shared/errors.ts';
import { decodeRuns, encodeRuns } from '../../shared/labelmap/rle.ts';
import type { Db } from './database.ts';
import { sealOf } from './seal.ts';
import { seriesOf, type SeriesRow } from './series.ts';
import { storedJson } from './stored-json.ts';
import type { ReviewState } from './types.ts';

/** What is painted: one label map per stack, in slices along the third axis. */
export interface SliceStore {
  /** Labels of a slice, columns × rows, column fastest. */
  readonly read: (stack: string, index: number) => Uint8Array;
  /** Every slice that holds a label, as runs (shared/labelmap/rle.ts), in order. */
  readonly painted: (stack: string) => { index: number; runs: Uint8Array }[];
  /** One state for each slice of the stack. */
  readonly reviews: (stack: string) => ReviewState[];
  /** Slices that were decided on, in the order in which they first were. */
  readonly decided: (stack: string) => Decision[];
  /** The state of each slice of the stack, and the labels that it is about. */
  readonly decisions: (stack: string) => Review[];
}

export interface Decision {
  readonly index: number;
  readonly state: Exclude<ReviewState, 'unseen' | 'started'>;
  /** Ids of the labels that it is about; other labels, such as later ones, are undecided. */
  readonly labels: readonly string[];
  /** Those of them whose suggestion was accepted without a look at it. */
  readonly unseen: readonly string[];
}

/** The state of a slice, and which labels it is about: none where it is unseen. */
export interface Review {
  readonly state: ReviewState;
  readonly labels: readonly string[];
  /** Those of them whose suggestion was accepted without a look at it. */
  readonly unseen: readonly string[];
}

const UNSEEN: Review = { state: 'unseen', labels: [], unseen: [] };

interface ReviewRow {
  readonly position: number;
  readonly state: Exclude<ReviewState, 'unseen'>;
  readonly covers: number;
  readonly labels: string | null;
  readonly unseen: string | null;
}

interface StoredSlice {
  readonly position: number;
  readonly runs: Uint8Array;
  readonly seal: number;
}

export function sliceStore(db: Db): SliceStore {
  return {
    read(stack, index) {
      const series = seriesOf(db, stack);
      requireSlice(series, index);
      return readSlice(db, series, index);
    },
    painted(stack) {
      const series = seriesOf(db, stack);
      return db
        .all<StoredSlice>(
          'SELECT position, runs, seal FROM slice WHERE series = ? ORDER BY position',
          series.id,
        )
        .map((slice) => ({ index: slice.position, runs: sealedRuns(series, slice) }));
    },
    reviews(stack) {
      const { id, slices } = seriesOf(db, stack);
      const states = new Array<ReviewState>(slices).fill('unseen');
      const rows = db.all<{ position: number; state: ReviewState }>(
        'SELECT position, state FROM review WHERE series = ?',
        id,
      );
      for (const { position, state } of rows) states[position] = state;
      return states;
    },
    decided(stack) {
      const { id } = seriesOf(db, stack);
      const present = presentLabels(db, id);
      return db.all<ReviewRow>(`${REVIEWS} ORDER BY id`, id).flatMap((row): Decision[] => {
        const { position: index, state } = row;
        return state === 'started' ? [] : [{ index, state, ...coverageOf(row, present) }];
      });
    },
    decisions(stack) {
      const { id, slices } = seriesOf(db, stack);
      const present = presentLabels(db, id);
      const decisions = new Array<Review>(slices).fill(UNSEEN);
      for (const row of db.all<ReviewRow>(REVIEWS, id)) {
        decisions[row.position] = { state: row.state, ...coverageOf(row, present) };
      }
      return decisions;
    },
  };
}

const REVIEWS = 'SELECT position, state, covers, labels, unseen FROM review WHERE series = ?';

/** Ids of the existing labels, by value. */
const presentLabels = (db: Db, series: number): number[] =>
  db
    .all<{ id: number }>(
      'SELECT id FROM label WHERE series = ? AND removed = 0 ORDER BY value',
      series,
    )
    .map(({ id }) => id);

/** The existing labels that a state is about, and those accepted without a look. */
function coverageOf(
  { state, covers, labels, unseen }: ReviewRow,
  present: readonly number[],
): Pick<Review, 'labels' | 'unseen'> {
  const named = storedIds(labels);
  const about = present
    .filter((id) => (named ? named.includes(String(id)) : id <= covers))
    .map(String);
  return { labels: about, unseen: unseenOf(state, about, storedIds(unseen)) };
}

/** Ids of labels as a column has them; undefined where it has none. */
export const storedIds = (column: string | null): readonly string[] | undefined =>
  column === null ? undefined : storedJson<string[]>(column, []);

/** Where none are named, the state says it for all. */
const unseenOf = (
  state: ReviewState,
  labels: readonly string[],
  named: readonly string[] | undefined,
): readonly string[] =>
  named === undefined
    ? labels.filter(() => state === 'accepted-unseen')
    : labels.filter((id) => named.includes(id));

export function readSlice(db: Db, series: SeriesRow, position: number): Uint8Array {
  const pixels = series.columns * series.rows;
  const slice = db.get<StoredSlice>(
    'SELECT position, runs, seal FROM slice WHERE series = ? AND position = ?',
    series.id,
    position,
  );
  return slice === undefined
    ? new Uint8Array(pixels)
    : decodeRuns(sealedRuns(series, slice), pixels);
}

/** @returns the runs of the slice. */
export function writeSlice(
  db: Db,
  series: Pick<SeriesRow, 'id'>,
  position: number,
  labels: Uint8Array,
): Uint8Array {
  const runs = encodeRuns(labels);
  // By memory, not by value: a slice has many, and this is called with every stroke.
  if (Buffer.compare(labels, new Uint8Array(labels.length)) === 0) {
    db.run('DELETE FROM slice WHERE series = ? AND position = ?', series.id, position);
  } else {
    db.run(
      `INSERT INTO slice (series, position, runs, seal) VALUES (?, ?, ?, ?)
       ON CONFLICT (series, position) DO UPDATE SET runs = excluded.runs, seal = excluded.seal`,
      series.id,
      position,
      runs,
      sealOf(runs, series.id, position),
    );
  }
  return runs;
}

export function readReview(db: Db, series: SeriesRow, position: number): Review {
  const row = db.get<ReviewRow>(`${REVIEWS} AND position = ?`, series.id, position);
  return row === undefined
    ? UNSEEN
    : { state: row.state, ...coverageOf(row, presentLabels(db, series.id)) };
}

/**
 * A state with the labels that it is about; without any named, all that there are.
 * @param unseen those of them that were accepted without a look; where not named, all or none.
 */
export function reviewOf(
  db: Db,
  series: SeriesRow,
  state: ReviewState,
  labels: readonly string[] | undefined,
  unseen: readonly string[] | undefined,
): Review {
  if (state === 'unseen') return UNSEEN;
  const present = presentLabels(db, series.id).map(String);
  const about = present.filter((id) => labels?.includes(id) ?? true);
  return { state, labels: about, unseen: unseenOf(state, about, unseen) };
}

export function writeReview(
  db: Db,
  series: SeriesRow,
  position: number,
  { state, labels, unseen }: Review,
): void {
  if (state === 'unseen') {
    db.run('DELETE FROM review WHERE series = ? AND position = ?', series.id, position);
  } else {
    db.run(
      `INSERT INTO review (series, position, state, labels, unseen) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (series, position) DO UPDATE
         SET state = excluded.state, labels = excluded.labels, unseen = excluded.unseen`,
      series.id,
      position,
      state,
      JSON.stringify(labels),
      JSON.stringify(unseen),
    );
  }
}

/** @throws MarginaliaError `no-such-slice`. */
export function requireSlice({ stack, slices }: SeriesRow, index: number): void {
  if (Number.isInteger(index) && index >= 0 && index < slices) return;
  throw new MarginaliaError(
    'no-such-slice',
    `The series ${stack} has ${slices} slices; there is no slice ${index}.`,
  );
}

function sealedRuns(series: SeriesRow, { position, runs, seal }: StoredSlice): Uint8Array {
  if (sealOf(runs, series.id, position) === seal) return runs;
  throw new MarginaliaError(
    'workspace-damaged',
    `The labels of slice ${position} of the series ${series.stack} are damaged.`,
    'Open the workspace again: what can be read is then recovered, the damaged file is kept.',
  );
}
