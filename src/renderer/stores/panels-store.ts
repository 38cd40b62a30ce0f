import { useMediaQuery } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import type { z } from 'zod';
import type * as contract from '../../shared/contract/index.ts';
import { useSettings } from './settings-store.ts';

/** A panel around the views: the columns beside them, or the strip below. */
export type Panel = z.infer<typeof contract.Panel>;

/** Narrowest and widest (of the strip: lowest and highest) that a panel can be dragged to, CSS pixels. */
export const PANEL_LIMITS: Readonly<Record<Panel, readonly [least: number, most: number]>> = {
  left: [180, 480],
  right: [240, 560],
  strip: [72, 320],
};

/**
 * Below this width of the window (CSS pixels: also of a large one at 200 % zoom) a side panel lies
 * over the views while it is open; below this height so does the strip.
 */
const NARROW = '(max-width: 1099px)';
const LOW = '(max-height: 539px)';

const PANELS: readonly Panel[] = ['left', 'right', 'strip'];
const NONE: ReadonlySet<Panel> = new Set();

/**
 * Which panels are open, and how large. What is folded in a roomy window is kept with the settings;
 * in a small one every panel is folded until it is asked for, and nothing of that is kept.
 */
export const usePanels = defineStore('panels', () => {
  const settings = useSettings();
  const isNarrow = useMediaQuery(NARROW);
  const isLow = useMediaQuery(LOW);
  /** Panels that were opened over the views of a small window. */
  const drawers = ref(NONE);
  /** All panels are away for the moment; each comes back as it was. */
  const allFolded = ref(false);
  /** A size while it is dragged; settings keep it when the pointer is let go. */
  const dragged = ref<Partial<Record<Panel, number>>>({});

  const kept = computed(() => settings.values?.panels);
  const isDrawer = (panel: Panel): boolean => (panel === 'strip' ? isLow.value : isNarrow.value);
  watch([isNarrow, isLow], () => (drawers.value = NONE));

  function isOpen(panel: Panel): boolean {
    if (allFolded.value) return false;
    return isDrawer(panel) ? drawers.value.has(panel) : !kept.value?.folded.includes(panel);
  }

  function toggle(panel: Panel): void {
    const open = !isOpen(panel);
    allFolded.value = false;
    if (isDrawer(panel)) {
      // One at a time: two would leave nothing of the picture.
      drawers.value = open ? new Set([panel]) : NONE;
      return;
    }
    const others = (kept.value?.folded ?? []).filter((other) => other !== panel);
    keep({ folded: open ? others : [...others, panel] });
  }

  function toggleAll(): void {
    allFolded.value = PANELS.some(isOpen);
    // All were folded one by one: there is nothing else to bring back.
    if (!allFolded.value && !PANELS.some(isOpen)) keep({ folded: [] });
  }

  function keep(change: Partial<NonNullable<typeof kept.value>>): void {
    if (kept.value) void settings.change({ panels: { ...kept.value, ...change } });
  }

  const limited = (panel: Panel, size: number): number => {
    const [least, most] = PANEL_LIMITS[panel];
    return Math.round(Math.min(most, Math.max(least, size)));
  };

  /** CSS pixels; null: as the window suggests. */
  const sizeOf = (panel: Panel): number | null =>
    dragged.value[panel] ?? kept.value?.[panel] ?? null;

  /** Shown at once; kept by `resized`. */
  function resize(panel: Panel, size: number): void {
    dragged.value = { ...dragged.value, [panel]: limited(panel, size) };
  }

  /** @param size null: as the window suggests. */
  function resized(panel: Panel, size: number | null = dragged.value[panel] ?? null): void {
    keep({ [panel]: size === null ? null : limited(panel, size) });
    dragged.value = { ...dragged.value, [panel]: undefined };
  }

  return { isOpen, isDrawer, toggle, toggleAll, sizeOf, resize, resized };
});
