import type { Db } from './database.ts';
import { storedJson } from './stored-json.ts';
import type { JsonObject } from './types.ts';

export interface AuditEntry {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly made: string;
  readonly what: string;
  readonly by: string;
  /** The stack that it is about, or null. */
  readonly stack: string | null;
  /** Where it is damaged: `unreadable`, with the text as it is. */
  readonly provenance: JsonObject;
}

/** A permanent record: entries are added, never changed or removed. */
export interface AuditLog {
  readonly append: (what: string, stack: string | null, provenance: JsonObject) => void;
  /** The newest first. @param before an entry's id: only what came before it. */
  readonly list: (limit: number, before?: number) => AuditEntry[];
}

/** @param by the user's name. */
export function auditLog(db: Db, by: string): AuditLog {
  return {
    append(what, stack, provenance) {
      db.run(
        'INSERT INTO audit (made, what, by, stack, provenance) VALUES (?, ?, ?, ?, ?)',
        new Date().toISOString(),
        what,
        by,
        stack,
        JSON.stringify(provenance),
      );
    },
    list: (limit, before = Number.MAX_SAFE_INTEGER) =>
      db
        .all<Omit<AuditEntry, 'provenance'> & { provenance: string }>(
          'SELECT id, made, what, by, stack, provenance FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?',
          before,
          limit,
        )
        .map((row) => ({
          ...row,
          provenance: storedJson<JsonObject>(row.provenance, { unreadable: row.provenance }),
        })),
  };
}
