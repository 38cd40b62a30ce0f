import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import { settle, type Db } from './database.ts';
import { BACKUPS, DATABASE, flushFile, flushFolder, timeForNames } from './files.ts';
import { SCHEMA_VERSION, STEPS } from './schema.ts';

export function schemaVersion(db: Db): number {
  return db.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** @throws MarginaliaError `workspace-newer` for a schema of a later release. */
export function refuseNewer(version: number, folder: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new MarginaliaError(
    'workspace-newer',
    `The workspace ${folder} was written by a newer Marginalia (schema ${version}; this one knows up to ${SCHEMA_VERSION}). It was not changed.`,
    'Install the newer version again, or use another workspace folder.',
  );
}

/** Migrates the schema up to a version, each step in one transaction. */
export function migrate(db: Db, to = SCHEMA_VERSION): void {
  for (let version = schemaVersion(db); version < to; version++) {
    db.transaction(() => {
      db.exec(STEPS[version]!);
      db.exec(`PRAGMA user_version=${version + 1}`);
    });
  }
}

/** A copy of the file as it is, before a migration. @returns its path. */
export function backUp(db: Db, folder: string): string {
  settle(db);
  const backups = join(folder, BACKUPS);
  const name = `workspace-v${schemaVersion(db)}-${timeForNames()}`;
  let path = join(backups, `${name}.sqlite`);
  for (let n = 2; existsSync(path); n++) path = join(backups, `${name}-${n}.sqlite`);
  copyFileSync(join(folder, DATABASE), path);
  flushFile(path);
  flushFolder(backups);
  return path;
}
