import { MarginaliaError } from '../../shared/errors.ts';
import { encodePatch } from '../../shared/labelmap/patch.ts';
import type { AuditLog } from './audit.ts';
import {
  applyChange,
  changeOf,
  inverse,
  readChanges,
  requireFreeLabels,
  type Change,
  type StoredEdit,
} from './changes.ts';
import type { Db } from './database.ts';
import { once } from './once.ts';
import { sealOf } from './seal.ts';
import { seriesOf, type SeriesRow } from './series.ts';
import { readReview, requireSlice, writeReview } from './slices.ts';
import type { AppliedEdit, JsonObject, NewEdit } from './types.ts';

/**
 * Everything that changes labels and review states. Each call is one transaction, durable when it
 * returns: label map, review states, journal and audit log change together or not at all.
 */
export interface Journal {
  /**
   * Applies and records an edit; what was undone before can no longer be redone.
   * @param step id of the step, which is done once however often it is sent.
   * @returns undefined where it changes nothing, or was done already.
   * @throws MarginaliaError `unknown-stack`, `no-such-slice`, `label-locked`, `unknown-label`,
   *   `patch-mismatch`, `damaged-patch`.
   */
  readonly record: (stack: string, edit: NewEdit, step?: string) => AppliedEdit | undefined;
  /**
   * A slice that was begun to be corrected counts as corrected from now on. It cannot be undone
   * separately: undoing the edit that began the slice undoes this too.
   * @returns undefined where it was not begun.
   */
  readonly settle: (
    stack: string,
    slice: number,
    step?: string,
  ) => Pick<AppliedEdit, 'slices'> | undefined;
  /**
   * Undoes the last edit.
   * @param only number of the edit that is meant.
   * @returns undefined where there is none, or the step was done already.
   * @throws MarginaliaError `edits-changed` where another edit than the one meant is the last.
   */
  readonly undo: (stack: string, step?: string, only?: number) => AppliedEdit | undefined;
  /** Redoes the edit that was undone last. @returns and @throws as `undo` does. */
  readonly redo: (stack: string, step?: string, only?: number) => AppliedEdit | undefined;
  /** Names of what can be undone and redone, the next one first. */
  readonly names: (stack: string) => { undo: string[]; redo: string[] };
  /** Numbers of the same edits. */
  readonly numbers: (stack: string) => { undo: number[]; redo: number[] };
}

interface EditRow extends StoredEdit {
  /** The label that it removed, with its voxels. */
  readonly removes: number | null;
}

/** @param mostBytes of patches that are kept; the last edit of all is kept in any case. */
export function journal(db: Db, audit: AuditLog, mostBytes: number): Journal {
  function listed(stack: string): Record<'undo' | 'redo', { seq: number; name: string }[]> {
    const { id } = seriesOf(db, stack);
    const edits = (undone: number, order: string): { seq: number; name: string }[] =>
      db.all(
        `SELECT seq, name FROM edit WHERE series = ? AND undone = ? ORDER BY seq ${order}`,
        id,
        undone,
      );
    return { undo: edits(0, 'DESC'), redo: edits(1, 'ASC') };
  }

  return {
    record: (stack, edit, step) =>
      once(db, step, () => {
        edit.check?.();
        return recordEdit(db, audit, mostBytes, seriesOf(db, stack), edit);
      }),
    settle: (stack, slice, step) =>
      once(db, step, () => settleStarted(db, audit, seriesOf(db, stack), slice)),
    undo: (stack, step, only) =>
      once(db, step, () => go(db, audit, seriesOf(db, stack), 'undo', only)),
    redo: (stack, step, only) =>
      once(db, step, () => go(db, audit, seriesOf(db, stack), 'redo', only)),
    names: (stack) => {
      const { undo, redo } = listed(stack);
      return { undo: undo.map(({ name }) => name), redo: redo.map(({ name }) => name) };
    },
    numbers: (stack) => {
      const { undo, redo } = listed(stack);
      return { undo: undo.map(({ seq }) => seq), redo: redo.map(({ seq }) => seq) };
    },
  };
}

/**
 * To be called within a transaction.
 * @param removes id of a label that is removed with this edit.
 */
