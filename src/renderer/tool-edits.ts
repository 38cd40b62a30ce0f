import {
  acceptSuggestion,
  applyEdit,
  invertEdit,
  isEmpty,
  joinEdits,
  planeBox,
  wholeBox,
  type Box,
  type Edit,
  type EditRules,
  type LabelVolume,
  type Plane,
  type Region,
} from '../shared/edit/index.ts';
import { MarginaliaError } from '../shared/errors.ts';
import { readRuns } from '../shared/labelmap/label-runs.ts';
import {
  drawnPixels,
  drawnSuggestion,
  endOfStroke,
  suggestedOn,
  takeInTheAir,
  takenSlices,
} from './shown-suggestions.ts';
import { useAnnotation, type Label, type ReviewChange } from './stores/annotation-store.ts';
import { useBlink } from './stores/blink-store.ts';
import { useNotices } from './stores/notices-store.ts';
import { useView } from './stores/view-store.ts';
import { toolOf } from './toolbar.ts';
import type { Act, StrokePreparation } from './viewer/index.ts';
import { currentViewport } from './viewports.ts';

/** What tools of the pointer and commands do to labels; every such edit goes through here. */

/**
 * What may become of voxels where a label is painted.
 * @throws MarginaliaError `label-locked`
 */
export function editRules({ name, value }: Label): EditRules {
  const { locked } = useAnnotation();
  if (locked.has(value)) {
    throw new MarginaliaError(
      'label-locked',
      `“${name}” is locked.`,
      'Unlock it in the list of labels, or choose another one.',
    );
  }
  return { value, locked, overwrite: useView().brush.overwrite };
}

/** Where the suggestion of a label is drawn on a slice, as a mask; undefined where it is not drawn. */
function drawnMask(label: Label, slice: number): Uint8Array | undefined {
  const drawn = isDrawnOn(label, slice) ? drawnPixels(slice) : null;
  return drawn?.map((value) => (value === label.value ? 1 : 0));
}

/** Makes what is suggested of a label on a slice its voxels, as accepting it there would. */
const take = (volume: LabelVolume, label: Label, index: number, mask: Uint8Array): Edit =>
  acceptSuggestion(
    volume,
    { axis: 2, index },
    mask,
    { ...editRules(label), overwrite: 'empty' },
    TAKING,
  );
const TAKING = 'Take the suggestion';

/** The same on several slices; undefined where it is drawn on none of them. */
function takeAll(volume: LabelVolume, label: Label, slices: readonly number[]): Edit | undefined {
  const edits = slices.flatMap((slice) => {
    const mask = drawnMask(label, slice);
    return mask ? [take(volume, label, slice, mask)] : [];
  });
  return edits.length > 0 ? joinEdits(TAKING, edits) : undefined;
}

const isDrawnOn = (label: Label, slice: number): boolean =>
  suggestedOn(slice).some(({ id }) => id === label.id);

/** Slices that a box goes through, in which the suggestion of a label is drawn. */
const slicesUnder = ({ from, size }: Box, label: Label): number[] =>
  Array.from({ length: size[2] }, (_, n) => from[2] + n).filter((k) => isDrawnOn(label, k));

/** Whether a region covers a pixel in which a label is suggested on a slice. */
function meetsSuggestion(
  region: Region,
  volume: LabelVolume,
  label: Label,
  slice: number,
): boolean {
  const drawn = drawnSuggestion(slice);
  if (!drawn) return false;
  const [width, height] = region.size;
  const layer = (slice - region.from[2]) * width * height;
  const row = new Uint8Array(width);
  for (let v = 0; v < height; v++) {
    readRuns(drawn, region.from[0] + volume.size[0] * (region.from[1] + v), 1, row);
    const from = layer + width * v;
    if (row.some((value, u) => value === label.value && region.mask[from + u] !== 0)) return true;
  }
  return false;
}

/**
 * For strokes: before one touches a slice where the chosen label is suggested, the suggestion becomes
 * the label there. Taking away does so only where there is something of it under the brush.
 */
