import type { Edit, EditRules, LabelVolume, Plane } from '../shared/edit/index.ts';
import { MarginaliaError } from '../shared/errors.ts';
import { useAnnotation, type Label } from './stores/annotation-store.ts';
import { useNotices } from './stores/notices-store.ts';
import { useView } from './stores/view-store.ts';
import { toolOf } from './toolbar.ts';
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

/** Applies what the tool in hand has done. @returns once it is durable. */
export const applyToolEdit = (edit: Edit): Promise<void> =>
  useAnnotation().apply(edit, toolOf(useView().tool).takesSuggestion ? 'model' : 'human');

export type MakeEdit = (volume: LabelVolume, rules: EditRules, name: string, plane: Plane) => Edit;

/** The slice that is worked on: of the view that has the focus, else of the large one. */
const currentPlane = (): Plane => currentViewport()?.cut ?? { axis: 2, index: useView().slice };

/**
 * Changes the chosen label in one named step; a refusal is shown.
 * @param where "slice", or how far the edit goes.
 */
export function editChosenLabel(title: string, where: string, make: MakeEdit): void {
  const { map, active, apply, withoutStroke } = useAnnotation();
  if (!map || !active) return;
  const name = `${title} “${active.name}”`;
  try {
    const rules = editRules(active);
    withoutStroke(() => {
      const edit = make(map, rules, name, currentPlane());
      if (edit.starts.length > 0) void apply(edit, 'human');
      else
        useNotices().add({
          level: 'info',
          message: `${name}: nothing to change in this ${where}.`,
        });
    });
  } catch (error) {
    useNotices().fail(error);
  }
}
