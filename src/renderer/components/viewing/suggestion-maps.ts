import { watch } from 'vue';
import {
  announceRedrawn,
  drawnDoubt,
  drawnSuggestion,
  forgetDrawn,
  isRevealed,
  isShown,
  labelsInDoubt,
  lacksDoubt,
  onTaken,
} from '../../shown-suggestions.ts';
import { useAnnotation } from '../../stores/annotation-store.ts';
import { useNotices } from '../../stores/notices-store.ts';
import { useSettings } from '../../stores/settings-store.ts';
import { useSuggestions } from '../../stores/suggestions-store.ts';
import { useView } from '../../stores/view-store.ts';
import type { Viewer } from '../../viewer/index.ts';

/** Labels whose maps are fetched together, slice by slice. */
interface Pass {
  readonly labels: readonly string[];
  readonly slices: Set<number>;
}

/**
 * Keeps the viewer's maps those that are drawn: what is suggested of all labels that are shown, and
 * the doubt of the chosen one, or the largest. The viewer is given the slices that a change may concern;
 * maps that the page lacks are fetched, the nearest slice first, those that doubt is drawn of before others.
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
  const isInDoubt = (label: string): boolean => labelsInDoubt().some(({ id }) => id === label);
  function doubtNow(slice: number): string {
    const ids = labelsInDoubt().map(({ id }) => id);
    return `${view.doubt.kind} ${ids.filter((id) => suggestions.has(id, slice)).join()}`;
  }

  function putSuggestion(slice: number): void {
    viewer.setMap('suggested', slice, drawnSuggestion(slice));
    announceRedrawn(slice);
  }

  /** @param isNew whether maps have come that the doubt is made of. */
  function putDoubt(slice: number, isNew = false): void {
    const isStillIt = doubtOf.get(slice) === doubtNow(slice) && isRevealed(slice);
    const lacks = lacksDoubt(slice);
    // What is drawn stays until all is here that takes its place.
    if (isStillIt && (lacks || !isNew)) return;
    const doubt = drawnDoubt(slice);
    viewer.setMap('uncertainty', slice, doubt);
    if (doubt && !lacks) doubtOf.set(slice, doubtNow(slice));
    else doubtOf.delete(slice);
  }
  function put(slice: number): void {
    putSuggestion(slice);
    putDoubt(slice);
  }
  const putAll = (): void => annotation.review.forEach((_, slice) => put(slice));

  /** Labels of which something that is drawn on a slice is not here, or old. */
  function missingOn(slice: number, labels: readonly string[]): string[] {
    const inDoubt = labels.filter((label) => isInDoubt(label) && suggestions.has(label, slice));
    const isDoubtNew =
      inDoubt.some((label) => suggestions.isMissing(label, slice)) ||
      (inDoubt.length > 0 && doubtOf.get(slice) !== doubtNow(slice));
    return labels.filter(
      (label) =>
        suggestions.isMissing(label, slice) ||
        (isDoubtNew && inDoubt.includes(label) && !suggestions.mapsOf(label, slice)),
    );
  }

  /** First what doubt is drawn of, which needs the maps of all its labels at once; then one by one. */
  function passes(): Pass[] {
    const shown = annotation.labels.filter(isShown).map(({ id }) => id);
    const groups = [
      shown.filter(isInDoubt),
      ...shown.filter((id) => !isInDoubt(id)).map((id) => [id]),
    ];
    const slicesOf = (labels: readonly string[]): Set<number> =>
      new Set(
        [...suggestions.summaries.values()]
          .filter(({ label }) => labels.includes(label))
          .map(({ index }) => index)
          .filter((slice) => missingOn(slice, labels).length > 0),
      );
    return groups.map((labels) => ({ labels, slices: slicesOf(labels) }));
  }

  /** Maps that are missing or outdated, one after another. */
  async function fetchMissing(): Promise<void> {
    const current = ++fetches;
    const missing = passes();
    suggestions.renewing = missing.some(({ labels, slices }) =>
      [...slices].some((slice) => labels.some((label) => suggestions.isOld(label, slice))),
    );
    for (const pass of missing) {
      if (!(await fetchAll(pass, () => current === fetches))) break;
    }
    if (current === fetches) suggestions.renewing = false;
  }

  /** @returns false where the host did not answer, or it is not wanted any more. */
  async function fetchAll({ labels, slices }: Pass, isWanted: () => boolean): Promise<boolean> {
    while (slices.size > 0 && isWanted()) {
      const at = view.slice;
      const next = [...slices].reduce((a, b) => (Math.abs(a - at) <= Math.abs(b - at) ? a : b));
      slices.delete(next);
      for (const label of missingOn(next, labels)) {
        const { fetch, fetchOutline } = suggestions;
        const work = isInDoubt(label) ? fetch(label, next) : fetchOutline(label, next);
        if (!(await useNotices().guard(work.then(() => true)))) return false;
      }
    }
    return isWanted();
  }

  function showAll(): void {
    putAll();
    void fetchMissing();
  }

  suggestions.onChanged((change) => {
    if (!change) return showAll();
    putSuggestion(change.index);
    if (isInDoubt(change.label)) putDoubt(change.index, true);
  });
  watch(
    () => [
      annotation.activeId,
      view.doubt.kind,
      view.doubt.of,
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
