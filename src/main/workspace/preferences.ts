import type { AuditLog } from './audit.ts';
import type { Db } from './database.ts';
import { storedJson } from './stored-json.ts';
import type { Json, JsonObject } from './types.ts';

/** Which learned adapters are in use, for each bundle. */
export interface AdapterPointer {
  /** @param bundle its sha256. @returns null for the adapters of the bundle. */
  readonly current: (bundle: string) => string | null;
  readonly use: (bundle: string, version: string | null) => void;
}

export interface SettingStore {
  /** Only what the user has changed, by name; the caller has the defaults. */
  readonly read: () => Record<string, Json>;
  readonly change: (settings: JsonObject) => void;
}

export interface Recent {
  readonly paths: readonly string[];
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly opened: string;
}

export interface RecentStore {
  /** The newest first. */
  readonly list: () => Recent[];
  readonly add: (paths: readonly string[], title: string) => void;
  readonly forget: (paths: readonly string[]) => void;
}

const MOST_RECENTS = 30;

export function adapterPointer(db: Db, audit: AuditLog): AdapterPointer {
  return {
    current: (bundle) =>
      db.get<{ version: string }>('SELECT version FROM adapters WHERE bundle = ?', bundle)
        ?.version ?? null,
    use(bundle, version) {
      db.transaction(() => {
        db.run('DELETE FROM adapters WHERE bundle = ?', bundle);
        if (version !== null) {
          db.run('INSERT INTO adapters (bundle, version) VALUES (?, ?)', bundle, version);
        }
        audit.append('adapters chosen', null, { bundle, version });
      });
    },
  };
}

export function settingStore(db: Db): SettingStore {
  return {
    read: () =>
      Object.fromEntries(
        db
          .all<{ name: string; value: string }>('SELECT name, value FROM setting')
          .flatMap(({ name, value }) => {
            const setting = storedJson<Json | undefined>(value, undefined);
            return setting === undefined ? [] : [[name, setting] as const];
          }),
      ),
    change(settings) {
      db.transaction(() => {
        for (const [name, value] of Object.entries(settings)) {
          if (value === undefined) continue;
          db.run(
            `INSERT INTO setting (name, value) VALUES (?, ?)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
            name,
            JSON.stringify(value),
          );
        }
      });
    },
  };
}

export function recentStore(db: Db): RecentStore {
  const forget = (paths: readonly string[]): void => {
    db.run('DELETE FROM recent WHERE paths = ?', JSON.stringify(paths));
  };
  return {
    list: () =>
      db
        .all<{ paths: string; title: string; opened: string }>(
          'SELECT paths, title, opened FROM recent ORDER BY id DESC',
        )
        .map((row) => ({ ...row, paths: storedJson<string[]>(row.paths, []) }))
        .filter(({ paths }) => paths.length > 0),
    add(paths, title) {
      db.transaction(() => {
        forget(paths);
        db.run(
          'INSERT INTO recent (paths, title, opened) VALUES (?, ?, ?)',
          JSON.stringify(paths),
          title,
          new Date().toISOString(),
        );
        db.run(
          'DELETE FROM recent WHERE id NOT IN (SELECT id FROM recent ORDER BY id DESC LIMIT ?)',
          MOST_RECENTS,
        );
      });
    },
    forget,
  };
}
