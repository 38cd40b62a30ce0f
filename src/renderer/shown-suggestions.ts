import { createEventHook } from '@vueuse/core';
import { openSuggestion, type Suggested, type SuggestedMap } from '../shared/suggested.ts';
import { useAnnotation, type Label } from './stores/annotation-store.ts';
import { useSettings } from './stores/settings-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';
import { useView } from './stores/view-store.ts';

/**
 * What is drawn of suggestions on a slice. Drawing, reading out, tools and accepting all ask here, so
 * that what is worked on and accepted is what is seen.
 */

/** Whether a label is shown: not where it is hidden, or another one is shown alone. */
export const isShown = ({ id, visible }: Label): boolean =>
  visible && (!useView().solo || id === useAnnotation().activeId);

/** Whether a slice's suggestions may be seen: not before the user has decided, if they want that. */
export function isRevealed(slice: number): boolean {
  const { suggestions, revealed } = useView();
  const isHidden = useSettings().values?.annotateFirst ?? false;
  const state = useAnnotation().review[slice] ?? 'unseen';
  const isDecided = state !== 'unseen' && state !== 'started';
  return suggestions && (!isHidden || isDecided || revealed === slice);
}

/**
 * Slices in which a stroke in the air has made the suggestion of a label its voxels: it is no
 * suggestion there until the stroke is dropped, and never again once it is kept.
 */
const inTheAir = { label: '', slices: new Set<number>() };
const redrawn = createEventHook<number>();

/** To be told of slices of which something else is drawn, at once; for as long as the scope lives. */
export const onTaken = redrawn.on;

/** Says that a stroke in the air has taken the suggestion of a label in a slice. */
export function takeInTheAir(label: string, slice: number): void {
  if (inTheAir.label !== label) inTheAir.slices.clear();
  inTheAir.label = label;
  inTheAir.slices.add(slice);
  void redrawn.trigger(slice);
}

/** Slices in which the stroke in the air has taken the suggestion of the chosen label. */
export const takenSlices = (): readonly number[] => [...inTheAir.slices];

/** No stroke is in the air any more. */
export function endOfStroke(): void {
  const slices = takenSlices();
  inTheAir.slices.clear();
  for (const slice of slices) void redrawn.trigger(slice);
}

/** Labels that may be suggested on a slice: shown, and not decided there. */
function openOn(slice: number): readonly Label[] {
  const { labels, covered } = useAnnotation();
  if (!isRevealed(slice)) return [];
  return labels.filter(
    (label) =>
      isShown(label) &&
      !covered[slice]?.includes(label.id) &&
      !(inTheAir.label === label.id && inTheAir.slices.has(slice)),
  );
}

/** Labels whose suggestion is drawn on a slice, if only as being nowhere. */
export const suggestedOn = (slice: number): readonly Label[] =>
  openOn(slice).filter(({ id }) => useSuggestions().outlineOf(id, slice) !== undefined);

/** Whether the host has suggestions for a slice of which none is drawn yet. */
export const isStillFetched = (slice: number): boolean =>
  suggestedOn(slice).length === 0 &&
  openOn(slice).some(({ id }) => useSuggestions().has(id, slice));

/** The same with where they are suggested, as far as their maps are on the page. */
export const suggestionsOn = (slice: number): readonly Suggested[] =>
  suggestedOn(slice).flatMap(({ id, value }) => {
    const map = useSuggestions().outlineOf(id, slice);
    return map ? [{ value, map }] : [];
  });

/** What was drawn of a slice last, and of what it was made. */
interface Drawn {
  readonly maps: readonly SuggestedMap[];
  readonly values: string;
  readonly labels: Uint8Array | null;
}
const drawn = new Map<number, Drawn>();

/**
 * Values of the labels that are suggested on a slice, [rows, columns], 0 for none: what is drawn where
 * no label is, and what accepting makes labels there. The same array for as long as it does not
 * change; null where nothing is suggested.
 */
export function drawnSuggestion(slice: number): Uint8Array | null {
  const { map, locked } = useAnnotation();
  if (!map) return null;
  const suggested = suggestionsOn(slice);
  const maps = suggested.map((one) => one.map);
  const values = `${suggested.map(({ value }) => value).join()}/${[...locked].join()}`;
  const last = drawn.get(slice);
  const isSame =
    last?.values === values &&
    last.maps.length === maps.length &&
    last.maps.every((one, n) => one === maps[n]);
  if (isSame) return last.labels;
  const labels =
    maps.length > 0 ? openSuggestion(suggested, locked, map.size[0] * map.size[1]) : null;
  drawn.set(slice, { maps, values, labels });
  return labels;
}

/** Another stack is shown. */
export const forgetDrawn = (): void => drawn.clear();

/** Doubt of the chosen label on a slice, [rows, columns] bytes; null where it is not shown or not here. */
export function drawnDoubt(slice: number): Uint8Array | null {
  if (!isRevealed(slice)) return null;
  const maps = useSuggestions().mapsOf(useAnnotation().activeId, slice);
  return maps && maps[useView().doubt.kind];
}
