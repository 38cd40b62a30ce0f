import { isEmpty, type Edit, type LabelVolume } from '../../../shared/edit/index.ts';
import type { VoxelArray } from '../../../shared/volume.ts';
import { fitCamera, screenToVoxel, sliceGeometry, type Point, type View } from '../camera.ts';
import { DEFAULT_LOOK } from '../picture.ts';
import { viewedVolume } from '../viewed-image.ts';
import { editPlane, type Scene } from '../scene.ts';
import { createEditing, type Editing } from './edit-session.ts';
import type { ToolContext, ToolEvent } from './tool.ts';

/** For tests: an axial slice of 20 × 20 × 3 voxels of 1 mm, 10 CSS pixels each. */
const SIZE = [20, 20, 3] as const;
const grid = { size: SIZE, affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
const geometry = sliceGeometry(grid, 2);
const screen = { width: 200, height: 200 };
export const view: View = { geometry, screen, camera: fitCamera(geometry, screen) };

export interface FakeContext extends ToolContext {
  readonly labels: LabelVolume;
  readonly edits: Edit[];
  readonly withoutStroke: Editing['withoutStroke'];
  /** The labels are read anew. */
  readonly setLabels: (labels: LabelVolume) => void;
  /** Why strokes were lost. */
  readonly lost: readonly unknown[];
  /** What tools have set. */
  readonly set: { camera?: unknown; window?: unknown; position?: unknown };
}

export function fakeContext(image: VoxelArray = new Int16Array(1200)): FakeContext {
  const labels = { size: SIZE, spacing: [1, 1, 1] as const, data: new Uint8Array(1200) };
  let scene: Scene = {
    volume: viewedVolume({ grid, data: image }),
    hasArrived: () => true,
    labels,
    position: [10, 10, 1],
    look: DEFAULT_LOOK,
    measurements: [],
  };
  const set: FakeContext['set'] = {};
  const edits: Edit[] = [];
  const lost: unknown[] = [];
  const editing = createEditing(
    () => scene.labels,
    () => undefined,
    (error) => lost.push(error),
  );
  return {
    get labels() {
      return scene.labels!;
    },
    withoutStroke: editing.withoutStroke,
    lost,
    setLabels: (labels) => editing.withoutStroke(() => void (scene = { ...scene, labels })),
    edits,
    set,
    scene: () => scene,
    setPosition: (position) => void Object.assign(set, { position }),
    setWindow: (window) => void Object.assign(set, { window }),
    setCamera: (camera) => void Object.assign(set, { camera }),
    setMeasurements: (measurements) => (scene = { ...scene, measurements }),
    startEdit: editing.start,
    finishEdit: (edit) => void (edit && !isEmpty(edit) && edits.push(edit)),
  };
}

/** The pointer at points of the screen, in slice 1. */
export function eventAt(points: readonly Point[], more: Partial<ToolEvent> = {}): ToolEvent {
  const [first, ...others] = points.map((at) => ({ at, position: screenToVoxel(view, at, 1) }));
  return {
    view,
    slice: 1,
    plane: editPlane(geometry, 1),
    points: [first!, ...others],
    time: 0,
    erase: false,
    shift: false,
    ...more,
  };
}
