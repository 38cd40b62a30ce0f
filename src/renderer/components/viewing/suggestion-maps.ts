import { watch } from 'vue';
import { drawnOn } from '../../shown-suggestions.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useNotices } from '../../stores/notices-store.ts';
import { useSettings } from '../../stores/settings-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import type { Viewer } from '../../viewer/index.ts';

/**
 * Keeps the viewer's maps those that `drawnOn` says. The viewer is given the slices that a change
 * may concern; maps that the page lacks are fetched, the nearest slice first.
 */
export function showSuggestionMaps(viewer: Viewer): void {
  const annotation = useAnnotation();
  const suggestions = useSuggestions();
  const view = useView();
  const settings = useSettings();
  /** Counts fetches of missing maps: a new one ends the one before. */
  let fetches = 0;

  function put(slice: number): void {
    const { probability, uncertainty } = drawnOn(slice);
    viewer.setMap('probability', slice, probability);
    viewer.setMap('uncertainty', slice, uncertainty);
  }
  const putAll = (): void => annotation.review.forEach((_, slice) => put(slice));

  const slicesOf = (label: string): number[] =>
    [...suggestions.summaries.values()].filter((s) => s.label === label).map(({ index }) => index);

  /** Maps of the chosen label that are missing or outdated, one after another. */
  async function fetchMissing(): Promise<void> {
    const current = ++fetches;
    const label = annotation.activeId;
    const missing = new Set(
      slicesOf(label).filter((k) => !suggestions.mapsOf(label, k) || suggestions.isOld(label, k)),
    );
    suggestions.renewing = [...missing].some((slice) => suggestions.isOld(label, slice));
    while (missing.size > 0 && current === fetches) {
      const at = view.slice;
      const next = [...missing].reduce((a, b) => (Math.abs(a - at) <= Math.abs(b - at) ? a : b));
      missing.delete(next);
      const isThere = suggestions.fetch(label, next).then(() => true);
      if (!(await useNotices().guard(isThere))) break;
    }
    if (current === fetches) suggestions.renewing = false;
  }

  function showAll(): void {
    putAll();
    void fetchMissing();
  }

  suggestions.onChanged((change) => {
    if (!change) showAll();
    else if (change.label === annotation.activeId) put(change.index);
  });
  watch(
    () => [annotation.activeId, view.doubt.kind, view.suggestions, settings.values?.annotateFirst],
    showAll,
    { immediate: true },
  );
  watch(
    () => annotation.review,
    (now, before) => {
      now.forEach((state, slice) => state !== before[slice] && put(slice));
      // Also after a reload, which begins again what the host's absence ended.
      void fetchMissing();
    },
  );
  watch(
    () => view.revealed,
    (now, before) => {
      for (const slice of [before, now]) if (slice !== null) put(slice);
    },
  );
}
