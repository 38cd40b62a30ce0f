import {
  applyEdit,
  invertEdit,
  isEmpty,
  joinEdits,
  touchedBox,
  type Box,
  type Edit,
  type LabelVolume,
} from '../../../shared/edit/index.ts';

/**
 * A change of labels in the making: its pieces are seen as they come, and are one edit in the end.
 * The labels belong to somebody else, who may refuse the edit: in the end they are as they were.
 */
export interface EditSession {
  readonly labels: LabelVolume;
  /** Applies a piece and shows it. */
  add(piece: Edit): void;
  /** Takes the pieces back. @returns all of them as one, undefined where nothing changed. */
  finish(): Edit | undefined;
  /** Takes the pieces back, and shows it. */
  cancel(): void;
}

/** @param show shows the labels of a box as they are. */
export function startEdit(labels: LabelVolume, show: (box: Box) => void): EditSession {
  let pieces: Edit[] = [];
  const showEdit = (edit: Edit): void => {
    const box = touchedBox(edit, labels.size);
    if (box) show(box);
  };
  function finish(): Edit | undefined {
    if (pieces.length === 0) return undefined;
    const edit = joinEdits(pieces[0]!.name, pieces);
    pieces = [];
    applyEdit(labels, invertEdit(edit));
    return isEmpty(edit) ? undefined : edit;
  }
  return {
    labels,
    add(piece) {
      if (isEmpty(piece)) return;
      applyEdit(labels, piece);
      pieces.push(piece);
      showEdit(piece);
    },
    finish,
    cancel() {
      const edit = finish();
      if (edit) showEdit(edit);
    },
  };
}
