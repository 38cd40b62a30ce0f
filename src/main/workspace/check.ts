import type { Db } from './database.ts';
import { schemaVersion } from './migrations.ts';
import { sealOf } from './seal.ts';

/** No schema will ever have so high a version: a larger one is damage. */
const PLAUSIBLE = 1000;

/** The schema's version; undefined for a file that has none, or an impossible one. */
export function plausibleVersion(db: Db): number | undefined {
  const version = schemaVersion(db);
  return version >= 1 && version <= PLAUSIBLE ? version : undefined;
}

/**
 * What is wrong with a workspace file; undefined where nothing is. SQLite checks the structure of the file;
 * beyond that, the checksum of every stored slice and change is checked.
 * @throws MarginaliaError where the file cannot even be checked.
 */
export function damageOf(db: Db): string | undefined {
  const verdict = db.get<{ integrity_check: string }>('PRAGMA integrity_check(1)')?.integrity_check;
  // SQLite's text begins with a line that is a heading.
  if (verdict !== 'ok') return verdict?.split('\n').at(-1) ?? 'it cannot be checked';
  if (db.all('PRAGMA foreign_key_check').length > 0) return 'rows refer to rows that are missing';
  for (const slice of storedSlices(db)) {
    if (!isSealed(slice)) return `the labels of slice ${slice.position} are not as written`;
  }
  const patches = db.iterate<{ edit: number; position: number; patch: Uint8Array; seal: number }>(
    'SELECT edit, position, patch, seal FROM edit_slice ORDER BY id',
  );
  for (const { edit, position, patch, seal } of patches) {
    if (sealOf(patch, edit, position) !== seal) return `edit ${edit} is not as written`;
  }
  return undefined;
}

export interface SealedSlice {
  readonly id: number;
  readonly series: number;
  readonly position: number;
  readonly runs: Uint8Array;
  readonly seal: number;
}

export function storedSlices(db: Db): Generator<SealedSlice, void> {
  return db.iterate<SealedSlice>('SELECT id, series, position, runs, seal FROM slice ORDER BY id');
}

export function isSealed({ series, position, runs, seal }: SealedSlice): boolean {
  return sealOf(runs, series, position) === seal;
}
