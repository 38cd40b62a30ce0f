import { MarginaliaError } from '../../shared/errors.ts';
import { decodeRuns, encodeRuns } from '../../shared/labelmap/rle.ts';
import type { Db } from './database.ts';
import { sealOf } from './seal.ts';
import { seriesOf, type SeriesRow } from './series.ts';
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
}

export interface Decision {
  readonly index: number;
  readonly state: Exclude<ReviewState, 'unseen'>;
  /** Ids of the labels that there were when it was made: it says nothing of later ones. */
  readonly labels: readonly string[];
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
      const labels = db.all<{ id: number }>(
        'SELECT id FROM label WHERE series = ? AND removed = 0 ORDER BY value',
        id,
      );
      return db
        .all<{ position: number; state: Decision['state']; covers: number }>(
          'SELECT position, state, covers FROM review WHERE series = ? ORDER BY id',
          id,
        )
        .map(({ position, state, covers }) => ({
          index: position,
          state,
          labels: labels.filter((label) => label.id <= covers).map((label) => String(label.id)),
        }));
    },
  };
}

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

export function readReview(db: Db, series: SeriesRow, position: number): ReviewState {
  return (
    db.get<{ state: ReviewState }>(
      'SELECT state FROM review WHERE series = ? AND position = ?',
      series.id,
      position,
    )?.state ?? 'unseen'
  );
}

export function writeReview(db: Db, series: SeriesRow, position: number, state: ReviewState): void {
  if (state === 'unseen') {
    db.run('DELETE FROM review WHERE series = ? AND position = ?', series.id, position);
  } else {
    db.run(
      // Labels are numbered in the order in which they were made.
      `INSERT INTO review (series, position, state, covers)
       VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM label WHERE series = ?))
       ON CONFLICT (series, position) DO UPDATE SET state = excluded.state, covers = excluded.covers`,
      series.id,
      position,
      state,
      series.id,
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
