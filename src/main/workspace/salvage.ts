import type { JSValue } from 'node-sqlite3-wasm';
import type { Db } from './database.ts';
import { TABLES } from './schema.ts';

/** How much of one table of a damaged file was saved. */
export interface SalvagedTable {
  readonly table: string;
  readonly rows: number;
  /** Rows that must have existed and cannot be read. */
  readonly lost: number;
  /** False where further rows may have been lost without a trace. */
  readonly complete: boolean;
}

/** Larger than any key. */
const BEHIND_ALL = 2 ** 40;

/**
 * Copies every row that can be read from a damaged database into an empty one of the same schema.
 * Rows that do not fit the schema, or refer to lost ones, count as lost.
 */
export function salvage(damaged: Db, target: Db): SalvagedTable[] {
  const tables = new Set(
    target
      .all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .map(({ name }) => name),
  );
  return target.transaction(() =>
    TABLES.filter(([table]) => tables.has(table)).map(([table, key]) =>
      salvageTable(damaged, target, table, key),
    ),
  );
}

function salvageTable(damaged: Db, target: Db, table: string, key: string): SalvagedTable {
  const columns = target
    .all<{ name: string }>(`PRAGMA table_info(${table})`)
    .map(({ name }) => name);
  const names = columns.join(', ');
  const insert = `INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`;
  const { keys, complete } = readableKeys(damaged, table, key);
  let rows = 0;
  for (const id of keys) {
    attempt(() => {
      const query = `SELECT ${names} FROM ${table} NOT INDEXED WHERE ${key} = ?`;
      const row = damaged.get<Record<string, JSValue>>(query, id);
      if (row === undefined) return;
      rows += target.run(insert, ...columns.map((column) => row[column] ?? null)).changes;
    });
  }
  return { table, rows, lost: keys.length - rows, complete };
}

/**
 * Keys of all rows that a damaged tree still leads to, in order. At a damaged page, which cuts a
 * range of keys off, it goes on behind that range: strides that grow find the first readable key,
 * halving finds where the readable ones begin.
 */
function readableKeys(
  db: Db,
  table: string,
  key: string,
): { readonly keys: number[]; readonly complete: boolean } {
  // Not by an index: it may contain rows that are gone.
  const query = `SELECT ${key} AS key FROM ${table} NOT INDEXED WHERE ${key} >= ? ORDER BY ${key}`;
  const canStart = (from: number): boolean =>
    attempt(() => db.get(`${query} LIMIT 1`, from)) !== undefined;

  const keys: number[] = [];
  let complete = true;
  for (let from = 0; from < BEHIND_ALL;) {
    let last = from - 1;
    const whole = attempt(() => {
      for (const row of db.iterate<{ key: number }>(query, from)) {
        // Damaged trees can lead in circles.
        if (row.key <= last) throw new RangeError('not in order');
        last = row.key;
        keys.push(last);
      }
      return true;
    });
    if (whole === true) break;
    complete = false;
    let stride = 1;
    while (last + stride < BEHIND_ALL && !canStart(last + stride)) stride *= 2;
    let [damaged, readable] = [last + Math.floor(stride / 2), last + stride];
    while (readable - damaged > 1) {
      const middle = Math.floor((damaged + readable) / 2);
      if (canStart(middle)) readable = middle;
      else damaged = middle;
    }
    from = readable;
  }
  return { keys, complete };
}

/** @returns undefined where it fails: what cannot be read is counted by what is missing. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