export function takingStroke(): StrokePreparation {
  endOfStroke();
  return {
    pieces(region, labels, erase) {
      const { active } = useAnnotation();
      if (!active) return [];
      // A locked label is refused before anything is taken.
      editRules(active);
      return slicesUnder(region, active)
        .filter((slice) => !erase || meetsSuggestion(region, labels, active, slice))
        .map((slice) => {
          // Of this moment: made again of the same where others change the labels below the stroke.
          const mask = drawnMask(active, slice);
          takeInTheAir(active.id, slice);
          return () => mask && take(labels, active, slice, mask);
        });
    },
    end(isKept) {
      const slices = takenSlices();
      const { activeId, decide } = useAnnotation();
      // Nothing is left of what was taken: that is what was decided.
      if (isKept && slices.length > 0) void decide(begun(slices, activeId));
      endOfStroke();
    },
  };
}

/** The same for tools that act once: the suggestion under the region, and what the tool does, as one. */
export const onSuggestion =
  (act: Act): Act =>
  (region, where) => {
    const { active } = useAnnotation();
    const { labels } = where.scene;
    endOfStroke();
    if (!active || !labels) return act(region, where);
    const slices = slicesUnder(region, active);
    return withTaken(labels, active, slices, () => act(region, where));
  };

/** Does something to labels of which the suggestion on slices is part; nothing where that does nothing. */
function withTaken(
  labels: LabelVolume,
  label: Label,
  slices: readonly number[],
  make: () => Edit | undefined,
): Edit | undefined {
  const taken = slices.length > 0 ? takeAll(labels, label, slices) : undefined;
  if (!taken) return make();
  applyEdit(labels, taken);
  let edit: Edit | undefined;
  try {
    edit = make();
  } finally {
    applyEdit(labels, invertEdit(taken));
  }
  if (!edit || isEmpty(edit)) return undefined;
  for (const slice of slices) takeInTheAir(label.id, slice);
  return joinEdits(edit.name, [taken, edit]);
}

/**
 * States of slices whose suggestion of the chosen label a tool has taken: begun to be corrected, or
 * corrected where something was decided on them already.
 */
function begun(slices: readonly number[], label: string): ReviewChange {
  const { review, covered, unseen } = useAnnotation();
  return slices.map((index) => {
    const state = review[index] ?? 'unseen';
    const isOpen = state === 'unseen' || state === 'started';
    return {
      index,
      state: isOpen ? ('started' as const) : ('corrected' as const),
      labels: [...new Set([...(covered[index] ?? []), label])],
      unseen: [...(unseen[index] ?? [])],
    };
  });
}

/** Applies what the tool in hand has done. @returns once it is durable. */
export function applyToolEdit(edit: Edit): Promise<void> {
  const { activeId, apply } = useAnnotation();
  const isAccepting = toolOf(useView().tool).takesSuggestion;
  const done = apply(edit, isAccepting ? 'model' : 'human', begun(takenSlices(), activeId));
  endOfStroke();
  return done;
}

export type MakeEdit = (volume: LabelVolume, rules: EditRules, name: string, plane: Plane) => Edit;

/** The slice that is worked on: of the view that has the focus, else of the large one. */
const currentPlane = (): Plane => currentViewport()?.cut ?? { axis: 2, index: useView().slice };

/**
 * Changes the chosen label in one named step; a refusal is shown. What is suggested of it where the edit
 * goes becomes part of it first.
 * @param where how far the edit goes.
 */
export function editChosenLabel(title: string, where: 'slice' | 'volume', make: MakeEdit): void {
  useBlink().end();
  const { map, active, apply, withoutStroke } = useAnnotation();
  if (!map || !active) return;
  const name = `${title} “${active.name}”`;
  try {
    const rules = editRules(active);
    withoutStroke(() => {
      const plane = currentPlane();
      const under = slicesUnder(where === 'slice' ? planeBox(map, plane) : wholeBox(map), active);
      endOfStroke();
      const edit = withTaken(map, active, under, () => make(map, rules, name, plane));
      if (edit && (edit.starts.length > 0 || takenSlices().length > 0)) {
        void apply(edit, 'human', begun(takenSlices(), active.id));
        endOfStroke();
      } else
        useNotices().add({
          level: 'info',
          message: `${name}: nothing to change in this ${where}.`,
        });
    });
  } catch (error) {
    useNotices().fail(error);
  }
}
