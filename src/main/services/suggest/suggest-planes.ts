import { anatomicalPlane } from '../../../shared/geometry/index.ts';
import { gridOf, requireGrid, requireVolume } from '../../../shared/image/index.ts';
import { eachKind, toBytes } from '../../../shared/map-bytes.ts';
import { measureDoubt } from '../../../shared/ranking/index.ts';
import type { UncertaintyMaps } from '../../../shared/uncertainty.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { Label, Suggestion, Workspace } from '../../workspace/index.ts';
import type { Predict } from '../engine/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import { planeSliceName, sliceName, type OpenVolume } from '../cases/index.ts';
import { atTemperature } from './encode-maps.ts';
import { createFusion, type PlaneFusion } from './plane-fusion.ts';
import { MOST_FUSED_VOXELS, planeOrder, slicesIn } from './planes.ts';
import { planeSlice, predictPlane, type PlaneSlice } from './predict-plane.ts';
import { keyOf, promptOf, type Recipe } from './recipe.ts';

/**
 * Suggestions of whole labels in all planes that a recipe names, fused as `segmentPlanes` does, and
 * stored when all slices are there. What the acquired plane said while it was suggested slice by
 * slice is taken in and not asked for again.
 */
export interface PlanesJob {
  /** Slices that remain to be predicted. */
  readonly remaining: () => number;
  /** What the model said of a label in acquired slice k, at the recipe's temperature. */
  readonly take: (label: Label, k: number, maps: UncertaintyMaps, samplesUsed: number) => void;
  /** @param isThere whether a label was not removed meanwhile. */
  readonly finish: (options: FinishOptions) => Promise<void>;
}

interface FinishOptions {
  readonly predict: Predict;
  readonly signal: AbortSignal;
  readonly isThere: (label: Label) => boolean;
  readonly onSlice: () => void;
}

interface FusedLabel {
  readonly label: Label;
  readonly fusion: PlaneFusion;
  /** Of the slices along k, as far as they were predicted. */
  readonly samplesUsed: number[];
  /** Acquired slices that are added. */
  readonly taken: Set<number>;
}

/** @param labels that have no fused suggestions yet, at least one. */
export function fusePlanes(
  workspace: Workspace,
  volume: OpenVolume,
  recipe: Recipe,
  labels: readonly Label[],
): PlanesJob {
  const { image } = volume;
  const grid = requireGrid({ ...image, grid: gridOf(volume.raster) });
  const [nx, ny, nz] = grid.size;
  const acquired = anatomicalPlane(grid.affineLps, 2);
  const planes = planeOrder(grid, recipe.planes);
  // So many at a time as fit into memory together.
  const most = Math.max(1, Math.floor(MOST_FUSED_VOXELS / (nx * ny * nz)));
  const begin = (group: readonly Label[]): FusedLabel[] =>
    group.map((label) => ({
      label,
      fusion: createFusion(nx * ny * nz),
      samplesUsed: [],
      taken: new Set(),
    }));
  /** The labels that are taken in while the acquired plane is suggested. */
  let first = begin(labels.slice(0, most));

  function addAcquired(
    fused: FusedLabel,
    k: number,
    maps: UncertaintyMaps,
    samplesUsed: number,
  ): void {
    if (!planes.includes(acquired) || fused.taken.has(k)) return;
    fused.fusion.add(maps, planeSlice(grid, acquired, k));
    fused.samplesUsed[k] = samplesUsed;
    fused.taken.add(k);
  }

  async function predictGroup(group: readonly FusedLabel[], options: FinishOptions): Promise<void> {
    const { predict, signal, onSlice } = options;
    const whole = requireVolume(image, await volume.whole(signal));
    const { window, samples, seed, tolerance, temperature } = recipe;
    const common = { volume: whole, window, samples, seed, tolerance, signal };
    for (const plane of planes) {
      const slices = [...Array(slicesIn(grid, plane)).keys()];
      const asked = slices.map((k) =>
        group.filter(({ taken }) => plane !== acquired || !taken.has(k)),
      );
      const waiting: Promise<void>[] = [];
      const add = async (k: number, frame: PredictionFrame, at: PlaneSlice): Promise<void> => {
        for (const [n, fused] of asked[k]!.entries()) {
          const maps = await atTemperature(frame.maps[n]!, temperature);
          if (plane === acquired) addAcquired(fused, k, maps, frame.samplesUsed);
          else fused.fusion.add(maps, at);
          if (plane === planes[0]) fused.samplesUsed[k] = frame.samplesUsed;
        }
      };
      await predictPlane(predict, {
        ...common,
        plane,
        slices,
        prompts: (k) => asked[k]!.map(({ label }) => promptOf(label)),
        sliceKey: (k) => planeSliceName(plane, acquired, (n) => sliceName(volume, n), k),
        onSlice: (k, frame, at) => {
          waiting.push(add(k, frame, at));
          onSlice();
        },
      });
      await Promise.all(waiting);
    }
  }

  async function store({ label, fusion, samplesUsed }: FusedLabel, options: FinishOptions) {
    const pixels = nx * ny;
    for (let k = 0; k < nz; k++) {
      options.signal.throwIfAborted();
      if (!options.isThere(label)) return;
      const maps = fusion.maps(k * pixels, (k + 1) * pixels);
      const suggestion: Suggestion = {
        label: label.id,
        index: k,
        samplesUsed: samplesUsed[Math.min(k, samplesUsed.length - 1)]!,
        ...eachKind((kind) => toBytes(kind, maps[kind])),
        ...measureDoubt(maps, volume.view(k).stored),
      };
      workspace.suggestions.put(image.id, [{ key: keyOf(recipe, label), suggestion }]);
      await yieldToEventLoop();
    }
  }

  function remaining(): number {
    const all = planes.reduce((sum, plane) => sum + slicesIn(grid, plane), 0);
    const done = Math.min(...first.map(({ taken }) => taken.size));
    return Math.ceil(labels.length / most) * all - done;
  }

  return {
    remaining,
    take(label, k, maps, samplesUsed) {
      const fused = first.find((one) => one.label.id === label.id);
      if (fused) addAcquired(fused, k, maps, samplesUsed);
    },
    async finish(options) {
      for (let from = 0; from < labels.length; from += most) {
        const group = from === 0 ? first : begin(labels.slice(from, from + most));
        await predictGroup(group, options);
        for (const fused of group) await store(fused, options);
        if (from === 0) first = [];
      }
    },
  };
}
