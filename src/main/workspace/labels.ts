import { MarginaliaError } from '../../shared/errors.ts';
import { stepNames } from '../../shared/step-names.ts';
import type { AuditLog } from './audit.ts';
import type { Db } from './database.ts';
import { recordEdit } from './journal.ts';
import { once } from './once.ts';
import { seriesOf, type SeriesRow } from './series.ts';
import { readSlice } from './slices.ts';
import { storedJson } from './stored-json.ts';
import type { AppliedEdit, JsonObject, Label } from './types.ts';

/** What the labels of a stack mean. */
export interface LabelStore {
  /** By value. */
  readonly list: (stack: string) => Label[];
  /** Colours of the labels, and of removed ones that can be brought back. */
  readonly colours: (stack: string) => string[];
  /**
   * Creates a label with the lowest free value.
   * @throws MarginaliaError `too-many-labels` where 255 exist.
   */
  readonly create: (stack: string, label: Omit<Label, 'id' | 'value'>) => Label;
  /** @throws MarginaliaError `unknown-label`. */
  readonly change: (
    stack: string,
    id: string,
    change: Partial<Omit<Label, 'id' | 'value'>>,
  ) => Label;
  /**
   * Removes a label and its voxels, as one edit: undo brings both back.
   * @param step id of the step, which is done once however often it is sent.
   * @returns undefined where it was done already.
   * @throws MarginaliaError `unknown-label`, `label-locked`.
   */
  readonly remove: (stack: string, id: string, step?: string) => AppliedEdit | undefined;
}

interface LabelRow {
  readonly id: number;
  readonly value: number;
  readonly name: string;
  readonly colour: string;
  readonly prompt: string;
  readonly visible: number;
  readonly locked: number;
  readonly term: string | null;
}

const LABELS =
  'SELECT id, value, name, colour, prompt, visible, locked, term FROM label WHERE series = ? AND removed = 0';

/** Of a label: that the journal has its removal, so that undo brings it back. */
const REMOVED_BY_AN_EDIT = '(id IN (SELECT removes FROM edit WHERE removes IS NOT NULL))';

export function labelStore(db: Db, audit: AuditLog, journalBytes: number): LabelStore {
  const list: LabelStore['list'] = (stack) =>
    db.all<LabelRow>(`${LABELS} ORDER BY value`, seriesOf(db, stack).id).map(toLabel);

  const colours: LabelStore['colours'] = (stack) =>
    db
      .all<{ colour: string }>(
        `SELECT colour FROM label WHERE series = ? AND (removed = 0 OR ${REMOVED_BY_AN_EDIT})`,
        seriesOf(db, stack).id,
      )
      .map(({ colour }) => colour);

  const create: LabelStore['create'] = (stack, label) =>
    db.transaction(() => {
      const series = seriesOf(db, stack);
      const value = freeValue(db, series);
      const { id } = db.run(
        `INSERT INTO label (series, value, name, colour, prompt, visible, locked, term)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        series.id,
        value,
        ...columnsOf(label),
      );
      const created = { ...label, id: String(id), value };
      audit.append('label created', stack, asJson(created));
      return created;
    });

  const change: LabelStore['change'] = (stack, id, changes) =>
    db.transaction(() => {
      const changed = { ...labelOf(db, seriesOf(db, stack), id), ...changes };
      db.run(
        `UPDATE label SET name = ?, colour = ?, prompt = ?, visible = ?, locked = ?, term = ?
         WHERE id = ?`,
        ...columnsOf(changed),
        Number(id),
      );
      // Hiding and showing a label is not audited: it changes nothing of what the label means.
      const { visible: _visible, ...meaning } = changes;
      if (Object.keys(meaning).length > 0) {
        audit.append('label changed', stack, asJson({ id, value: changed.value, ...meaning }));
      }
      return changed;
    });

  const remove: LabelStore['remove'] = (stack, id, step) =>
    once(db, step, () => {
      const series = seriesOf(db, stack);
      const label = labelOf(db, series, id);
      if (label.locked) {
        throw new MarginaliaError(
          'label-locked',
          `The label ${label.name} is locked and was not removed.`,
          'Unlock it, then try again.',
        );
      }
      const slices = painted(db, series).flatMap((index) => {
        const labels = readSlice(db, series, index);
        if (!labels.includes(label.value)) return [];
        return [{ index, labels: labels.map((value) => (value === label.value ? 0 : value)) }];
      });
      const edit = { name: stepNames.remove(label.name), actor: 'human', slices } as const;
      const applied = recordEdit(db, audit, journalBytes, series, edit, Number(id))!;
      db.run('UPDATE label SET removed = 1 WHERE id = ?', Number(id));
      return applied;
    });

  return { list, colours, create, change, remove };
}

const painted = (db: Db, { id }: SeriesRow): number[] =>
  db
    .all<{ position: number }>('SELECT position FROM slice WHERE series = ? ORDER BY position', id)
    .map(({ position }) => position);

function labelOf(db: Db, series: SeriesRow, id: string): Label {
  const row = db.get<LabelRow>(`${LABELS} AND id = ?`, series.id, Number(id));
  if (row !== undefined) return toLabel(row);
  throw new MarginaliaError('unknown-label', `The series ${series.stack} has no label ${id}.`);
}

function freeValue(db: Db, { id, stack }: SeriesRow): number {
  // Nothing in the journal refers to labels whose removal has left it: older edits left before.
  db.run(`DELETE FROM label WHERE series = ? AND removed = 1 AND NOT ${REMOVED_BY_AN_EDIT}`, id);
  const taken = new Set(
    db
      .all<{ value: number }>('SELECT value FROM label WHERE series = ?', id)
      .map(({ value }) => value),
  );
  for (let value = 1; value <= 255; value++) if (!taken.has(value)) return value;
  throw new MarginaliaError(
    'too-many-labels',
    `The series ${stack} has 255 labels, removed ones that can be brought back included; there is no room for more.`,
  );
}

const columnsOf = (label: Omit<Label, 'id' | 'value'>) =>
  [
    label.name,
    label.colour,
    label.prompt,
    label.visible ? 1 : 0,
    label.locked ? 1 : 0,
    label.term === null ? null : JSON.stringify(label.term),
  ] as const;

const toLabel = (row: LabelRow): Label => ({
  ...row,
  id: String(row.id),
  visible: row.visible === 1,
  locked: row.locked === 1,
  term: row.term === null ? null : storedJson<Label['term']>(row.term, null),
});

const asJson = (value: object): JsonObject => value as JsonObject;
