import { presetsOf } from '../model/window-presets.ts';
import { useAnnotation } from '../stores/annotation-store.ts';
import { useSettings } from '../stores/settings-store.ts';
import { useBlink } from '../stores/blink-store.ts';
import { useView, type DoubtKind, type Layout } from '../stores/view-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import { TOOLS } from '../toolbar.ts';
import { savePicture } from '../save-picture.ts';
import { usePanels, type Panel } from '../stores/panels-store.ts';
import { currentViewport } from '../viewports.ts';
import { draggedWindow, type Viewport } from '../viewer/index.ts';
import type { Command } from './types.ts';

const isOpen = (): boolean => useVolume().current !== null;
/** Colours are shown as they are: they have no window. */
const isGrey = (): boolean => useVolume().current?.info.stack.channels === 1;
/** Planes across the slices, and surfaces, need a grid. */
const isGrid = (): boolean => useVolume().isGrid;
const KINDS: readonly DoubtKind[] = ['total', 'aleatoric', 'epistemic'];

const layout = (value: Layout, title: string, key: string): Command => ({
  id: `view.layout.${value}`,
  title,
  group: 'View',
  key,
  enabled: isGrid,
  run: () => (useView().layout = value),
});

const panel = (name: Panel, title: string, key: string): Command => ({
  id: `view.panel.${name}`,
  title,
  group: 'View',
  key,
  enabled: isOpen,
  run: () => usePanels().toggle(name),
});

/** The view that has the focus takes the whole window, or gives it back. */
function toggleFilled(): void {
  const view = useView();
  view.filled = view.filled === null ? (currentViewport()?.axis ?? view.mainAxis) : null;
}

/** Done in the view that has the focus, else in the large one; again and again while the key is held. */
const inView = (
  id: string,
  title: string,
  key: string,
  work: (viewport: Viewport) => void,
): Command => ({
  id: `view.${id}`,
  title,
  group: 'View',
  key,
  repeats: true,
  hidden: true,
  enabled: isOpen,
  run() {
    const viewport = currentViewport();
    if (viewport) work(viewport);
  },
});

const move = (
  id: string,
  title: string,
  key: string,
  to: (slice: number, last: number) => number,
): Command =>
  inView(id, title, key, (viewport) => viewport.scrollTo(to(viewport.slice, viewport.slices - 1)));

/** CSS pixels of a drag that a key stands for. */
const DRAG = 20;
/** Part of a view that a key moves the picture by. */
const PAN = 1 / 16;

/** As if the pointer dragged the window. */
const dragWindow = (id: string, title: string, key: string, x: number, y: number): Command => ({
  id: `view.window.${id}`,
  title,
  group: 'View',
  key,
  repeats: true,
  hidden: true,
  enabled: isGrey,
  run() {
    const isInteger = !(useVolume().current?.pixels instanceof Float32Array);
    useView().window = draggedWindow(useView().window, [x * DRAG, y * DRAG], isInteger);
  },
});

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

/** The surface has the place of the fourth view. */
function toggleSurface(): void {
  const view = useView();
  view.surface = !(view.surface && view.layout === 'grid');
  if (view.surface) view.layout = 'grid';
}

