import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { auditLog, type AuditLog } from './audit.ts';
import { plausibleVersion } from './check.ts';
import { closeQuietly, openDamaged, openDatabase, settle, type Db } from './database.ts';
import { DATABASE, flushFile, flushFolder, renameDurably, timeForNames } from './files.ts';
import { migrate } from './migrations.ts';
import { repair, type Repairs } from './repair.ts';
import { salvage, type SalvagedTable } from './salvage.ts';
import { SCHEMA_VERSION } from './schema.ts';
import type { JsonObject } from './types.ts';

/** The recovery of a workspace whose file was damaged. */
export interface Recovery extends Repairs {
  /** What was wrong. */
  readonly damage: string;
  /** Where the damaged file is kept. */
  readonly damagedFile: string;
  readonly tables: readonly SalvagedTable[];
  /** All of it in the user's words. */
  readonly message: string;
}

const READING = 'workspace.reading.sqlite';
const UNFINISHED = 'workspace.unfinished.sqlite';
const RECOVERED = /^workspace\.recovered-(.+)\.sqlite$/;
const RECOVERY = 'workspace recovered';

/**
 * Builds a new file of what can be read, keeps the damaged one aside, and puts the new one in its
 * place. Killed at any moment, it is begun again or finished by `finishRecovery`.
 * The caller has the lock, and the file closed.
 */
export function recover(folder: string, damage: string, by: string): void {
  const time = timeForNames();
  clearLeftovers(folder);
  const reading = join(folder, READING);
  const unfinished = join(folder, UNFINISHED);
  // A copy, since SQLite changes what it opens, and the damaged file is evidence.
  copyFileSync(join(folder, DATABASE), reading);
  if (existsSync(join(folder, `${DATABASE}-wal`))) {
    copyFileSync(join(folder, `${DATABASE}-wal`), `${reading}-wal`);
  }
  writeHeader(reading);
  const damaged = openDamaged(reading);
  const target = openDatabase(unfinished);
  try {
    // In the schema that it had: later tables may lack columns of earlier ones.
    migrate(target, versionOf(damaged));
    const tables = salvage(damaged, target);
    migrate(target);
    const complete = tables
      .filter(({ table }) => ['series', 'edit', 'edit_slice'].includes(table))
      .every((table) => table.complete && table.lost === 0);
    const salvaged = { damage, damagedFile: join(folder, asideName(time)), tables };
    const repairs = repair(target, complete);
    const recovery: Recovery = { ...salvaged, ...repairs, message: inWords(salvaged, repairs) };
    auditLog(target, by).append(RECOVERY, null, recovery as unknown as JsonObject);
    settle(target);
  } finally {
    target.close();
    closeQuietly(damaged);
  }
  flushFile(unfinished);
  renameDurably(unfinished, join(folder, `workspace.recovered-${time}.sqlite`));
  finishRecovery(folder);
}

/** Puts a recovered file in its place, the damaged one aside. @returns whether there was one. */
export function finishRecovery(folder: string): boolean {
  const name = readdirSync(folder).find((file) => RECOVERED.test(file));
  if (name !== undefined) {
    const aside = asideName(RECOVERED.exec(name)![1]!);
    // The log first: SQLite would replay a log into whatever file lies beside it.
    for (const suffix of ['-wal', '']) {
      const from = join(folder, DATABASE + suffix);
      if (existsSync(from)) renameSync(from, join(folder, aside + suffix));
    }
    flushFolder(folder);
    renameDurably(join(folder, name), join(folder, DATABASE));
  }
  clearLeftovers(folder);
  return name !== undefined;
}

/** The last recovery that the audit log records. */
export function lastRecovery(audit: AuditLog): Recovery | undefined {
  const entry = audit.list(100).find(({ what }) => what === RECOVERY);
  return entry?.provenance as unknown as Recovery | undefined;
}

const asideName = (time: string): string => `workspace.damaged-${time}.sqlite`;

function clearLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(READING) || name.startsWith(UNFINISHED)) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/**
 * The first 24 bytes of a database file are the same in all of ours: magic, 4096-byte pages, log
 * journal, no reserved bytes, fixed payload fractions (SQLite file format, 1.3).
 */
function writeHeader(path: string): void {
  const header = Buffer.from('SQLite format 3\0\x10\0\x02\x02\0\x40\x20\x20', 'latin1');
  const file = openSync(path, 'r+');
  try {
    writeSync(file, header, 0, header.length, 0);
    // UTF-8, and the schema format of tables that are created today.
    writeSync(file, Buffer.from([0, 0, 0, 4]), 0, 4, 44);
    writeSync(file, Buffer.from([0, 0, 0, 1]), 0, 4, 56);
  } finally {
    closeSync(file);
  }
}

function versionOf(damaged: Db): number {
  try {
    return Math.min(plausibleVersion(damaged) ?? SCHEMA_VERSION, SCHEMA_VERSION);
  } catch {
    return SCHEMA_VERSION;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  series: 'series',
  label: 'labels',
  slice: 'painted slices',
  review: 'review states',
  edit: 'edits that can be undone',
  audit: 'entries of the audit log',
};

function inWords(
  { damage, damagedFile, tables }: Pick<Recovery, 'damage' | 'damagedFile' | 'tables'>,
  { rebuilt, lost, editsDropped, labelsMadeUp }: Repairs,
): string {
  const counts = tables
    .filter(({ table }) => WORDS[table] !== undefined)
    .map(({ table, rows, lost: gone, complete }) => {
      const missing = !complete ? 'perhaps not all' : gone > 0 ? `${gone} lost` : '';
      return `${rows} ${WORDS[table]}${missing === '' ? '' : ` (${missing})`}`;
    });
  const slices = (names: Repairs['lost']): string =>
    names.map(({ stack, index }) => `${index} of ${stack}`).join(', ');
  return [
    `The workspace file was damaged (${damage}). Recovered: ${counts.join(', ')}.`,
    rebuilt.length > 0 && `Made again from the journal: slices ${slices(rebuilt)}.`,
    lost.length > 0 && `The labels of these slices are lost: ${slices(lost)}.`,
    editsDropped > 0 && `${editsDropped} edits can no longer be undone or redone.`,
    labelsMadeUp > 0 && `${labelsMadeUp} labels lost their names.`,
    `The damaged file is kept as ${damagedFile}.`,
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}
