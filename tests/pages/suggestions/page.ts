import { createPinia, setActivePinia } from 'pinia';
import { effectScope } from 'vue';
import { onKeyDown } from '../../../src/renderer/commands/index.ts';
import { showScene } from '../../../src/renderer/components/viewing/show-scene.ts';
import { showSuggestionMaps } from '../../../src/renderer/components/viewing/suggestion-maps.ts';
import { useAnnotation } from '../../../src/renderer/stores/annotation-store.ts';
import { useBlink } from '../../../src/renderer/stores/blink-store.ts';
import { useSuggestions } from '../../../src/renderer/stores/suggestions-store.ts';
import { useView } from '../../../src/renderer/stores/view-store.ts';
import { useVolume, type OpenVolume } from '../../../src/renderer/stores/volume-store.ts';
import {
  createViewer,
  viewedVolume,
  type Viewer,
  type Viewport,
} from '../../../src/renderer/viewer/index.ts';
import { encodeRuns } from '../../../src/shared/labelmap/rle.ts';
import type { Axis } from '../../../src/shared/volume.ts';
import { createHost, type Host } from './host.ts';

/**
 * A page with the views of a series, its labels and its suggestions, and nothing else: stores, drawing,
 * keys and accepting are those of the application, the host is a double. The series is black, so that
 * every colour on the screen is that of a label or of a suggestion.
 */
const SIZE = [16, 16, 3] as const;
const PIXELS = SIZE[0] * SIZE[1];
const STACK = 'stack';
/** By value, which is the bits of red, green and blue: what is seen of a voxel tells its label. */
const COLOURS = ['#000000', '#ff0000', '#00ff00', '#ffff00'] as const;
const PANES = [
  ['axial', 2],
  ['sagittal', 0],
  ['coronal', 1],
] as const satisfies readonly (readonly [string, Axis])[];

export interface Case {
  readonly labels: readonly {
    readonly visible: boolean;
    readonly locked: boolean;
    /** Probabilities of each slice, 0 … 255; null where it is not suggested there. */
    readonly suggested: readonly (readonly number[] | null)[];
  }[];
  /** Of every voxel, i fastest. */
  readonly painted: readonly number[];
  readonly chosen: number;
  readonly solo: boolean;
}

const container = document.querySelector<HTMLElement>('#container')!;
let viewer: Viewer | undefined;
let scope = effectScope();
let viewports: readonly Viewport[] = [];
let host: Host;
// The bridge is made once for the page: it speaks to the host of the moment.
Object.assign(window, {
  marginalia: {
    post: (message: never) => host.post(message),
    subscribe: (handler: never) => (toPage = handler),
    pathOf: () => '',
  },
});
let toPage: (message: never) => void = () => undefined;

