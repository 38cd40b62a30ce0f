import type { Db } from './database.ts';
import { seriesOf } from './series.ts';
import { requireSlice } from './slices.ts';

/** What a slice is used for when adapters are learned. */
export interface SliceRole {
  readonly index: number;
  /** Learned from, or held back to judge versions by. */
  readonly role: 'training' | 'validation';
  /** Whether a label was in it when the role was assigned. */
  readonly shows: boolean;
}

/** Roles of slices in learning. A later change of the decision about a slice does not change its role. */
export interface SliceRoleStore {
  /** In the order in which they were assigned first. */
  readonly list: (stack: string) => SliceRole[];
  /**
   * All or none. A slice that has a role already keeps its place in the order.
   * @throws MarginaliaError `unknown-stack`, `no-such-slice`.
   */
  readonly put: (stack: string, roles: readonly SliceRole[]) => void;
}

export function sliceRoleStore(db: Db): SliceRoleStore {
  return {
    list: (stack) =>
      db
        .all<{ position: number; role: SliceRole['role']; shows: number }>(
          'SELECT position, role, shows FROM slice_role WHERE series = ? ORDER BY id',
          seriesOf(db, stack).id,
        )
        .map(({ position, role, shows }) => ({ index: position, role, shows: shows === 1 })),
    put(stack, roles) {
      db.transaction(() => {
        const series = seriesOf(db, stack);
        for (const { index, role, shows } of roles) {
          requireSlice(series, index);
          db.run(
            `INSERT INTO slice_role (series, position, role, shows) VALUES (?, ?, ?, ?)
             ON CONFLICT (series, position) DO UPDATE SET role = excluded.role, shows = excluded.shows`,
            series.id,
            index,
            role,
            shows ? 1 : 0,
          );
        }
      });
    },
  };
}
