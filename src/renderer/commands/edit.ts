import {
  clearSlice, copySlice, fillHoles, removeIslands, smooth, type Edit, type EditRules, type Extent,
  type LabelVolume,
} from '../../shared/edit/index.ts'; // prettier-ignore
import { MarginaliaError } from '../../shared/errors.ts';
import { useAnnotation } from '../stores/annotation.ts';
import { useNotices } from '../stores/notices.ts';
import { useView } from '../stores/view.ts';
import type { Command } from './types.ts';

type Change = (volume: LabelVolume, rules: EditRules, name: string, slice: number) => Edit;

/** mm: takes away single voxels and fills nicks, and leaves shapes as they are. */
const SMOOTHING = 2;

const hasLabel = (): boolean => useAnnotation().active !== null;

/** Changes the active label in one named step. */
function change(title: string, make: Change): () => void {
  return () => {
    const { map, active, locked, apply } = useAnnotation();
    if (!map || !active) return;
    const rules: EditRules = { value: active.value, locked, overwrite: useView().brush.overwrite };
    const name = `${title} “${active.name}”`;
    try {
      const edit = make(map, rules, name, useView().slice);
      if (edit.starts.length === 0) {
        useNotices().add({ level: 'info', message: `${name}: nothing to change in this slice.` });
      } else void apply(edit, 'human');
    } catch (error) {
      useNotices().fail(locksExplained(error, active.name));
    }
  };
}

const locksExplained = (error: unknown, name: string): unknown =>
  error instanceof MarginaliaError && error.code === 'label-locked'
    ? new MarginaliaError('label-locked', `“${name}” is locked.`, 'Unlock it in the list of labels, or choose another one.')
    : error; // prettier-ignore

const here = (slice: number): Extent => ({ axis: 2, index: slice });
const neighbour = (step: 1 | -1): Change => (volume, rules, name, slice) => {
  const from = slice + step;
  if (from < 0 || from >= volume.size[2]) {
    throw new MarginaliaError('no-such-slice', 'There is no slice beyond this one.');
  }
  return copySlice(volume, from, { axis: 2, index: slice }, rules, name);
}; // prettier-ignore

export const editCommands: readonly Command[] = [
  { id: 'edit.undo', title: 'Undo', group: 'Edit', key: 'Mod+Z', repeats: true, enabled: () => useAnnotation().undoNames.length > 0, run: () => useAnnotation().undo() },
  { id: 'edit.redo', title: 'Redo', group: 'Edit', key: 'Mod+Shift+Z', repeats: true, enabled: () => useAnnotation().redoNames.length > 0, run: () => useAnnotation().redo() },
  { id: 'edit.holes', title: 'Fill holes', group: 'Edit', key: 'Shift+F', enabled: hasLabel, run: change('Fill holes of', (v, rules, name, k) => fillHoles(v, here(k), rules, name)) },
  { id: 'edit.islands', title: 'Keep the largest piece', group: 'Edit', key: 'Shift+I', enabled: hasLabel, run: change('Keep the largest piece of', (v, rules, name, k) => removeIslands(v, here(k), 'largest', rules, name)) },
  { id: 'edit.smooth', title: 'Smooth', group: 'Edit', key: 'Shift+M', enabled: hasLabel, run: change('Smooth', (v, rules, name, k) => smooth(v, here(k), SMOOTHING, rules, name)) },
  { id: 'edit.copyPrevious', title: 'Copy from the slice before', group: 'Edit', key: 'Alt+ArrowUp', enabled: hasLabel, run: change('Copy', neighbour(-1)) },
  { id: 'edit.copyNext', title: 'Copy from the slice behind', group: 'Edit', key: 'Alt+ArrowDown', enabled: hasLabel, run: change('Copy', neighbour(1)) },
  { id: 'edit.interpolate', title: 'Interpolate between slices', group: 'Edit', key: 'I', enabled: hasLabel, run: () => useNotices().guard(useAnnotation().interpolate(useAnnotation().activeId)) },
  { id: 'edit.clear', title: 'Clear the label in this slice', group: 'Edit', key: 'Delete', enabled: hasLabel, run: change('Clear', (v, rules, name, k) => clearSlice(v, { axis: 2, index: k }, rules, name)) },
]; // prettier-ignore