export function recordEdit(
  db: Db,
  audit: AuditLog,
  mostBytes: number,
  series: SeriesRow,
  edit: NewEdit,
  removes: number | null = null,
): AppliedEdit | undefined {
  if (new Set(edit.slices.map(({ index }) => index)).size < edit.slices.length) {
    throw new RangeError('An edit names each slice once.');
  }
  const changes = edit.slices
    .map((slice) => changeOf(db, series, slice))
    .filter(({ patch, reviewAfter }) => patch.starts.length > 0 || reviewAfter !== undefined);
  if (changes.length === 0 && removes === null) return undefined;
  requireFreeLabels(db, series, changes);
  // What was undone can no longer be redone.
  db.run('DELETE FROM edit WHERE series = ? AND undone = 1', series.id);
  const patches = changes.map(({ patch }) => encodePatch(patch));
  const { id: seq } = db.run(
    `INSERT INTO edit (series, name, made, actor, slices, bytes, removes)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    series.id,
    edit.name,
    new Date().toISOString(),
    edit.actor,
    changes.length,
    patches.reduce((sum, { length }) => sum + length, 0),
    removes,
  );
  changes.forEach(({ position, reviewBefore, reviewAfter }, n) => {
    db.run(
      `INSERT INTO edit_slice
         (edit, position, patch, seal, review_before, review_after, labels_before, labels_after,
          unseen_before, unseen_after)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      position,
      patches[n]!,
      sealOf(patches[n]!, seq, position),
      reviewBefore?.state ?? null,
      reviewAfter?.state ?? null,
      reviewBefore ? JSON.stringify(reviewBefore.labels) : null,
      reviewAfter ? JSON.stringify(reviewAfter.labels) : null,
      reviewBefore ? JSON.stringify(reviewBefore.unseen) : null,
      reviewAfter ? JSON.stringify(reviewAfter.unseen) : null,
    );
  });
  const slices = changes.map((change) => applyChange(db, series, change));
  dropOldest(db, mostBytes, seq);
  const { actor, name, provenance } = edit;
  const touched = changes.map(({ position }) => position);
  const decided = decisionsOf(changes);
  audit.append('edit', series.stack, {
    seq,
    name,
    actor,
    slices: touched,
    ...(decided.length > 0 && { decided }),
    ...provenance,
  });
  return { seq, name, slices };
}

function settleStarted(
  db: Db,
  audit: AuditLog,
  series: SeriesRow,
  slice: number,
): Pick<AppliedEdit, 'slices'> | undefined {
  requireSlice(series, slice);
  const { state, labels } = readReview(db, series, slice);
  if (state !== 'started') return undefined;
  writeReview(db, series, slice, { state: 'corrected', labels, unseen: [] });
  audit.append('left corrected', series.stack, { slices: [slice] });
  return { slices: [{ index: slice, review: 'corrected', covers: labels, unseen: [] }] };
}

function go(
  db: Db,
  audit: AuditLog,
  series: SeriesRow,
  way: 'undo' | 'redo',
  only: number | undefined,
): AppliedEdit | undefined {
  const back = way === 'undo';
  const edit = db.get<EditRow>(
    `SELECT seq, name, slices, removes FROM edit WHERE series = ? AND undone = ?
     ORDER BY seq ${back ? 'DESC' : 'ASC'} LIMIT 1`,
    series.id,
    back ? 0 : 1,
  );
  if (only !== undefined && edit?.seq !== only) {
    throw new MarginaliaError(
      'edits-changed',
      `Nothing was ${back ? 'undone' : 'redone'}: another window has changed this series meanwhile.`,
      `Look at what is there now, then ${way} again.`,
    );
  }
  if (edit === undefined) return undefined;
  const { seq, name, removes } = edit;
  const changes = readChanges(db, series, edit).map((change) => (back ? inverse(change) : change));
  // The label exists while its voxels are restored or removed.
  if (back && removes !== null) db.run('UPDATE label SET removed = 0 WHERE id = ?', removes);
  requireFreeLabels(db, series, changes);
  const slices = changes.map((change) => applyChange(db, series, change));
  if (!back && removes !== null) db.run('UPDATE label SET removed = 1 WHERE id = ?', removes);
  db.run('UPDATE edit SET undone = ? WHERE seq = ?', back ? 1 : 0, seq);
  audit.append(way, series.stack, { seq, name });
  return { seq, name, slices };
}

/** What was decided, for the audit log: slices of one state, about the same labels, together. */
function decisionsOf(changes: readonly Change[]): JsonObject[] {
  const decisions = new Map<
    string,
    { state: string; labels: readonly string[]; unseen: readonly string[]; slices: number[] }
  >();
  for (const { position, reviewAfter } of changes) {
    if (reviewAfter === undefined) continue;
    const key = JSON.stringify(reviewAfter);
    const decision = decisions.get(key) ?? { ...reviewAfter, slices: [] };
    decision.slices.push(position);
    decisions.set(key, decision);
  }
  return [...decisions.values()];
}

/** Keeps the journal within its limit; undone edits of a series depend on the oldest of them. */
function dropOldest(db: Db, mostBytes: number, newest: number): void {
  let bytes = db.get<{ sum: number }>('SELECT coalesce(sum(bytes), 0) AS sum FROM edit')!.sum;
  while (bytes > mostBytes) {
    const oldest = db.get<{ seq: number; series: number; undone: number; bytes: number }>(
      'SELECT seq, series, undone, bytes FROM edit ORDER BY seq LIMIT 1',
    )!;
    if (oldest.seq === newest) return;
    db.run('UPDATE series SET trimmed = 1 WHERE id = ?', oldest.series);
    if (oldest.undone === 1) {
      db.run('DELETE FROM edit WHERE series = ? AND undone = 1', oldest.series);
      bytes = db.get<{ sum: number }>('SELECT coalesce(sum(bytes), 0) AS sum FROM edit')!.sum;
    } else {
      db.run('DELETE FROM edit WHERE seq = ?', oldest.seq);
      bytes -= oldest.bytes;
    }
  }
}
