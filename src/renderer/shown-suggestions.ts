import { useAnnotation, type Label } from './stores/annotation-store.ts';
import { useSettings } from './stores/settings-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';
import { useView } from './stores/view-store.ts';

/**
 * What is drawn of suggestions on a slice. Drawing, reading out and accepting all ask here, so that
 * what is accepted is what is seen.
 */

/** Whether a slice's suggestions may be seen: not before the user has decided, if they want that. */
export function isRevealed(slice: number): boolean {
  const { suggestions, revealed } = useView();
  const isHidden = useSettings().values?.annotateFirst ?? false;
  const isDecided = useAnnotation().review[slice] !== 'unseen';
  return suggestions && (!isHidden || isDecided || revealed === slice);
}

/** Visible labels that are suggested on a slice and may be seen there. */
export function suggestedOn(slice: number): readonly Label[] {
  const suggestions = useSuggestions();
  if (!isRevealed(slice)) return [];
  return useAnnotation().labels.filter(
    ({ id, visible }) => visible && (suggestions.has(id, slice) || suggestions.mapsOf(id, slice)),
  );
}

/**
 * The maps that the viewer draws on a slice, of the chosen label: its probability while the slice
 * is undecided, and the chosen kind of doubt. [rows, columns] bytes; null where nothing is drawn.
 */
export function drawnOn(slice: number): {
  readonly probability: Uint8Array | null;
  readonly uncertainty: Uint8Array | null;
} {
  const { activeId, review } = useAnnotation();
  const maps = isRevealed(slice) ? useSuggestions().mapsOf(activeId, slice) : null;
  return {
    probability: maps && review[slice] === 'unseen' ? maps.probability : null,
    uncertainty: maps && maps[useView().doubt.kind],
  };
}
