import { floodRegion } from '../../../shared/edit/index.ts';
import { voxelAt } from '../camera.ts';
import type { Act } from './act.ts';
import { lastOf, type Tool } from './tool.ts';

export interface FloodToolOptions {
  /** How far values may be from that under the pointer, in their unit. */
  readonly tolerance: () => number;
  /** How far it may go from there, mm. */
  readonly reach?: () => number;
  readonly extent: () => 'slice' | 'volume';
  readonly act: Act;
}

/** Fills what is connected to the voxel under the pointer and like it. */
export function floodTool({ tolerance, reach, extent, act }: FloodToolOptions): Tool {
  return {
    cursor: 'cell',
    begin(event, context) {
      const scene = context.scene();
      const { labels, volume } = scene;
      const seed = labels && voxelAt(labels.size, lastOf(event).position);
      if (!labels || !volume || !seed) return undefined;
      const { plane, erase } = event;
      const region = floodRegion(
        labels,
        volume.values,
        seed,
        extent() === 'slice' ? plane : 'volume',
        { tolerance: tolerance(), ...(reach && { reach: reach() }) },
      );
      context.finishEdit(act(region, { scene, plane, erase }));
      return undefined;
    },
  };
}
