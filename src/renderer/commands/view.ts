import { presetsOf } from '../model/presets.ts';
import { useAnnotation } from '../stores/annotation.ts';
import { useSettings } from '../stores/settings.ts';
import { useView, type DoubtKind, type Layout } from '../stores/view.ts';
import { useVolume } from '../stores/volume.ts';
import { TOOLS } from '../tools.ts';
import type { Command } from './types.ts';

const isOpen = (): boolean => useVolume().current !== null;
const KINDS: readonly DoubtKind[] = ['total', 'aleatoric', 'epistemic'];

const layout = (value: Layout, title: string, key: string): Command => ({
  id: `view.layout.${value}`, title, group: 'View', key, enabled: isOpen,
  run: () => (useView().layout = value),
}); // prettier-ignore

const move = (id: string, title: string, key: string, to: (slice: number, last: number) => number): Command => ({
  id: `view.${id}`, title, group: 'View', key, repeats: true, hidden: true, enabled: isOpen,
  run: () => useView().goTo(to(useView().slice, useVolume().slices - 1), useVolume().slices),
}); // prettier-ignore

function nextWindow(step: 1 | -1): void {
  const view = useView();
  const presets = presetsOf(useVolume().current, useSettings().values);
  const at = presets.findIndex(
    ({ centre, width }) => centre === view.window.centre && width === view.window.width,
  );
  const next = presets[(Math.max(at, step < 0 ? 0 : -1) + step + presets.length) % presets.length];
  if (next) view.window = { centre: next.centre, width: next.width };
}

function toggleSuggestions(): void {
  const view = useView();
  const { review } = useAnnotation();
  const hides = useSettings().values?.annotateFirst && review[view.slice] === 'unseen';
  if (!hides || !view.suggestions) view.suggestions = !view.suggestions;
  else view.revealed = view.revealed === view.slice ? null : view.slice;
}

export const viewCommands: readonly Command[] = [
  layout('single', 'One view', 'Alt+1'),
  layout('grid', 'Four views', 'Alt+2'),
  layout('main', 'One large, two small views', 'Alt+3'),
  move('previous', 'Slice before', 'ArrowUp', (k) => k - 1),
  move('next', 'Slice behind', 'ArrowDown', (k) => k + 1),
  move('back10', 'Ten slices back', 'PageUp', (k) => k - 10),
  move('on10', 'Ten slices on', 'PageDown', (k) => k + 10),
  move('first', 'First slice', 'Home', () => 0),
  move('last', 'Last slice', 'End', (_, last) => last),
  { id: 'view.cine', title: 'Run through the slices', group: 'View', key: 'Space', enabled: isOpen, run: () => (useView().cine = !useView().cine) },
  { id: 'view.reset', title: 'Fit all views', group: 'View', key: '0', enabled: isOpen, run: () => useView().resets++ },
  { id: 'view.window.next', title: 'Next window preset', group: 'View', key: 'Q', enabled: isOpen, run: () => nextWindow(1) },
  { id: 'view.window.previous', title: 'Window preset before', group: 'View', key: 'Shift+Q', hidden: true, enabled: isOpen, run: () => nextWindow(-1) },
  { id: 'view.labels', title: 'Show or hide labels', group: 'View', key: 'V', run: () => (useView().labels.shown = !useView().labels.shown) },
  { id: 'view.suggestions', title: 'Show or hide suggestions', group: 'View', key: 'O', run: toggleSuggestions },
  { id: 'view.doubt', title: 'Show or hide doubt', group: 'View', key: 'U', run: () => (useView().doubt.shown = !useView().doubt.shown) },
  {
    id: 'view.doubt.kind', title: 'Next kind of doubt', group: 'View', key: 'Shift+U',
    run: () => {
      const { doubt } = useView();
      doubt.kind = KINDS[(KINDS.indexOf(doubt.kind) + 1) % KINDS.length]!;
    },
  },
  { id: 'view.patient', title: 'Show or hide the patient', group: 'View', key: '', run: () => useSettings().change({ hidePatient: !useSettings().hidePatient }) },
]; // prettier-ignore

const RADII = { least: 0.5, most: 60 } as const;

function resize(factor: number): void {
  const { brush } = useView();
  const radius = Math.min(RADII.most, Math.max(RADII.least, brush.radius * factor));
  brush.radius = Math.round(radius * 2) / 2 || RADII.least;
}

export const toolCommands: readonly Command[] = [
  ...TOOLS.map(({ id, title, key }): Command => ({
    id: `tool.${id}`, title, group: 'Tools', key, enabled: isOpen,
    run: () => (useView().tool = id),
  })),
  { id: 'tool.smaller', title: 'Smaller brush', group: 'Tools', key: '[', repeats: true, hidden: true, run: () => resize(1 / 1.25) },
  { id: 'tool.larger', title: 'Larger brush', group: 'Tools', key: ']', repeats: true, hidden: true, run: () => resize(1.25) },
]; // prettier-ignore
