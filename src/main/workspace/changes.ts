import { isDeepStrictEqual } from 'node:util';
import { MarginaliaError } from '../../shared/errors.ts';
import { apply, decodePatch, diff, invert, type Patch } from '../../shared/labelmap/patch.ts';
import type { Db } from './database.ts';
import { sealOf } from './seal.ts';
import type { SeriesRow } from './series.ts';
import {
  readReview,
  readSlice,
  requireSlice,
  reviewOf,
  storedIds,
  writeReview,
  writeSlice,
  type Review,
} from './slices.ts';
import type { AppliedEdit, ReviewState, SliceEdit } from './types.ts';

/** What an edit does to one slice, with all that its inverse needs. */
export interface Change {
  readonly position: number;
  readonly patch: Patch;
  /** Both undefined where the state, and what it is about, stay. */
  readonly reviewBefore: Review | undefined;
  readonly reviewAfter: Review | undefined;
}

/** An edit as the journal names it. */
export interface StoredEdit {
  readonly seq: number;
  readonly name: string;
  /** How many slices it touched. */
  readonly slices: number;
}

interface EditSliceRow {
  readonly position: number;
  readonly patch: Uint8Array;
  readonly seal: number;
  readonly review_before: ReviewState | null;
  readonly review_after: ReviewState | null;
  /** JSON; null in edits from before states were about single labels. */
  readonly labels_before: string | null;
  readonly labels_after: string | null;
  /** JSON; null in edits of before labels could be accepted without a look. */
  readonly unseen_before: string | null;
  readonly unseen_after: string | null;
}

const NOTHING = diff(new Uint8Array(), new Uint8Array());

export function changeOf(
  db: Db,
  series: SeriesRow,
  { index, labels, review, covers, unseen }: SliceEdit,
): Change {
  requireSlice(series, index);
  const patch =
    labels instanceof Uint8Array ? diff(readSlice(db, series, index), labels) : (labels ?? NOTHING);
  const reviewBefore = readReview(db, series, index);
  const reviewAfter = review && reviewOf(db, series, review, covers, unseen);
  const changed = reviewAfter !== undefined && !isDeepStrictEqual(reviewAfter, reviewBefore);
  return {
    position: index,
    patch,
    reviewBefore: changed ? reviewBefore : undefined,
    reviewAfter: changed ? reviewAfter : undefined,
  };
}

export function readChanges(
  db: Db,
  series: SeriesRow,
  { seq, name, slices }: StoredEdit,
): Change[] {
  const rows = db.all<EditSliceRow>(
    `SELECT position, patch, seal, review_before, review_after, labels_before, labels_after,
       unseen_before, unseen_after
     FROM edit_slice
     WHERE edit = ? ORDER BY position`,
    seq,
  );
  if (
    rows.length !== slices ||
    rows.some(({ patch, position, seal }) => sealOf(patch, seq, position) !== seal)
  ) {
    throw new MarginaliaError(
      'workspace-damaged',
      `“${name}” cannot be undone or redone: its entry in the journal is damaged.`,
      'Open the workspace again: what can be read is then recovered, the damaged file is kept.',
    );
  }
  return rows.map((row) => ({
    position: row.position,
    patch: decodePatch(row.patch, series.columns * series.rows),
    reviewBefore: storedReview(db, series, row.review_before, row.labels_before, row.unseen_before),
    reviewAfter: storedReview(db, series, row.review_after, row.labels_after, row.unseen_after),
  }));
}

function storedReview(
  db: Db,
  series: SeriesRow,
  state: ReviewState | null,
  labels: string | null,
  unseen: string | null,
): Review | undefined {
  if (state === null) return undefined;
  return reviewOf(db, series, state, storedIds(labels), storedIds(unseen));
}

export const inverse = ({ position, patch, reviewBefore, reviewAfter }: Change): Change => ({
  position,
  patch: invert(patch),
  reviewBefore: reviewAfter,
  reviewAfter: reviewBefore,
});

export function applyChange(
  db: Db,
  series: SeriesRow,
  { position, patch, reviewAfter }: Change,
): AppliedEdit['slices'][number] {
  let runs: Uint8Array | undefined;
  if (patch.starts.length > 0) {
    const labels = readSlice(db, series, position);
    apply(labels, patch);
    runs = writeSlice(db, series, position, labels);
  }
  if (reviewAfter !== undefined) writeReview(db, series, position, reviewAfter);
  return {
    index: position,
    ...(runs === undefined ? {} : { runs }),
    ...(reviewAfter && {
      review: reviewAfter.state,
      covers: reviewAfter.labels,
      unseen: reviewAfter.unseen,
    }),
  };
}

/** Locked labels neither grow nor shrink, and every value that is painted has a label. */
export function requireFreeLabels(db: Db, series: SeriesRow, changes: readonly Change[]): void {
  const labels = new Map(
    db
      .all<{ value: number; name: string; locked: number }>(
        'SELECT value, name, locked FROM label WHERE series = ? AND removed = 0',
        series.id,
      )
      .map((label) => [label.value, label]),
  );
  const values = new Set<number>();
  for (const { patch } of changes) {
    for (const value of patch.before) values.add(value);
    for (const value of patch.after) values.add(value);
  }
  values.delete(0);
  for (const value of values) {
    const label = labels.get(value);
    if (label === undefined) {
      throw new MarginaliaError(
        'unknown-label',
        `The series ${series.stack} has no label of value ${value}.`,
        'Create the label first.',
      );
    }
    if (label.locked === 1) {
      throw new MarginaliaError(
        'label-locked',
        `The label ${label.name} is locked and was not changed.`,
        'Unlock it, then try again.',
      );
    }
  }
}
