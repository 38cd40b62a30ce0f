import type { Edit, Plane, PlanePoint } from '../../../shared/edit/index.ts';
import type { Triple, Window } from '../../../shared/volume.ts';
import type { Camera, Point, View } from '../camera.ts';
import type { Measurement, Scene } from '../scene.ts';
import type { Shape } from '../shapes.ts';
import type { EditSession } from './edit-session.ts';

/** Where the pointer was: on the screen, and as a voxel position in the slice. */
export interface ToolPoint {
  readonly at: Point;
  readonly position: Triple;
  /** Of a pen, 0 … 1. */
  readonly pressure?: number;
}

/** What the pointer did in a viewport. */
export interface ToolEvent {
  readonly view: View;
  readonly slice: number;
  readonly plane: Plane;
  /** Since the last event, the newest last: pens report more places than there are frames. */
  readonly points: readonly [ToolPoint, ...ToolPoint[]];
  /** ms, of any beginning. */
  readonly time: number;
  /** The pen's other end, or the key that turns a tool round. */
  readonly erase: boolean;
  readonly shift: boolean;
}

/** What tools may do. */
export interface ToolContext {
  readonly scene: () => Scene;
  readonly setPosition: (voxel: Triple) => void;
  readonly setWindow: (window: Window) => void;
  readonly setCamera: (camera: Camera) => void;
  readonly setMeasurements: (measurements: readonly Measurement[]) => void;
  /** Begins a change of labels that is shown at once. Undefined where there are none. */
  readonly startEdit: () => EditSession | undefined;
  /** Hands a finished edit to whom the labels belong. */
  readonly finishEdit: (edit: Edit | undefined) => void;
}

/** From pointer down to pointer up. */
export interface Gesture {
  move(event: ToolEvent): void;
  end(): void;
  cancel(): void;
}

/** What the pointer does in a viewport. */
export interface Tool {
  /** CSS cursor. */
  readonly cursor: string;
  begin(event: ToolEvent, context: ToolContext): Gesture | undefined;
  /** Marks of the tool: its cursor, what is being drawn. @param pointer undefined when it is away. */
  shapes?(view: View, slice: number, pointer: ToolPoint | undefined): readonly Shape[];
  /** @returns whether the key meant something. */
  key?(key: string, context: ToolContext): boolean;
  /** Another tool is taken up: what is half done is dropped. */
  leave?(): void;
}

export const lastOf = ({ points }: ToolEvent): ToolPoint => points.at(-1) ?? points[0];

/** A voxel position as a position in its slice. */
export const inPlane = ({ axis }: Plane, position: Triple): PlanePoint =>
  axis === 2
    ? [position[0], position[1]]
    : axis === 1
      ? [position[0], position[2]]
      : [position[1], position[2]];
