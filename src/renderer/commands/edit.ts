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
  type Plane,
} from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { short } from '../model/format.ts';
import { useAnnotation } from '../stores/annotation-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useView } from '../stores/view-store.ts';
import { currentViewport } from '../viewports.ts';
import type { Command } from './types.ts';

type Change = (volume: LabelVolume, rules: EditRules, name: string, plane: Plane) => Edit;
type WholeChange = (volume: LabelVolume, extent: Extent, rules: EditRules, name: string) => Edit;

const hasLabel = (): boolean => useAnnotation().active !== null;

/** The slice that is worked on: of the view that has the focus, else of the large one. */
const planeNow = (): Plane => currentViewport()?.cut ?? { axis: 2, index: useView().slice };

/** Changes the active label in one named step. @param where "slice", or how far it goes. */
function apply(title: string, where: string, make: Change): void {
  const { map, active, locked, apply: keep, beneath } = useAnnotation();
  if (!map || !active) return;
  const rules: EditRules = { value: active.value, locked, overwrite: useView().brush.overwrite };
  const name = `${title} “${active.name}”`;
  try {
    beneath(() => {
      const edit = make(map, rules, name, planeNow());
      if (edit.starts.length > 0) void keep(edit, 'human');
      else
        useNotices().add({
          level: 'info',
          message: `${name}: nothing to change in this ${where}.`,
        });
    });
  } catch (error) {
    useNotices().fail(locksExplained(error, active.name));
  }
}

const locksExplained = (error: unknown, name: string): unknown =>
  error instanceof MarginaliaError && error.code === 'label-locked'
    ? new MarginaliaError(
        'label-locked',
        `“${name}” is locked.`,
        'Unlock it in the list of labels, or choose another one.',
      )
    : error;

/** In the slice. */
const inSlice = (id: string, title: string, key: string, name: string, make: Change): Command => ({
  id: `edit.${id}`,
  title,
  group: 'Edit',
  key,
  enabled: hasLabel,
  run: () => apply(name, 'slice', make),
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
    const { extent } = useView().whole;
    apply(name(), extent, (volume, rules, named, plane) =>
      make(volume, extent === 'slice' ? plane : 'volume', rules, named),
    );
  },
});

const neighbour =
  (step: 1 | -1): Change =>
  (volume, rules, name, plane) => {
    const from = plane.index + step;
    if (from < 0 || from >= volume.size[plane.axis]) {
      throw new MarginaliaError('no-such-slice', 'There is no slice beyond this one.');
    }
    return copySlice(volume, from, plane, rules, name);
  };

const mm = (): number => useView().whole.mm;
const by = (title: string) => (): string => `${title} by ${short(mm())} mm`;

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
    enabled: hasLabel,
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
    enabled: hasLabel,
    run: toggleExtent,
  },
  ...wholeCommands,
];
