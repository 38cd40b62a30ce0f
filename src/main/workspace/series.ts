import { MarginaliaError } from '../../shared/errors.ts';
import type { ImageFacts } from '../../shared/image/index.ts';
import type { Db } from './database.ts';
import { storedJson } from './stored-json.ts';
import type { StackRecord } from './types.ts';

export interface OpenedStack extends StackRecord {
  /** From 1; it never changes in this workspace. */
  readonly number: number;
  /** When it was opened last, ISO 8601, UTC. */
  readonly opened: string;
}

export interface SeriesStore {
  /**
   * Stores a stack, or that it was opened again, perhaps from other files.
   * @throws MarginaliaError `stack-changed` where it has labels, but no longer their size.
   */
  readonly open: (stack: StackRecord) => void;
  readonly get: (stack: string) => OpenedStack | undefined;
  /** Calls a stack by another id, unless there is one of that id. */
  readonly rename: (stack: string, id: string) => void;
  /** The one opened last comes first. */
  readonly list: () => OpenedStack[];
}

/** A series in the database. */
export interface SeriesRow {
  readonly id: number;
  readonly stack: string;
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
}

interface FullRow extends SeriesRow {
  readonly series_uid: string;
  readonly description: string;
  readonly modality: string;
  readonly files: string;
  readonly opened: string;
  readonly image: string | null;
}

export function seriesStore(db: Db): SeriesStore {
  return {
    open: (stack) => db.transaction(() => remember(db, stack)),
    rename: (stack, id) =>
      void db.run('UPDATE OR IGNORE series SET stack = ? WHERE stack = ?', id, stack),
    get: (stack) => db.all<FullRow>('SELECT * FROM series WHERE stack = ?', stack).map(toStack)[0],
    list: () => db.all<FullRow>('SELECT * FROM series ORDER BY opened DESC, id DESC').map(toStack),
  };
}

/** @throws MarginaliaError `unknown-stack`. */
export function seriesOf(db: Db, stack: string): SeriesRow {
  const row = db.get<SeriesRow>(
    'SELECT id, stack, columns, rows, slices FROM series WHERE stack = ?',
    stack,
  );
  if (row !== undefined) return row;
  throw new MarginaliaError(
    'unknown-stack',
    `The workspace does not know the series ${stack}.`,
    'Open the series first.',
  );
}

function remember(db: Db, { stack, size, ...info }: StackRecord): void {
  const old = db.get<SeriesRow>('SELECT * FROM series WHERE stack = ?', stack);
  const [columns, rows, slices] = size;
  const sameSize = old?.columns === columns && old.rows === rows && old.slices === slices;
  if (old !== undefined && !sameSize) {
    const kept = ['slice', 'edit', 'review', 'suggestion'].some(
      (table) => db.all(`SELECT 1 FROM ${table} WHERE series = ? LIMIT 1`, old.id).length > 0,
    );
    if (kept) {
      throw new MarginaliaError(
        'stack-changed',
        `The series ${info.description || stack} has ${size.join(' × ')} voxels now; its labels were painted on ${old.columns} × ${old.rows} × ${old.slices}.`,
        'Open the files that it was labelled with, or use another workspace for these.',
      );
    }
  }
  db.run(
    `INSERT INTO series
       (stack, series_uid, description, modality, columns, rows, slices, files, opened, image)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (stack) DO UPDATE SET
       series_uid = excluded.series_uid, description = excluded.description,
       modality = excluded.modality, columns = excluded.columns, rows = excluded.rows,
       slices = excluded.slices, files = excluded.files, opened = excluded.opened,
       image = excluded.image`,
    stack,
    info.seriesInstanceUid,
    info.description,
    info.modality,
    columns,
    rows,
    slices,
    JSON.stringify(info.files),
    new Date().toISOString(),
    info.image ? JSON.stringify(info.image) : null,
  );
}

const toStack = (row: FullRow): OpenedStack => ({
  number: row.id,
  stack: row.stack,
  seriesInstanceUid: row.series_uid,
  description: row.description,
  modality: row.modality,
  size: [row.columns, row.rows, row.slices],
  files: storedJson<string[]>(row.files, []),
  opened: row.opened,
  image: factsIn(row.image),
});

/** Null where there are none or they are damaged: they are read from the files again. */
const factsIn = (image: string | null): ImageFacts | null =>
  image === null ? null : storedJson<ImageFacts | null>(image, null);
