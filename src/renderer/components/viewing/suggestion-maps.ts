import { watch } from 'vue';
import { isRevealed } from '../../revealed.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useNotices } from '../../stores/notices-store.ts';
import { useSettings } from '../../stores/settings-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import type { Viewer } from '../../viewer/index.ts';

/**
 * Keeps the viewer's maps those of the active label: its probability where the slice is not decided
 * yet, and the chosen kind of doubt. What is not here is fetched, the nearest slice first.
 */
export function showSuggestionMaps(viewer: Viewer): void {
  const annotation = useAnnotation();
  const suggestions = useSuggestions();
  const view = useView();
  const settings = useSettings();
  let round = 0;

  function put(slice: number): void {
    const maps = suggestions.mapsOf(annotation.activeId, slice);
    const shown = maps && isRevealed(slice) ? maps : null;
    const isOpen = annotation.review[slice] === 'unseen';
    viewer.setMap('probability', slice, shown && isOpen ? shown.probability : null);
    viewer.setMap('uncertainty', slice, shown ? shown[view.doubt.kind] : null);
  }

  const slicesOf = (label: string): number[] =>
    [...suggestions.summaries.values()].filter((s) => s.label === label).map(({ index }) => index);

  /** Every slice, of which the viewer takes what changes; then what is missing, one after another. */
  async function putAll(): Promise<void> {
    const own = ++round;
    const label = annotation.activeId;
    for (let slice = 0; slice < annotation.review.length; slice++) put(slice);
    const missing = new Set(
      slicesOf(label).filter((k) => !suggestions.mapsOf(label, k) || suggestions.isOld(label, k)),
    );
    suggestions.renewing = [...missing].some((slice) => suggestions.isOld(label, slice));
    while (missing.size > 0 && own === round) {
      const at = view.slice;
      const next = [...missing].reduce((a, b) => (Math.abs(a - at) <= Math.abs(b - at) ? a : b));
      missing.delete(next);
      const isThere = suggestions.fetch(label, next).then(() => true);
      if (!(await useNotices().guard(isThere))) break;
    }
    if (own === round) suggestions.renewing = false;
  }

  suggestions.onChanged((change) => {
    if (!change) void putAll();
    else if (change.label === annotation.activeId) put(change.index);
  });
  watch(
    [
      () => [annotation.activeId, view.doubt.kind],
      // What isRevealed looks at.
      () => [annotation.review, settings.values?.annotateFirst, view.suggestions, view.revealed],
    ],
    () => void putAll(),
    { immediate: true },
  );
}
