import {
  createViewer,
  viewedVolume,
  type Readout,
  type ViewedImage,
  type Viewer,
  type Viewport,
} from '../../../src/renderer/viewer/index.ts';

/**
 * A page with a viewer of three planes and nothing else. Tests name views by their plane, the viewer
 * by the axis of the volume: `axisOf` translates. What a test does in it, it does through
 * `window.harness`: the modules that a shell would use, and what a shell could not see.
 */
import * as viewerModule from '../../../src/renderer/viewer/index.ts';
import { measure } from './measure.ts';
import * as edit from '../../../src/shared/edit/index.ts';
import { axisAcross, type AnatomicalPlane } from '../../../src/shared/geometry/index.ts';
import type { Affine, Axis, Volume } from '../../../src/shared/volume.ts';

/** It takes grey volumes as they are. */
type HarnessViewer = Omit<Viewer, 'setVolume'> & {
  setVolume(volume: Volume | ViewedImage | null, arrived?: boolean): void;
};

const PLANES = ['axial', 'sagittal', 'coronal'] as const;
const LPS: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

const container = document.querySelector<HTMLElement>('#container')!;
const elementOf = (plane: AnatomicalPlane): HTMLElement =>
  document.querySelector<HTMLElement>(`#${plane}`)!;

/** A read-out that names the plane instead of the axis. */
const named = ({ axis, ...readout }: Readout): object => ({
  plane: PLANES.find((plane) => harness.axisOf(plane) === axis),
  ...readout,
});

const harness = {
  ...viewerModule,
  edit,
  measure,
  /** What was told, in order: [event, data]. */
  told: [] as [string, unknown][],
  viewer: undefined as HarnessViewer | undefined,
  viewports: {} as Record<AnatomicalPlane, Viewport>,

  /** The axis of the volume that a plane is cut across. */
  axisOf: (plane: AnatomicalPlane): Axis =>
    axisAcross(harness.viewer?.scene.volume?.raster.affineLps ?? LPS, plane),

  /** Begins anew. @param onEdit what the owner of the labels does with an edit. */
  start(textureLimit?: number): void {
    harness.viewer?.dispose();
    harness.told = [];
    const tell =
      (name: string) =>
      (data: unknown): void =>
        void harness.told.push([
          name,
          data instanceof Error ? { ...data, message: data.message } : data,
        ]);
    const viewer = createViewer(
      container,
      {
        cursor: (readout) => tell('cursor')(readout && named(readout)),
        position: tell('position'),
        window: tell('window'),
        measurements: tell('measurements'),
        edit: tell('edit'),
        device: tell('device'),
        error: tell('error'),
      },
      textureLimit === undefined ? {} : { textureLimit },
    );
    const { setVolume } = viewer;
    harness.viewer = Object.assign(viewer, {
      setVolume(volume: Volume | ViewedImage | null, arrived?: boolean) {
        setVolume(volume && 'grid' in volume ? viewedVolume(volume) : volume, arrived);
        for (const plane of PLANES) {
          const [viewport, axis] = [harness.viewports[plane], harness.axisOf(plane)];
          if (viewport.axis !== axis) viewport.setAxis(axis);
        }
      },
    });
    for (const plane of PLANES)
      harness.viewports[plane] = viewer.addViewport(elementOf(plane), harness.axisOf(plane));
  },

  canvas: (): HTMLCanvasElement => container.querySelector<HTMLCanvasElement>(':scope > canvas')!,

  /** The colour at a point of a viewport, in CSS pixels: of the picture, without marks. */
  pixel(plane: AnatomicalPlane, x: number, y: number): number[] {
    const canvas = harness.canvas();
    const gl = canvas.getContext('webgl2')!;
    const box = elementOf(plane).getBoundingClientRect();
    const origin = container.getBoundingClientRect();
    const scale = canvas.width / origin.width;
    const at = [
      Math.floor((box.left - origin.left + x) * scale),
      Math.floor((box.top - origin.top + y) * scale),
    ];
    const rgba = new Uint8Array(4);
    gl.readPixels(at[0]!, canvas.height - 1 - at[1]!, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    return [...rgba.subarray(0, 3)];
  },

  /** All of the canvas, RGBA, bottom row first. */
  pixels(): Uint8Array {
    const canvas = harness.canvas();
    const gl = canvas.getContext('webgl2')!;
    const all = new Uint8Array(4 * canvas.width * canvas.height);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, all);
    return all;
  },
};

export type Harness = typeof harness;
(globalThis as unknown as { harness: Harness }).harness = harness;
