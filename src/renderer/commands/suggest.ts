import { useAnnotation } from '../stores/annotation-store.ts';
import { useSuggestions } from '../stores/suggestions-store.ts';
import { useView } from '../stores/view-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import type { Command } from './types.ts';

/** Labels that a suggestion is asked for: all that are shown, may change, and say what they are. */
export const suggestible = (): readonly string[] =>
  useAnnotation()
    .labels.filter(({ visible, locked, prompt }) => visible && !locked && prompt !== '')
    .map(({ id }) => id);

const canSuggest = (): boolean => useVolume().current !== null && suggestible().length > 0;

export async function suggest(
  slices: readonly [number, number],
  focus = useView().slice,
): Promise<void> {
  const labels = suggestible();
  if (labels.length > 0) await useSuggestions().run(labels, slices, focus);
}

export const suggestCommands: readonly Command[] = [
  {
    id: 'suggest.slice',
    title: 'Suggest this slice',
    group: 'Suggest',
    key: 'S',
    needsHost: true,
    enabled: canSuggest,
    run: () => suggest([useView().slice, useView().slice]),
  },
  {
    id: 'suggest.range',
    title: 'Suggest the chosen range',
    group: 'Suggest',
    key: '',
    needsHost: true,
    enabled: () => canSuggest() && useView().range !== null,
    run: () => suggest(useView().range!),
  },
  {
    id: 'suggest.series',
    title: 'Suggest the whole series',
    group: 'Suggest',
    key: 'Shift+S',
    needsHost: true,
    enabled: canSuggest,
    run: () => suggest([0, useVolume().slices - 1]),
  },
  {
    id: 'suggest.cancel',
    title: 'Stop suggesting',
    group: 'Suggest',
    key: '',
    enabled: () => useSuggestions().running,
    run: () => useSuggestions().cancel(),
  },
];
