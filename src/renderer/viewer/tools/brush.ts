import {
  ballStroke,
  discStroke,
  type LabelVolume,
  type Region,
  type StrokePoint,
} from '../../../shared/edit/index.ts';
import type { Point, View } from '../camera.ts';
import type { Shape } from '../shapes.ts';
import type { Act } from './act.ts';
import type { MakePiece } from './edit-session.ts';
import type { Tool, ToolEvent, ToolPoint } from './tool.ts';
import { inPlane } from './tool.ts';

/** What is done to the labels before a stroke touches them; part of the stroke. */
export interface StrokePreparation {
  /** @param erase the stroke takes away in the region. */
  pieces(region: Region, labels: LabelVolume, erase: boolean): MakePiece[];
  /** The stroke is handed over, or dropped. */
  end(isKept: boolean): void;
}

export interface BrushOptions {
  /** In the slice, or through several. */
  readonly shape: 'disc' | 'ball';
  /** mm. */
  readonly radius: () => number;
  /** Whether a pen that presses less paints finer; default yes. */
  readonly pressure?: () => boolean;
  readonly act: Act;
  /** Begins a stroke. */
  readonly prepare?: () => StrokePreparation;
  /** Whether it takes away, which its cursor shows. */
  readonly erases?: boolean;
}

/** Paints along the way of the pointer: every piece of it is seen at once. */
export function brushTool({
  shape,
  radius,
  pressure = () => true,
  act,
  prepare,
  erases = false,
}: BrushOptions): Tool {
  const toStroke = ({
    position,
    pressure: press,
  }: ToolPoint): StrokePoint<ToolPoint['position']> =>
    press === undefined || !pressure() ? { at: position } : { at: position, pressure: press };

  return {
    cursor: 'crosshair',
    begin(first, context) {
      const session = context.startEdit();
      if (!session) return undefined;
      const preparation = prepare?.();
      let last: ToolPoint | undefined;
      const sweep = ({ plane, points, erase }: ToolEvent): void => {
        const way = last ? [last, ...points] : points;
        last = points.at(-1);
        const size = radius();
        const regionOf = (labels: LabelVolume): Region =>
          shape === 'ball'
            ? ballStroke(labels, way.map(toStroke), size)
            : discStroke(
                labels,
                plane,
                way.map((p) => ({ ...toStroke(p), at: inPlane(plane, p.position) })),
                size,
              );
        const region = preparation && regionOf(session.labels);
        for (const piece of region
          ? preparation.pieces(region, session.labels, erase !== erases)
          : [])
          session.add(piece);
        session.add(() => act(regionOf(session.labels), { scene: context.scene(), plane, erase }));
      };
      sweep(first);
      return {
        move: sweep,
        end() {
          context.finishEdit(session.finish());
          preparation?.end(true);
        },
        cancel() {
          session.cancel();
          preparation?.end(false);
        },
      };
    },
    shapes: (view, _slice, pointer) =>
      pointer ? [ring(view, pointer.at, radius() * (toStroke(pointer).pressure ?? 1), erases)] : [],
  };
}

/** The brush itself, as large as it paints. */
function ring({ camera }: View, centre: Point, mm: number, erases: boolean): Shape {
  const radius = Math.max(1.5, mm * camera.scale);
  return { kind: 'circle', ink: erases ? 'tool-erase' : 'tool', centre, radius };
}
