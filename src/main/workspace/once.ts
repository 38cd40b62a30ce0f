import type { Db } from './database.ts';

/** Step ids that are stored. A page has one step under way, and sends only that one again. */
const REMEMBERED = 1000;

/**
 * Does a step in one transaction, unless it was done already: a page that got no answer, because the
 * host or its connection broke, asks again with the same id.
 * @param name the id; undefined for a step that is never sent again.
 * @returns undefined where the step was done already.
 */
export function once<T>(db: Db, name: string | undefined, work: () => T): T | undefined {
  return db.transaction(() => {
    if (name !== undefined) {
      if (db.get('SELECT id FROM step WHERE name = ?', name) !== undefined) return undefined;
      const { id } = db.run('INSERT INTO step (name) VALUES (?)', name);
      db.run('DELETE FROM step WHERE id <= ?', id - REMEMBERED);
    }
    return work();
  });
}
