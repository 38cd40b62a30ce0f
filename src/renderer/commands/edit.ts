import {
  clearSlice,
  copySlice,
  fillHoles,
  grow,
  removeIslands,
  shrink,
  smooth,
  type Edit,
  type EditRules,
  type Extent,
  type LabelVolume,
} from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { lengthUnit, short } from '../model/format.ts';
import { useAnnotation } from '../stores/annotation-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useView } from '../stores/view-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import { editChosenLabel, type MakeEdit } from '../tool-edits.ts';
import type { Command } from './types.ts';

type WholeChange = (volume: LabelVolume, extent: Extent, rules: EditRules, name: string) => Edit;

const hasLabel = (): boolean => useAnnotation().active !== null;

/** In the slice. */
const inSlice = (
  id: string,
  title: string,
  key: string,
  name: string,
  make: MakeEdit,
): Command => ({
  id: `edit.${id}`,
  title,
  group: 'Edit',
  key,
  enabled: hasLabel,
  run: () => editChosenLabel(name, 'slice', make),
});

/** In the slice or the whole volume, as the user has it. */
const whole = (
  id: string,
  title: string,
  key: string,
  name: () => string,
  make: WholeChange,
): Command => ({
  id: `edit.${id}`,
  title,
  group: 'Edit',
  key,
  enabled: hasLabel,
  run() {
    const extent = wholeExtent();
    editChosenLabel(name(), extent, (volume, rules, named, plane) =>
      make(volume, extent === 'slice' ? plane : 'volume', rules, named),
    );
  },
});

const neighbour =
  (step: 1 | -1): MakeEdit =>
  (volume, rules, name, plane) => {
    const from = plane.index + step;
    if (from < 0 || from >= volume.size[plane.axis]) {
      throw new MarginaliaError('no-such-slice', 'There is no slice beyond this one.');
    }
    return copySlice(volume, from, plane, rules, name);
  };

const mm = (): number => useView().whole.mm;
const by = (title: string) => (): string =>
  `${title} by ${short(mm())} ${lengthUnit(useVolume().current?.raster)}`;

/** Through all slices only where they lie on a grid. */
const wholeExtent = (): 'slice' | 'volume' =>
  useVolume().isGrid ? useView().whole.extent : 'slice';
const canWorkThrough = (): boolean => hasLabel() && useVolume().isGrid;
/** Neighbours mean nothing in a set of unrelated pictures. */
const haveNeighbours = (): boolean => hasLabel() && useVolume().current?.info.stack.kind !== 'set';

function toggleExtent(): void {
  const { whole: settings } = useView();
  settings.extent = settings.extent === 'slice' ? 'volume' : 'slice';
  const where = settings.extent === 'slice' ? 'in the slice' : 'through all slices';
  useNotices().add({ level: 'info', message: `Whole-label edits now work ${where}.` });
}

/** What is done to a label as a whole, for the menu that has its settings. */
export const wholeCommands: readonly Command[] = [
  whole('holes', 'Fill holes', 'Shift+F', () => 'Fill holes of', fillHoles),
  whole(
    'islands',
    'Keep the largest piece',
    'Shift+I',
    () => 'Keep the largest piece of',
    (v, extent, rules, name) => removeIslands(v, extent, 'largest', rules, name),
  ),
  whole(
    'smooth',
    'Smooth',
    'Shift+M',
    () => 'Smooth',
    (v, extent, rules, name) => smooth(v, extent, mm(), rules, name),
  ),
  whole('grow', 'Grow', 'Shift+G', by('Grow'), (v, extent, rules, name) =>
    grow(v, extent, mm(), rules, name),
  ),
  whole('shrink', 'Shrink', 'Shift+K', by('Shrink'), (v, extent, rules, name) =>
    shrink(v, extent, mm(), rules, name),
  ),
  inSlice('copyPrevious', 'Copy from the previous slice', 'Alt+ArrowUp', 'Copy', neighbour(-1)),
  inSlice('copyNext', 'Copy from the next slice', 'Alt+ArrowDown', 'Copy', neighbour(1)),
  {
    id: 'edit.interpolate',
    title: 'Interpolate between slices',
    group: 'Edit',
    key: 'I',
    enabled: haveNeighbours,
    run: () => useNotices().guard(useAnnotation().interpolate(useAnnotation().activeId)),
  },
  inSlice('clear', 'Clear the label in this slice', 'Delete', 'Clear', (v, rules, name, plane) =>
    clearSlice(v, plane, rules, name),
  ),
];

export const editCommands: readonly Command[] = [
  {
    id: 'edit.undo',
    title: 'Undo',
    group: 'Edit',
    key: 'Mod+Z',
    repeats: true,
    enabled: () => useAnnotation().undoNames.length > 0,
    run: () => useAnnotation().undo(),
  },
  {
    id: 'edit.redo',
    title: 'Redo',
    group: 'Edit',
    key: 'Mod+Shift+Z',
    repeats: true,
    enabled: () => useAnnotation().redoNames.length > 0,
    run: () => useAnnotation().redo(),
  },
  {
    id: 'edit.extent',
    title: 'In the slice or through all slices',
    group: 'Edit',
    key: 'M',
    hidden: true,
    enabled: canWorkThrough,
    run: toggleExtent,
  },
  ...wholeCommands,
];
