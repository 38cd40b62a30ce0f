import { createEventHook } from '@vueuse/core';
import { labelRuns, spreadRuns, type LabelRuns } from '../shared/labelmap/label-runs.ts';
import {
  isSameMap,
  openSuggestion,
  type Suggested,
  type SuggestedMap,
} from '../shared/suggested.ts';
import { largestOf } from './model/doubt.ts';
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
const taken = createEventHook<number>();

/** To hear of slices in which a stroke takes the suggestion, or gives it back; while the scope lives. */
export const onTaken = taken.on;

/** Says that a stroke in the air has taken the suggestion of a label in a slice. */
export function takeInTheAir(label: string, slice: number): void {
  if (inTheAir.label !== label) inTheAir.slices.clear();
  inTheAir.label = label;
  inTheAir.slices.add(slice);
  void taken.trigger(slice);
}

/** Slices in which the stroke in the air has taken the suggestion of the chosen label. */
export const takenSlices = (): readonly number[] => [...inTheAir.slices];

/** No stroke is in the air any more. */
export function endOfStroke(): void {
  const slices = takenSlices();
  inTheAir.slices.clear();
  for (const slice of slices) void taken.trigger(slice);
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

/**
 * Labels that a tool has taken on a slice that is not decided. Where they were the most likely, no other one
 * is suggested: what was taken away there is to stay empty.
 */
export function takenOn(slice: number): readonly Label[] {
  const { labels, covered, review } = useAnnotation();
  const isBegun = review[slice] === 'started';
  return labels.filter(
    (label) =>
      isShown(label) &&
      ((isBegun && covered[slice]?.includes(label.id)) ||
        (inTheAir.label === label.id && inTheAir.slices.has(slice))),
  );
}

type MapOf = (label: string, slice: number) => SuggestedMap | null | undefined;
const mapNow: MapOf = (label, slice) => useSuggestions().outlineOf(label, slice);
/** What it took the place of; where nothing was exchanged, what is now. */
const mapBefore: MapOf = (label, slice) => {
  const before = useSuggestions().beforeOf(label, slice);
  return before === undefined ? mapNow(label, slice) : before;
};

/** Labels whose suggestion is drawn on a slice, if only as being nowhere. */
export const suggestedOn = (slice: number): readonly Label[] =>
  openOn(slice).filter(({ id }) => useSuggestions().outlineOf(id, slice) !== undefined);

/** Labels that may be suggested on a slice and are, by what the host has: drawn or on their way. */
export const suggestibleOn = (slice: number): readonly Label[] =>
  openOn(slice).filter(({ id }) => useSuggestions().has(id, slice));

/** Whether the host has suggestions for a slice of which none is drawn yet. */
export const isStillFetched = (slice: number): boolean =>
  suggestedOn(slice).length === 0 && suggestibleOn(slice).length > 0;

/**
 * The same with where they are suggested, as far as their maps are on the page; those that a tool has taken
 * stand among them with the value 0.
 */
export function suggestionsOn(slice: number, mapOf = mapNow): readonly Suggested[] {
  const open = openOn(slice).filter(({ id }) => mapOf(id, slice) !== undefined);
  if (open.length === 0) return [];
  const taken = takenOn(slice);
  return useAnnotation().labels.flatMap((label) => {
    const isOpen = open.includes(label);
    const map = isOpen || taken.includes(label) ? mapOf(label.id, slice) : null;
    return map ? [{ value: isOpen ? label.value : 0, map }] : [];
  });
}

/** Whether suggestions of a label are missing on the page, of slices where they are to be drawn. */
export const isAwaitedOf = (label: string): boolean =>
  [...useSuggestions().summaries.values()].some(
    ({ label: id, index }) =>
      id === label &&
      useSuggestions().isMissing(id, index) &&
      openOn(index).some((open) => open.id === id),
  );

/** What was drawn of a slice last, and of what it was made. */
interface Drawn {
  readonly maps: readonly SuggestedMap[];
  readonly values: string;
  readonly labels: LabelRuns | null;
}
const drawn = new Map<number, Drawn>();

/**
 * Values of the labels that are suggested on a slice: what is drawn where no label is, and what accepting
 * makes labels there. The same object for as long as it does not change; null where nothing is suggested.
 */
export function drawnSuggestion(slice: number): LabelRuns | null {
  const suggested = suggestionsOn(slice);
  const maps = suggested.map((one) => one.map);
  const values = `${suggested.map(({ value }) => value).join()}/${[...useAnnotation().locked].join()}`;
  const last = drawn.get(slice);
  const isSame =
    last?.values === values &&
    last.maps.length === maps.length &&
    last.maps.every((one, n) => one === maps[n]);
  if (isSame) return last.labels;
  const labels = runsOf(suggested);
  drawn.set(slice, { maps, values, labels });
  return labels;
}

/** What is drawn of suggestions on a slice. */
function runsOf(suggested: readonly Suggested[]): LabelRuns | null {
  const { map, locked } = useAnnotation();
  if (!map || suggested.length === 0) return null;
  return labelRuns(openSuggestion(suggested, locked, map.size[0] * map.size[1]));
}

/** The same pixel by pixel, [rows, columns]: 0 where nothing is suggested. */
export function drawnPixels(slice: number): Uint8Array | null {
  const runs = drawnSuggestion(slice);
  return runs && spreadRuns(runs);
}

/**
 * What would be drawn of a slice with the suggestions that those of now took the place of: of labels whose
 * suggestion was not exchanged, it is that of now. The same object as now where none was exchanged.
 */
export function drawnBefore(slice: number): LabelRuns | null {
  const [before, now] = [suggestionsOn(slice, mapBefore), suggestionsOn(slice)];
  const isExchanged =
    before.length !== now.length || before.some(({ map }, n) => !isSameMap(map, now[n]!.map));
  return isExchanged ? runsOf(before) : drawnSuggestion(slice);
}

/** Whether something else is drawn of a slice than before its suggestions were exchanged. */
export function hasChanged(slice: number): boolean {
  const [before, now] = [drawnBefore(slice), drawnSuggestion(slice)];
  const { map } = useAnnotation();
  if (!map || before === now) return false;
  const [was, is] = [before && spreadRuns(before), now && spreadRuns(now)];
  const pixels = map.size[0] * map.size[1];
  const start = slice * pixels;
  for (let at = 0; at < pixels; at++) {
    if ((was?.[at] ?? 0) !== (is?.[at] ?? 0) && map.data[start + at] === 0) return true;
  }
  return false;
}

const redrawn = createEventHook<number>();

/** To hear of slices of which something else may be drawn; for as long as the scope lives. */
export const onRedrawn = redrawn.on;

/** Says that something else may be drawn of a slice: to be called by what draws it. */
export const announceRedrawn = (slice: number): void => void redrawn.trigger(slice);

/** Another stack is shown. */
export const forgetDrawn = (): void => drawn.clear();

/** Labels whose doubt is drawn: the chosen one, or all; of those that are shown. */
export function labelsInDoubt(): readonly Label[] {
  const { labels, activeId } = useAnnotation();
  const isChosenAlone = useView().doubt.of === 'chosen';
  return labels.filter((label) => isShown(label) && (!isChosenAlone || label.id === activeId));
}

/** Whether maps are missing on the page of which the doubt on a slice is made. */
export const lacksDoubt = (slice: number): boolean =>
  labelsInDoubt().some(
    ({ id }) => useSuggestions().has(id, slice) && !useSuggestions().mapsOf(id, slice),
  );

/**
 * Copies of maps. Those of one message share its memory: who holds one of them for long would hold all.
 */
const copies = new WeakMap<Uint8Array, Uint8Array>();
function aloneOf(map: Uint8Array): Uint8Array {
  const copy = copies.get(map) ?? map.slice();
  copies.set(map, copy);
  return copy;
}

/**
 * Doubt that is drawn on a slice, [rows, columns] bytes for 0 … ln 2: of each pixel the largest of those
 * labels whose maps are here; null where it is not shown or there is none.
 */
export function drawnDoubt(slice: number): Uint8Array | null {
  if (!isRevealed(slice)) return null;
  const { kind } = useView().doubt;
  const maps = labelsInDoubt().flatMap(
    ({ id }) => useSuggestions().mapsOf(id, slice)?.[kind] ?? [],
  );
  const [one, ...others] = maps;
  if (!one) return null;
  return others.length > 0 ? largestOf(maps) : aloneOf(one);
}
