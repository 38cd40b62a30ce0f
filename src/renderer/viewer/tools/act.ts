import {
  erase,
  inRange,
  paint,
  type Edit,
  type EditRules,
  type Plane,
  type Region,
} from '../../../shared/edit/index.ts';
import type { Scene } from '../scene.ts';

/** What becomes of the labels where a tool was: tools give regions, this gives the edit. */
export type Act = (region: Region, where: ActContext) => Edit | undefined;

export interface ActContext {
  readonly scene: Scene;
  readonly plane: Plane;
  /** The tool is turned round, see ToolEvent. */
  readonly erase: boolean;
}

export interface PaintSettings {
  /** For undo: "Brush". */
  readonly name: string;
  readonly action: 'paint' | 'erase';
  readonly rules: EditRules;
  /** Paints only where image values are at least and at most so much; erases regardless. */
  readonly range?: readonly [low: number, high: number];
}

/** Paints or erases by the settings of the moment. Throws as `paint` and `erase` do. */
export const paintAct =
  (settings: () => PaintSettings): Act =>
  (region, { scene, erase: isTurned }) => {
    const { name, action, rules, range } = settings();
    const { labels, volume } = scene;
    if (!labels || !volume) return undefined;
    const erases = (action === 'erase') !== isTurned;
    if (erases) return erase(labels, region, rules, isTurned ? 'Eraser' : name);
    const inside = range ? inRange(labels, region, volume.values, ...range) : region;
    return paint(labels, inside, rules, name);
  };
