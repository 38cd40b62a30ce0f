import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import sqlite, { type JSValue } from 'node-sqlite3-wasm';
import { MarginaliaError } from '../../shared/errors.ts';
import { flushFolder } from './files.ts';

/**
 * A SQLite file that no other process has open. All calls are synchronous; what a call or a
 * transaction changed is on the disk when it returns.
 */
export interface Db {
  readonly run: (sql: string, ...values: JSValue[]) => { changes: number; id: number };
  /** The rows; the caller names their type, as written in the query. */
  readonly all: <T>(sql: string, ...values: JSValue[]) => T[];
  readonly get: <T>(sql: string, ...values: JSValue[]) => T | undefined;
  /** Rows one by one, for as long as they can be read. */
  readonly iterate: <T>(sql: string, ...values: JSValue[]) => Generator<T, void>;
  /** Several statements, without values. */
  readonly exec: (sql: string) => void;
  /** All or nothing; within another transaction, a part of it. */
  readonly transaction: <T>(work: () => T) => T;
  readonly close: () => void;
}

/**
 * Opens or creates a database. The caller makes sure that no other process has it open.
 *
 * The journal is a write-ahead log in exclusive mode, because nothing else is safe with this VFS:
 * its one lock counts as RESERVED, so that SQLite takes every rollback journal for one in use and
 * never rolls back what a crash left half written; and it has no shared memory, which a log needs
 * unless it is exclusive. synchronous=FULL flushes the log with every commit. The VFS does not flush the
 * log's name in its folder; that is done here.
 */
export function openDatabase(path: string): Db {
  // The VFS locks with a folder, which a killed process leaves behind.
  rmSync(`${path}.lock`, { recursive: true, force: true });
  const connection = withErrors(path, () => new sqlite.Database(path));
  const db = wrap(path, connection);
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON');
    // Short pauses often, rather than long ones seldom.
    db.exec('PRAGMA wal_autocheckpoint=250; PRAGMA cell_size_check=ON');
    // The first read creates the log.
    db.exec('PRAGMA schema_version');
    flushFolder(dirname(path));
  } catch (error) {
    closeQuietly(db);
    throw error;
  }
  return db;
}

/** Opens a database of which no page can be trusted, for reading what is left. */
export function openDamaged(path: string): Db {
  const db = wrap(
    path,
    withErrors(path, () => new sqlite.Database(path)),
  );
  // As above; and files are read although they are shorter than they say.
  db.exec('PRAGMA locking_mode=EXCLUSIVE');
  db.exec('PRAGMA writable_schema=ON');
  return db;
}

/** Brings everything from the log into the file, which can then be copied or renamed alone. */
export function settle(db: Db): void {
  const result = db.get<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
  if (result?.busy !== 0) {
    throw new MarginaliaError(
      'workspace-busy',
      'The log of the workspace is in use.',
      'Close other programs that read the workspace, then try again.',
    );
  }
}

/** For files that may refuse even this. */
export function closeQuietly(db: Db | undefined): void {
  try {
    db?.close();
  } catch {
    // Nothing is left to do.
  }
}

function wrap(path: string, connection: sqlite.Database): Db {
  const run: Db['run'] = (sql, ...values) =>
    withErrors(path, () => {
      const { changes, lastInsertRowid } = connection.run(sql, values);
      return { changes, id: Number(lastInsertRowid) };
    });
  const all = <T>(sql: string, ...values: JSValue[]): T[] =>
    withErrors(path, () => connection.all(sql, values) as T[]);
  const exec: Db['exec'] = (sql) =>
    withErrors(path, () => {
      connection.exec(sql);
    });

  function* iterate<T>(sql: string, ...values: JSValue[]): Generator<T, void> {
    const statement = withErrors(path, () => connection.prepare(sql));
    try {
      const rows = statement.iterate(values);
      for (;;) {
        const next = withErrors(path, () => rows.next());
        if (next.done === true) return;
        yield next.value as T;
      }
    } finally {
      finalise(statement);
    }
  }

  function transaction<T>(work: () => T): T {
    if (connection.inTransaction) return work();
    exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      exec('COMMIT');
      return result;
    } catch (error) {
      // A failed write has ended the transaction already.
      if (connection.inTransaction) exec('ROLLBACK');
      throw error;
    }
  }

  return {
    run,
    all,
    get: <T>(sql: string, ...values: JSValue[]) => all<T>(sql, ...values)[0],
    iterate,
    exec,
    transaction,
    close: () => {
      if (connection.isOpen) withErrors(path, () => connection.close());
    },
  };
}

/** Finalising repeats the error of the last step, which has been reported. */
function finalise(statement: sqlite.Statement): void {
  try {
    statement.finalize();
  } catch {
    // Nothing is left to do.
  }
}

/** SQLite's errors, which carry nothing but its words, in the user's. */
function withErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof sqlite.SQLite3Error)) throw error;
    const { message } = error;
    const cause = { cause: error };
    if (/malformed|not a database/.test(message)) {
      throw new MarginaliaError(
        'workspace-damaged',
        `The workspace file ${path} is damaged (${message}).`,
        'Open the workspace again: what can be read is then recovered, the damaged file is kept.',
        cause,
      );
    }
    if (/disk I\/O error|is full|unable to open|Could not open|readonly/.test(message)) {
      throw new MarginaliaError(
        'workspace-not-writable',
        `The workspace file ${path} cannot be read or written (${message}). The last change was not kept.`,
        'See that the disk has room and that you may write to the folder, then try again.',
        cause,
      );
    }
    throw new MarginaliaError(
      'workspace-error',
      `The workspace file ${path}: ${message}.`,
      undefined,
      cause,
    );
  }
}
