import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Triple } from '../../shared/volume.ts';
import type { ToolId } from '../tools.ts';
import type { OpenVolume } from './volume.ts';

export type Layout = 'single' | 'grid' | 'main';
export type DoubtKind = 'total' | 'aleatoric' | 'epistemic';
export type Dialog =
  | 'shortcuts' | 'settings' | 'about' | 'versions' | 'problems' | 'export' | 'paths'; // prettier-ignore

/** How things are looked at; none of it is kept by the host. */
export const useView = defineStore('view', () => {
  const layout = ref<Layout>('main');
  const tool = ref<ToolId>('crosshair');
  /** Voxel (i, j, k) that all planes go through. */
  const focus = ref<Triple>([0, 0, 0]);
  const window = ref({ centre: 0, width: 1 });
  /** First and last slice that "suggest range" works on, both included. */
  const range = ref<readonly [number, number] | null>(null);
  const brush = ref({
    /** mm. */
    radius: 5,
    /** Rescaled values that the threshold brush and the fill take. */
    low: -100,
    high: 300,
    overwrite: 'unlocked' as 'unlocked' | 'empty',
  });
  const doubt = ref({
    shown: true,
    kind: 'total' as DoubtKind,
    opacity: 0.6,
    /** Nats; what is below is not drawn. */
    threshold: 0.05,
  });
  const labels = ref({ shown: true, opacity: 0.35, outline: true });
  /** Whether suggestions are shown before the slice is decided ("annotate first, then reveal"). */
  const revealed = ref(true);
  const cine = ref(false);
  const dialog = ref<Dialog | null>(null);
  /** Counts requests to bring all views back to where they began. */
  const resets = ref(0);

  const slice = computed(() => focus.value[2]);

  /** A volume was opened: begin in its middle, with its own window. */
  function begin({ info }: OpenVolume): void {
    const [nx, ny, nz] = info.size;
    focus.value = [nx >> 1, ny >> 1, nz >> 1];
    window.value = { ...info.window };
    range.value = null;
    cine.value = false;
    const [low, high] = [info.window.centre, info.window.centre + info.window.width / 2];
    brush.value = { ...brush.value, low: Math.round(low), high: Math.round(high) };
  }

  function goTo(index: number, slices: number): void {
    const k = Math.max(0, Math.min(slices - 1, Math.round(index)));
    focus.value = [focus.value[0], focus.value[1], k];
  }

  return {
    layout, tool, focus, window, range, brush, doubt, labels, revealed, cine, dialog, resets, slice,
    begin, goTo,
  }; // prettier-ignore
});
