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

/** Makes a piece of a stroke of the labels as they are at that moment. */
export type MakePiece = () => Edit | undefined;

/**
 * A change of labels in the making: its pieces are seen as they come, and are one edit in the end.
 * The labels belong to somebody else, who may refuse the edit: in the end they are as they were.
 */
export interface EditSession {
  /** Of this moment: they may become others on the way. */
  readonly labels: LabelVolume;
  /** Applies a piece and shows it; made again where the labels below it change. */
  add(make: MakePiece): void;
  /** Takes the pieces back. @returns all of them as one, undefined where nothing changed. */
  finish(): Edit | undefined;
  /** Takes the pieces back, and shows it. */
  cancel(): void;
}

/** One stroke at a time over labels that others may change below it. */
export interface Editing {
  start(): EditSession | undefined;
  /**
   * Does something with the labels as if no stroke were in the air: its pieces are taken off before,
   * and made again of what is there afterwards. Where they cannot be, that is told.
   */
  withoutStroke<T>(work: () => T): T;
}

/**
 * @param labelsNow null where there are none.
 * @param show shows the labels of a box as they are.
 * @param onLost told why a stroke could not be made again; what could is on the labels.
 */
export function createEditing(
  labelsNow: () => LabelVolume | null,
  show: (box: Box) => void,
  onLost: (error: unknown) => void,
): Editing {
  interface Stroke {
    readonly makes: MakePiece[];
    pieces: Edit[];
  }
  let inTheAir: Stroke | null = null;

  function apply(labels: LabelVolume, edit: Edit): void {
    applyEdit(labels, edit);
    const box = touchedBox(edit, labels.size);
    if (box) show(box);
  }

  function lay(stroke: Stroke, make: MakePiece): void {
    const labels = labelsNow();
    const piece = labels && make();
    if (!piece || isEmpty(piece)) return;
    apply(labels, piece);
    stroke.pieces.push(piece);
  }

  /** @returns what the pieces did together. */
  function lift(stroke: Stroke): Edit | undefined {
    const labels = labelsNow();
    const { pieces } = stroke;
    stroke.pieces = [];
    if (!labels || pieces.length === 0) return undefined;
    // Named by what the tool did, not by what was made ready for it.
    const edit = joinEdits(pieces.at(-1)!.name, pieces);
    apply(labels, invertEdit(edit));
    return isEmpty(edit) ? undefined : edit;
  }

  return {
    start() {
      if (!labelsNow()) return undefined;
      const stroke: Stroke = { makes: [], pieces: [] };
      const finish = (): Edit | undefined => {
        if (inTheAir === stroke) inTheAir = null;
        return lift(stroke);
      };
      return {
        get labels() {
          return labelsNow()!;
        },
        add(make) {
          // A second hand, in another view, does not paint into the stroke of the first.
          if (inTheAir && inTheAir !== stroke) return;
          lay(stroke, make);
          stroke.makes.push(make);
          inTheAir = stroke;
        },
        finish,
        cancel: () => void finish(),
      };
    },
    withoutStroke(work) {
      const stroke = inTheAir;
      if (!stroke) return work();
      lift(stroke);
      inTheAir = null;
      try {
        return work();
      } finally {
        inTheAir = stroke;
        try {
          for (const make of stroke.makes) lay(stroke, make);
        } catch (error) {
          onLost(error);
        }
      }
    },
  };
}