/** Label that is seen in the middle of a voxel of a pane; 0 where it is black. */
function seenAt(pane: number, u: number, v: number): number {
  const { element, scale } = viewports[pane]!;
  const [width, height] = pane === 0 ? [SIZE[0], SIZE[1]] : [SIZE[0], SIZE[2]];
  const canvas = container.querySelector<HTMLCanvasElement>(':scope > canvas')!;
  const box = element.getBoundingClientRect();
  const origin = container.getBoundingClientRect();
  const x = box.left - origin.left + box.width / 2 + (u + 0.5 - width / 2) * scale;
  const y = box.top - origin.top + box.height / 2 + (v + 0.5 - height / 2) * scale;
  const gl = canvas.getContext('webgl2')!;
  const rgba = new Uint8Array(4);
  const row = canvas.height - 1 - Math.floor(y);
  gl.readPixels(Math.floor(x), row, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  return (rgba[0]! > 8 ? 1 : 0) + (rgba[1]! > 8 ? 2 : 0);
}

const harness = {
  async start({ labels, painted, chosen, solo }: Case): Promise<void> {
    scope.stop();
    viewer?.dispose();
    scope = effectScope();
    host = createHost({
      slices: SIZE[2],
      pixels: PIXELS,
      say: (message) => toPage(message as never),
    });
    setActivePinia(createPinia());
    labels.forEach(({ visible, locked, suggested }, n) => {
      const { id } = host.annotation.addLabel({
        name: `label ${n + 1}`,
        colour: COLOURS[n + 1]!,
        prompt: 'something',
        visible,
        locked,
        term: null,
      });
      suggested.forEach((one, slice) => one && host.suggest(id, slice, Uint8Array.from(one)));
    });
    const slices = Array.from({ length: SIZE[2] }, (_, k) =>
      Uint8Array.from(painted.slice(k * PIXELS, (k + 1) * PIXELS)),
    );
    host.annotation.begin(
      slices.map(() => 'unseen'),
      new Map(slices.map((one, k) => [k, encodeRuns(one)])),
    );
    const view = useView();
    view.window = { centre: 500, width: 100 };
    view.interpolate = false;
    view.doubt.shown = false;
    view.solo = solo;
    viewer = createViewer(container);
    viewports = PANES.map(([name, axis]) =>
      viewer!.addViewport(document.querySelector<HTMLElement>(`#${name}`)!, axis),
    );
    useVolume().current = {
      info: { stack: { id: STACK, channels: 1, kind: 'volume' }, size: [...SIZE] },
      ...viewedVolume({
        grid: { size: [...SIZE], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
        data: new Int16Array(SIZE[0] * SIZE[1] * SIZE[2]),
      }),
    } as unknown as OpenVolume;
    await useAnnotation().load(STACK, [...SIZE], [1, 1, 1]);
    useAnnotation().activeId = useAnnotation().labels[chosen]!.id;
    scope.run(() => {
      showScene(viewer!);
      showSuggestionMaps(viewer!);
    });
    await useSuggestions().load(STACK);
    await harness.drawn();
  },

  /** Waits until all that the host has is on the screen. */
  async drawn(): Promise<void> {
    const isFetched = (): boolean =>
      useAnnotation().unsaved === 0 &&
      [...useSuggestions().summaries.values()].every(
        ({ label, index }) =>
          useSuggestions().outlineOf(label, index) !== undefined ||
          !useAnnotation().labels.some(({ id, visible }) => id === label && visible) ||
          (useView().solo && label !== useAnnotation().activeId),
      );
    while (!isFetched()) await new Promise((resolve) => setTimeout(resolve));
    await viewer!.settled();
  },

  async goTo(voxel: readonly [number, number, number]): Promise<void> {
    useView().focus = [...voxel];
    viewer!.setPosition([...voxel]);
    await viewer!.settled();
  },

  press(key: string, more: KeyboardEventInit = {}): void {
    onKeyDown(new KeyboardEvent('keydown', { key, code: `Key${key.toUpperCase()}`, ...more }));
  },

  /** What is seen of the slice in view, [rows, columns]. */
  axial: (): number[] =>
    Array.from({ length: PIXELS }, (_, n) => seenAt(0, n % SIZE[0], Math.floor(n / SIZE[0]))),
  /** What is seen in the planes across, [slices, columns], the first slice first: it lies lowest. */
  across: (pane: 'sagittal' | 'coronal'): number[] =>
    Array.from({ length: SIZE[0] * SIZE[2] }, (_, n) =>
      seenAt(pane === 'sagittal' ? 1 : 2, n % SIZE[0], SIZE[2] - 1 - Math.floor(n / SIZE[0])),
    ),

  /** Labels of a slice on the page, and with the host. */
  labels: (slice: number): readonly [page: number[], host: number[]] => [
    [...useAnnotation().map!.copyOf(slice)],
    [...host.labelsOf(slice)],
  ],
  shownValues: (): number[] =>
    useAnnotation()
      .labels.filter(
        ({ id, visible }) => visible && (!useView().solo || id === useAnnotation().activeId),
      )
      .map(({ value }) => value),
  blink: () => useBlink().shows,

  /** Begins a run of suggestions whose frames the test sends, see `frame`. */
  run(): void {
    const ids = useAnnotation().labels.map(({ id }) => id);
    void useSuggestions().run(ids, [0, SIZE[2] - 1], 1);
  },
  frame: (value: number, slice: number, probability: readonly number[], final: boolean): void =>
    host.frame(`label-${value}`, slice, Uint8Array.from(probability), final),
  /** From now on changes of labels are not answered, until they are let go. */
  hold: (): void => host.hold(),
  release: (): void => host.release(),
  /** What the host suggests is another now; it is asked for. */
  async follow(value: number, slice: number, probability: readonly number[]): Promise<void> {
    host.suggest(`label-${value}`, slice, Uint8Array.from(probability), 'followed');
    await useSuggestions().refresh();
    while (useSuggestions().isOld(`label-${value}`, slice))
      await new Promise((resolve) => setTimeout(resolve));
    await viewer!.settled();
  },
};

export type SuggestionsHarness = typeof harness;
(globalThis as unknown as { harness: SuggestionsHarness }).harness = harness;
