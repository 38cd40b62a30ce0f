import { watch } from 'vue';
import {
  drawnDoubt,
  drawnSuggestion,
  forgetDrawn,
  isShown,
  onTaken,
} from '../../shown-suggestions.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useNotices } from '../../stores/notices-store.ts';
import { useSettings } from '../../stores/settings-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import type { Viewer } from '../../viewer/index.ts';

/**
 * Keeps the viewer's maps those that are drawn: what is suggested of all labels that are shown, and
 * the doubt of the chosen one. The viewer is given the slices that a change may concern; maps that the
 * page lacks are fetched, the nearest slice first, those of the chosen label before the others.
 */
export function showSuggestionMaps(viewer: Viewer): void {
  const annotation = useAnnotation();
  const suggestions = useSuggestions();
  const view = useView();
  const settings = useSettings();
  /** Counts fetches of missing maps: a new one ends the one before. */
  let fetches = 0;
  /** Of what the doubt is that the viewer has of a slice: its whole maps may be forgotten since. */
  const doubtOf = new Map<number, string>();
  const doubtNow = (): string => `${annotation.activeId}/${view.doubt.kind}`;

  const putSuggestion = (slice: number): void =>
    viewer.setMap('suggested', slice, drawnSuggestion(slice));

  function putDoubt(slice: number): void {
    const doubt = drawnDoubt(slice);
    const isForgotten = !suggestions.mapsOf(annotation.activeId, slice);
    const isStillIt =
      isForgotten && suggestions.has(annotation.activeId, slice) && view.suggestions;
    if (isStillIt && doubtOf.get(slice) === doubtNow()) return;
    viewer.setMap('uncertainty', slice, doubt);
    if (doubt) doubtOf.set(slice, doubtNow());
    else doubtOf.delete(slice);
  }
  function put(slice: number): void {
    putSuggestion(slice);
    putDoubt(slice);
  }
  const putAll = (): void => annotation.review.forEach((_, slice) => put(slice));

  /** Slices of a label of which something that is drawn is not here, or old. */
  const missingOf = (label: string): number[] =>
    [...suggestions.summaries.values()]
      .filter((summary) => summary.label === label)
      .map(({ index }) => index)
      .filter(
        (index) =>
          suggestions.outlineOf(label, index) === undefined ||
          suggestions.isOld(label, index) ||
          (label === annotation.activeId && doubtOf.get(index) !== doubtNow()),
      );

  /** Maps that are missing or outdated, one after another. */
  async function fetchMissing(): Promise<void> {
    const current = ++fetches;
    const labels = annotation.labels.filter(isShown).map(({ id }) => id);
    labels.sort((a, b) => Number(b === annotation.activeId) - Number(a === annotation.activeId));
    const missing = labels.map((label) => ({ label, slices: new Set(missingOf(label)) }));
    const isOld = ({ label, slices }: (typeof missing)[number]): boolean =>
      [...slices].some((slice) => suggestions.isOld(label, slice));
    suggestions.renewing = missing.some(isOld);
    for (const { label, slices } of missing) {
      if (!(await fetchAll(label, slices, () => current === fetches))) break;
    }
    if (current === fetches) suggestions.renewing = false;
  }

  /** @returns false where the host did not answer, or it is not wanted any more. */
  async function fetchAll(
    label: string,
    slices: Set<number>,
    isWanted: () => boolean,
  ): Promise<boolean> {
    while (slices.size > 0 && isWanted()) {
      const at = view.slice;
      const next = [...slices].reduce((a, b) => (Math.abs(a - at) <= Math.abs(b - at) ? a : b));
      slices.delete(next);
      const isThere = suggestions.fetch(label, next).then(() => true);
      if (!(await useNotices().guard(isThere))) return false;
    }
    return isWanted();
  }

  function showAll(): void {
    putAll();
    void fetchMissing();
  }

  suggestions.onChanged((change) => {
    if (!change) showAll();
    else if (change.label === annotation.activeId) put(change.index);
    else putSuggestion(change.index);
  });
  watch(
    () => [
      annotation.activeId,
      view.doubt.kind,
      view.suggestions,
      view.solo,
      settings.values?.annotateFirst,
      annotation.labels.map(({ id, visible, locked }) => `${id} ${visible} ${locked}`).join(),
    ],
    showAll,
    { immediate: true },
  );
  watch(
    () => annotation.covered,
    (now, before) => {
      now.forEach((about, slice) => about !== before[slice] && put(slice));
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
  onTaken(putSuggestion);
  // Another stack, or the same read again: nothing of before is in the viewer for certain.
  watch(
    () => annotation.map,
    () => {
      doubtOf.clear();
      forgetDrawn();
    },
    { flush: 'sync' },
  );
}
