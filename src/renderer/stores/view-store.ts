import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Axis, Triple } from '../../shared/volume.ts';
import type { ToolId } from '../toolbar.ts';
import type { Readout } from '../viewer/index.ts';
import type { OpenVolume } from './volume-store.ts';

export type Layout = 'single' | 'grid' | 'main';
export type DoubtKind = 'total' | 'aleatoric' | 'epistemic';
/** Whose doubt is drawn: the chosen label's, or of each voxel the largest of all labels that are shown. */
export type DoubtOf = 'chosen' | 'largest';
export type Dialog =
  | 'shortcuts'
  | 'settings'
  | 'about'
  | 'versions'
  | 'models'
  | 'problems'
  | 'export'
  | 'paths'
  | 'bulk'
  | 'sheet';

/** Slices as they were acquired are those across k. */
export const ACQUIRED: Axis = 2;

/** How things are looked at; none of it is kept by the host. */
export const useView = defineStore('view', () => {
  const layout = ref<Layout>('main');
  /** Views are known by the axis of the volume that their slices are cut across: the large one. */
  const mainAxis = ref<Axis>(ACQUIRED);
  /** The one that fills the window; null: all views in their layout. */
  const filled = ref<Axis | null>(null);
  const tool = ref<ToolId>('crosshair');
  /** Voxel (i, j, k) that all views go through. */
  const focus = ref<Triple>([0, 0, 0]);
  const window = ref({ centre: 0, width: 1 });
  /** First and last slice that "suggest range" works on, both included. */
  const range = ref<readonly [number, number] | null>(null);
  const brush = ref({
    /** mm. */
    radius: 5,
    /** Rescaled values that the threshold brush paints. */
    low: -100,
    high: 300,
    /** How far values may be from where the fill began. */
    tolerance: 30,
    extent: 'slice' as 'slice' | 'volume',
    /** Whether a pen paints finer the less it presses. */
    pressure: true,
    overwrite: 'unlocked' as 'unlocked' | 'empty',
  });
  /** What is done to a label as a whole: how far it goes, and by how much it smooths, grows, shrinks. */
  const whole = ref({ extent: 'slice' as 'slice' | 'volume', mm: 2 });
  const doubt = ref({
    shown: true,
    kind: 'total' as DoubtKind,
    of: 'chosen' as DoubtOf,
    opacity: 0.6,
    /** Nats; what is below is not drawn. */
    threshold: 0.05,
  });
  const labels = ref({ shown: true, opacity: 0.35, outline: true });
  const suggestions = ref(true);
  /** Whether the chosen label is shown alone, whatever else is visible. */
  const solo = ref(false);
  /** The undecided slice whose suggestion is shown although the user wants to annotate first. */
  const revealed = ref<number | null>(null);
  const crosshair = ref(true);
  /** Image and maps: smooth between voxels, or voxels as they are. */
  const interpolate = ref(true);
  /** Whether the fourth of four views shows the labels as surfaces. */
  const surface = ref(false);
  const cine = ref(false);
  /** What is under the pointer. */
  const readout = shallowRef<Readout | null>(null);
  const dialog = ref<Dialog | null>(null);
  /** Counts requests to bring all views back to where they began. */
  const resets = ref(0);

  /** The label whose name is being written. */
  const naming = ref('');

  const slice = computed(() => focus.value[2]);

  /** A volume was opened: begin in its middle, with its own window. */
  function begin({ info }: OpenVolume): void {
    const [nx, ny, nz] = info.size;
    focus.value = [nx >> 1, ny >> 1, nz >> 1];
    window.value = { ...info.window };
    range.value = null;
    mainAxis.value = ACQUIRED;
    filled.value = null;
    cine.value = false;
    const [low, high] = [info.window.centre, info.window.centre + info.window.width / 2];
    const tolerance = Math.max(1, Math.round(info.window.width / 12));
    brush.value = { ...brush.value, low: Math.round(low), high: Math.round(high), tolerance };
  }

  function goTo(index: number, slices: number): void {
    const k = Math.max(0, Math.min(slices - 1, Math.round(index)));
    focus.value = [focus.value[0], focus.value[1], k];
  }

  return {
    layout,
    mainAxis,
    filled,
    tool,
    focus,
    window,
    range,
    brush,
    whole,
    doubt,
    labels,
    suggestions,
    solo,
    revealed,
    crosshair,
    interpolate,
    surface,
    cine,
    readout,
    dialog,
    resets,
    naming,
    slice,
    begin,
    goTo,
  };
});
