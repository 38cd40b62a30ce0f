import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import { auditLog, type AuditLog } from './audit.ts';
import { damageOf, plausibleVersion } from './check.ts';
import { closeQuietly, openDatabase, settle, type Db } from './database.ts';
import {
  BACKUPS,
  DATABASE,
  defaultWorkspaceFolder,
  flushFile,
  LOCK,
  renameDurably,
  timeForNames,
} from './files.ts';
import { journal, type Journal } from './journal.ts';
import { labelStore, type LabelStore } from './labels.ts';
import { takeLock, type Lock } from './lock.ts';
import { backUp, migrate, refuseNewer, schemaVersion } from './migrations.ts';
import {
  adapterPointer,
  recentStore,
  settingStore,
  type AdapterPointer,
  type RecentStore,
  type SettingStore,
} from './preferences.ts';
import { finishRecovery, lastRecovery, recover, type Recovery } from './recover.ts';
import { stackRevisions } from './revisions.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { seriesStore, type SeriesStore } from './series.ts';
import { sliceRoleStore, type SliceRoleStore } from './slice-roles.ts';
import { sliceStore, type SliceStore } from './slices.ts';
import { suggestionCache, type SuggestionCache } from './suggestions.ts';

/**
 * The durable store of everything that is painted and decided. All calls are synchronous; what a
 * call changed is on the disk when it returns. No other process can open it until it is closed.
 */
export interface Workspace {
  readonly folder: string;
  /** What was recovered on opening, where the file was damaged. */
  readonly recovery: Recovery | undefined;
  /** The copy of the file from before its schema was migrated. */
  readonly backup: string | undefined;
  readonly series: SeriesStore;
  readonly labels: LabelStore;
  readonly slices: SliceStore;
  readonly sliceRoles: SliceRoleStore;
  readonly journal: Journal;
  readonly suggestions: SuggestionCache;
  readonly adapters: AdapterPointer;
  readonly settings: SettingStore;
  readonly recents: RecentStore;
  readonly audit: AuditLog;
  /**
   * A number that changes with the labels and decisions of the stack: what is derived from them can be
   * cached under it.
   */
  readonly revision: (stack: string) => number;
  /** The same for suggestions that are stored or cleared. */
  readonly suggestionRevision: (stack: string) => number;
  readonly close: () => void;
}

export interface WorkspaceOptions {
  /** The user's name for the audit log; default: the name of the account. */
  readonly user?: string;
  /** Most bytes of patches for undo and redo, all series together. */
  readonly journalBytes?: number;
  /** Most bytes of stored suggestions. */
  readonly suggestionBytes?: number;
}

const NEW = 'workspace.new.sqlite';

/**
 * Opens a workspace, or creates one. A damaged file is recovered (see `recovery`); an older schema is
 * migrated, after the file was copied.
 * @throws MarginaliaError `workspace-in-use`, `workspace-newer`, `workspace-not-writable`.
 */
export function openWorkspace(
  folder = defaultWorkspaceFolder(),
  options: WorkspaceOptions = {},
): Workspace {
  const place = resolve(folder);
  try {
    mkdirSync(join(place, BACKUPS), { recursive: true });
    const lock = takeLock(join(place, LOCK));
    try {
      return openLocked(place, lock, options);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw explain(error, place);
  }
}

function openLocked(place: string, lock: Lock, options: WorkspaceOptions): Workspace {
  const user = options.user ?? accountName();
  const { db, backup, recovered } = openChecked(place, user);
  const audit = auditLog(db, user);
  const journalBytes = options.journalBytes ?? 256 * 2 ** 20;
  const labels = labelStore(db, audit, journalBytes);
  const edits = journal(db, audit, journalBytes);
  const suggestions = suggestionCache(db, options.suggestionBytes ?? 256 * 2 ** 20);
  const [revisions, suggested] = [stackRevisions(), stackRevisions()];
  return {
    folder: place,
    recovery: recovered ? lastRecovery(audit) : undefined,
    backup,
    series: seriesStore(db),
    labels: {
      ...labels,
      create: revisions.counting(labels.create),
      change: revisions.counting(labels.change),
      remove: revisions.counting(labels.remove),
    },
    slices: sliceStore(db),
    sliceRoles: sliceRoleStore(db),
    journal: {
      ...edits,
      record: revisions.counting(edits.record),
      settle: revisions.counting(edits.settle),
      undo: revisions.counting(edits.undo),
      redo: revisions.counting(edits.redo),
    },
    suggestions: {
      ...suggestions,
      put: suggested.counting(suggestions.put),
      clear: suggested.counting(suggestions.clear),
    },
    adapters: adapterPointer(db, audit),
    settings: settingStore(db),
    recents: recentStore(db),
    audit,
    revision: revisions.of,
    suggestionRevision: suggested.of,
    close: () => {
      try {
        db.close();
      } finally {
        lock.release();
      }
    },
  };
}

function openChecked(
  folder: string,
  user: string,
): { readonly db: Db; readonly backup: string | undefined; readonly recovered: boolean } {
  const finished = finishRecovery(folder);
  if (!existsSync(join(folder, DATABASE))) create(folder);
  const damage = inspect(folder);
  if (damage !== undefined) recover(folder, damage, user);
  const db = openDatabase(join(folder, DATABASE));
  try {
    const backup = schemaVersion(db) < SCHEMA_VERSION ? backUp(db, folder) : undefined;
    migrate(db);
    return { db, backup, recovered: finished || damage !== undefined };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** @returns what is damaged. */
function inspect(folder: string): string | undefined {
  const path = join(folder, DATABASE);
  accessSync(path, constants.R_OK | constants.W_OK);
  let db: Db | undefined;
  try {
    db = openDatabase(path);
    const version = plausibleVersion(db);
    if (version === undefined) return 'it has no schema of a workspace';
    refuseNewer(version, folder);
    return damageOf(db);
  } catch (error) {
    // Any other error of SQLite about a file that may be read and written.
    if (error instanceof MarginaliaError && error.cause instanceof Error)
      return error.cause.message;
    throw error;
  } finally {
    closeQuietly(db);
  }
}

/** A new file appears whole or not at all. */
function create(folder: string): void {
  const path = join(folder, NEW);
  for (const suffix of ['', '-wal', '-journal']) rmSync(path + suffix, { force: true });
  // A log whose file is gone belongs to no other file.
  const log = join(folder, `${DATABASE}-wal`);
  if (existsSync(log))
    renameSync(log, join(folder, `workspace.damaged-${timeForNames()}.sqlite-wal`));
  const db = openDatabase(path);
  try {
    migrate(db);
    settle(db);
  } finally {
    db.close();
  }
  flushFile(path);
  renameDurably(path, join(folder, DATABASE));
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // Accounts without an entry, as in some containers.
    return '';
  }
}

/** What a file system says about a folder, in the user's words. */
function explain(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof MarginaliaError || code === undefined) return error;
  return new MarginaliaError(
    'workspace-not-writable',
    `The workspace ${folder} cannot be opened (${message}).`,
    'See that the disk has room and that you may write to the folder, or use another workspace folder.',
    { cause: error },
  );
}