export const viewCommands: readonly Command[] = [
  layout('single', 'One view', 'Alt+1'),
  layout('grid', 'Four views', 'Alt+2'),
  layout('main', 'One large, two small views', 'Alt+3'),
  {
    id: 'view.fill',
    title: 'This view fills the window',
    group: 'View',
    key: 'Alt+4',
    enabled: isOpen,
    run: toggleFilled,
  },
  panel('left', 'Show or fold series and queue', 'Alt+5'),
  panel('right', 'Show or fold labels and learning', 'Alt+6'),
  panel('strip', 'Show or fold the strip', 'Alt+7'),
  {
    id: 'view.panels',
    title: 'Fold all panels, or bring them back',
    group: 'View',
    key: 'Tab',
    enabled: isOpen,
    run: () => usePanels().toggleAll(),
  },
  move('previous', 'Previous slice', 'ArrowUp', (k) => k - 1),
  move('next', 'Next slice', 'ArrowDown', (k) => k + 1),
  move('back10', 'Ten slices back', 'PageUp', (k) => k - 10),
  move('on10', 'Ten slices forward', 'PageDown', (k) => k + 10),
  move('first', 'First slice', 'Home', () => 0),
  move('last', 'Last slice', 'End', (_, last) => last),
  inView('zoomIn', 'Zoom in', 'Plus', (viewport) => viewport.zoomBy(1.25)),
  inView('zoomOut', 'Zoom out', '-', (viewport) => viewport.zoomBy(1 / 1.25)),
  inView('panLeft', 'Move the picture left', 'Shift+ArrowLeft', (viewport) =>
    viewport.panBy(-PAN, 0),
  ),
  inView('panRight', 'Move the picture right', 'Shift+ArrowRight', (viewport) =>
    viewport.panBy(PAN, 0),
  ),
  inView('panUp', 'Move the picture up', 'Shift+ArrowUp', (viewport) => viewport.panBy(0, -PAN)),
  inView('panDown', 'Move the picture down', 'Shift+ArrowDown', (viewport) =>
    viewport.panBy(0, PAN),
  ),
  {
    id: 'view.cine',
    title: 'Run through the slices',
    group: 'View',
    key: 'Space',
    enabled: isOpen,
    run: () => (useView().cine = !useView().cine),
  },
  {
    id: 'view.reset',
    title: 'Fit all views',
    group: 'View',
    key: '0',
    enabled: isOpen,
    run: () => useView().resets++,
  },
  {
    id: 'view.sheet',
    title: 'All slices as a sheet',
    group: 'View',
    key: 'Shift+X',
    enabled: isOpen,
    run: () => (useView().dialog = 'sheet'),
  },
  {
    id: 'view.window.next',
    title: 'Next window preset',
    group: 'View',
    key: 'Q',
    enabled: isGrey,
    run: () => nextWindow(1),
  },
  {
    id: 'view.window.previous',
    title: 'Window preset before',
    group: 'View',
    key: 'Shift+Q',
    hidden: true,
    enabled: isGrey,
    run: () => nextWindow(-1),
  },
  dragWindow('narrower', 'Narrower window', '<', -1, 0),
  dragWindow('wider', 'Wider window', '>', 1, 0),
  dragWindow('brighter', 'Brighter', '.', 0, -1),
  dragWindow('darker', 'Darker', ',', 0, 1),
  {
    id: 'view.interpolate',
    title: 'Smooth or plain voxels',
    group: 'View',
    key: 'J',
    enabled: isOpen,
    run: () => (useView().interpolate = !useView().interpolate),
  },
  {
    id: 'view.crosshair',
    title: 'Show or hide the crosshair',
    group: 'View',
    key: 'Shift+C',
    enabled: isOpen,
    run: () => (useView().crosshair = !useView().crosshair),
  },
  {
    id: 'view.surface',
    title: 'Labels in 3-D',
    group: 'View',
    key: 'Y',
    enabled: isGrid,
    run: toggleSurface,
  },
  {
    id: 'view.picture',
    title: 'Picture of the view as PNG',
    group: 'View',
    key: 'Shift+P',
    enabled: isOpen,
    run: savePicture,
  },
  {
    id: 'view.labels',
    title: 'Show or hide labels',
    group: 'View',
    key: 'V',
    run: () => (useView().labels.shown = !useView().labels.shown),
  },
  {
    id: 'view.suggestions',
    title: 'Show or hide suggestions',
    group: 'View',
    key: 'O',
    run: toggleSuggestions,
  },
  {
    id: 'view.blink',
    title: 'Blink what changed in suggestions',
    group: 'View',
    key: 'Shift+O',
    enabled: isOpen,
    run: () => useBlink().toggle(),
  },
  {
    id: 'view.doubt',
    title: 'Show or hide doubt',
    group: 'View',
    key: 'U',
    run: () => (useView().doubt.shown = !useView().doubt.shown),
  },
  {
    id: 'view.doubt.kind',
    title: 'Next kind of doubt',
    group: 'View',
    key: 'Shift+U',
    run: () => {
      const { doubt } = useView();
      doubt.kind = KINDS[(KINDS.indexOf(doubt.kind) + 1) % KINDS.length]!;
    },
  },
  {
    id: 'view.patient',
    title: 'Show or hide the patient',
    group: 'View',
    key: '',
    run: () => useSettings().change({ hidePatient: !useSettings().hidePatient }),
  },
];

const RADII = { least: 0.5, most: 60 } as const;

function resize(factor: number): void {
  const { brush } = useView();
  const radius = Math.min(RADII.most, Math.max(RADII.least, brush.radius * factor));
  brush.radius = Math.round(radius * 2) / 2 || RADII.least;
}

export const toolCommands: readonly Command[] = [
  ...TOOLS.map(({ id, title, key, needsGrid }): Command => ({
    id: `tool.${id}`,
    title,
    group: 'Tools',
    key,
    enabled: needsGrid ? isGrid : isOpen,
    run: () => (useView().tool = id),
  })),
  {
    id: 'tool.smaller',
    title: 'Smaller brush',
    group: 'Tools',
    key: '[',
    repeats: true,
    hidden: true,
    run: () => resize(1 / 1.25),
  },
  {
    id: 'tool.larger',
    title: 'Larger brush',
    group: 'Tools',
    key: ']',
    repeats: true,
    hidden: true,
    run: () => resize(1.25),
  },
];
