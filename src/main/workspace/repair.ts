import { apply, decodePatch, invert, type Patch } from '../../shared/labelmap/patch.ts';
import { decodeRuns } from '../../shared/labelmap/rle.ts';
import { isSealed, storedSlices } from './check.ts';
import type { Db } from './database.ts';
import { sealOf } from './seal.ts';
import type { SeriesRow } from './series.ts';
import { writeSlice } from './slices.ts';

/** What was repaired in rows that could be read, but are not consistent. */
export interface Repairs {
  /** Slices whose labels were rebuilt from the journal. */
  readonly rebuilt: readonly SliceName[];
  /** Slices whose labels are lost; their review begins anew. */
  readonly lost: readonly SliceName[];
  /** Edits that can no longer be undone or redone. */
  readonly editsDropped: number;
  /** Labels that were created for painted values whose label is lost. */
  readonly labelsMadeUp: number;
}

export interface SliceName {
  readonly stack: string;
  readonly index: number;
}

interface EditRow {
  readonly seq: number;
  readonly undone: number;
  readonly slices: number;
}

type SlicePatches = readonly { readonly position: number; readonly patch: Patch }[];

/**
 * Makes a salvaged database consistent: every slice is as it was written, undo and redo give what they
 * gave before, every painted value has a label.
 * @param journalComplete whether no edit was lost in salvage.
 */
export function repair(db: Db, journalComplete: boolean): Repairs {
  return db.transaction(() => {
    const damaged = [...storedSlices(db)].filter((slice) => !isSealed(slice));
    for (const { id } of damaged) db.run('DELETE FROM slice WHERE id = ?', id);
    const rebuilt: SliceName[] = [];
    const lost: SliceName[] = [];
    let editsDropped = 0;
    let labelsMadeUp = 0;
    for (const series of db.all<SeriesRow & { trimmed: number }>('SELECT * FROM series')) {
      const { stack } = series;
      const missing = new Set(
        damaged.filter((slice) => slice.series === series.id).map(({ position }) => position),
      );
      const edits = readEdits(db, series);
      const labels = readSlices(db, series);
      // Slices that are as written but of another size: it is the series that cannot be trusted.
      if (labels === undefined) continue;
      const intact = journalComplete && edits.every(({ patches }) => patches !== undefined);
      if (intact && series.trimmed === 0) {
        for (const [index, slice] of replay(series, edits)) {
          const isThere = labels.has(index);
          missing.delete(index);
          if (isThere || slice.every((value) => value === 0)) continue;
          writeSlice(db, series, index, slice);
          labels.set(index, slice);
          rebuilt.push({ stack, index });
        }
      }
      for (const index of missing) {
        lost.push({ stack, index });
        db.run('DELETE FROM review WHERE series = ? AND position = ?', series.id, index);
      }
      editsDropped += dropUnfit(db, series, edits, labels);
      labelsMadeUp += nameValues(db, series, labels);
    }
    return { rebuilt, lost, editsDropped, labelsMadeUp };
  });
}

interface Edit extends EditRow {
  /** Undefined where some are damaged or missing. */
  readonly patches: SlicePatches | undefined;
}

function readEdits(db: Db, series: SeriesRow): Edit[] {
  return db
    .all<EditRow>('SELECT seq, undone, slices FROM edit WHERE series = ? ORDER BY seq', series.id)
    .map((edit) => ({ ...edit, patches: readPatches(db, series, edit) }));
}

function readPatches(db: Db, series: SeriesRow, { seq, slices }: EditRow): Edit['patches'] {
  const rows = db.all<{ position: number; patch: Uint8Array; seal: number }>(
    'SELECT position, patch, seal FROM edit_slice WHERE edit = ?',
    seq,
  );
  if (rows.length !== slices) return undefined;
  try {
    return rows.map(({ position, patch, seal }) => {
      if (sealOf(patch, seq, position) !== seal) throw new RangeError('not as written');
      return { position, patch: decodePatch(patch, series.columns * series.rows) };
    });
  } catch {
    return undefined;
  }
}

function readSlices(db: Db, series: SeriesRow): Map<number, Uint8Array> | undefined {
  const rows = db.all<{ position: number; runs: Uint8Array }>(
    'SELECT position, runs FROM slice WHERE series = ?',
    series.id,
  );
  const pixels = series.columns * series.rows;
  try {
    return new Map(rows.map(({ position, runs }) => [position, decodeRuns(runs, pixels)]));
  } catch {
    return undefined;
  }
}

/**
 * Every slice that the journal ever touched, rebuilt from empty slices. Nothing where one edit does not
 * apply to the result of those before.
 */
function replay(series: SeriesRow, edits: readonly Edit[]): Map<number, Uint8Array> {
  const inEffect = edits.filter(({ undone }) => undone === 0);
  const { count, touched } = follow(series, inEffect, new Map(), (patch) => patch);
  return count === inEffect.length ? touched : new Map<number, Uint8Array>();
}

/** Drops the edits that cannot be applied to the labels, and those that depend on them. */
function dropUnfit(
  db: Db,
  series: SeriesRow,
  edits: readonly Edit[],
  labels: ReadonlyMap<number, Uint8Array>,
): number {
  const back = edits.filter(({ undone }) => undone === 0).reverse();
  const forth = edits.filter(({ undone }) => undone === 1);
  const unfit = [
    ...back.slice(follow(series, back, labels, invert).count),
    ...forth.slice(follow(series, forth, labels, (patch) => patch).count),
  ];
  for (const { seq } of unfit) db.run('DELETE FROM edit WHERE seq = ?', seq);
  if (unfit.some(({ undone }) => undone === 0)) {
    db.run('UPDATE series SET trimmed = 1 WHERE id = ?', series.id);
  }
  return unfit.length;
}

/**
 * Applies edits to slices, up to the first that cannot be applied.
 * @returns how many were applied, and the slices that they touched.
 */
function follow(
  series: SeriesRow,
  edits: readonly Edit[],
  labels: ReadonlyMap<number, Uint8Array>,
  turned: (patch: Patch) => Patch,
): { readonly count: number; readonly touched: Map<number, Uint8Array> } {
  const touched = new Map<number, Uint8Array>();
  const sliceAt = (position: number): Uint8Array =>
    touched.get(position) ??
    labels.get(position)?.slice() ??
    new Uint8Array(series.columns * series.rows);
  const at = edits.findIndex(({ patches }) => {
    if (patches === undefined) return true;
    try {
      for (const { position, patch } of patches) {
        const slice = sliceAt(position);
        apply(slice, turned(patch));
        touched.set(position, slice);
      }
      return false;
    } catch {
      return true;
    }
  });
  return { count: at < 0 ? edits.length : at, touched };
}

function nameValues(db: Db, series: SeriesRow, labels: ReadonlyMap<number, Uint8Array>): number {
  const painted = new Set<number>();
  for (const slice of labels.values()) for (const value of slice) painted.add(value);
  painted.delete(0);
  let madeUp = 0;
  for (const value of painted) {
    madeUp += db.run(
      `INSERT OR IGNORE INTO label (series, value, name, colour, prompt, visible, locked)
       VALUES (?, ?, ?, '#9e9e9e', '', 1, 0)`,
      series.id,
      value,
      `Label ${value}`,
    ).changes;
  }
  return madeUp;
}
