import { fromBytes } from '../../../shared/map-bytes.ts';
import type { WholeSuggestion } from '../../export/index.ts';
import type { Device } from '../../engine/runtime/session.ts';
import type { Label } from '../../workspace/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import { steadyEvidence, type Evidence } from './evidence.ts';
import type { JoinedSuggestion, Joining } from './joining.ts';
import type { Recipe } from './recipe.ts';
import type { OpenVolume } from '../cases/index.ts';
import { nameVariant } from '../models/index.ts';

/** What is suggested of one slice, label by label. */
type Slice = readonly JoinedSuggestion[];

/**
 * The suggestions of a whole stack, for an export, in the planes that the recipe names; null where a slice of a label is missing.
 * @throws MarginaliaError `labels-changed` where slices are decided before the end: what is suggested
 *   would be of two kinds.
 */
export async function wholeSuggestion(
  joining: Joining,
  volume: OpenVolume,
  recipe: Recipe,
  labels: readonly Label[],
  device: Device,
): Promise<WholeSuggestion | null> {
  const [nx, ny, nz] = volume.raster.size;
  const pixels = nx * ny;
  const evidence = steadyEvidence();

  async function slice(k: number): Promise<Slice> {
    const maps: JoinedSuggestion[] = [];
    for (const label of labels) {
      const suggestion = await joining.get(volume, recipe, label, k);
      if (suggestion === undefined) continue;
      evidence.require(label.id, suggestion.evidence);
      maps.push(suggestion);
    }
    return maps;
  }

  /** Slice by slice; it yields to other work between two. */
  async function eachSlice(work: (k: number, maps: Slice) => void): Promise<boolean> {
    for (let k = 0; k < nz; k++) {
      const maps = await slice(k);
      if (maps.length < labels.length) return false;
      work(k, maps);
      await yieldToEventLoop();
    }
    return true;
  }

  const slices: { meanUncertainty: number; samples: number }[] = [];
  const isWhole = await eachSlice((_, maps) => {
    const most = mostDoubt(maps, pixels);
    slices.push({
      meanUncertainty: most.reduce((sum, h) => sum + h, 0) / pixels,
      samples: Math.min(...maps.map(({ samplesUsed }) => samplesUsed)),
    });
  });
  if (!isWhole || labels.length === 0) return null;
  const { bundle, window, samples, seed, tolerance, temperature } = recipe;
  return {
    slices,
    async uncertainty() {
      const whole = new Float32Array(pixels * nz);
      await eachSlice((k, maps) => whole.set(mostDoubt(maps, pixels), k * pixels));
      return whole;
    },
    async probability() {
      const whole = labels.map(() => new Float32Array(pixels * nz));
      await eachSlice((k, maps) =>
        maps.forEach(({ probability }, n) => {
          for (let i = 0; i < pixels; i++) whole[n]![k * pixels + i] = probability[i]! / 255;
        }),
      );
      return whole;
    },
    model: {
      ...nameVariant(bundle),
      adapterVersion: bundle.version?.lineage.id ?? null,
      temperature,
    },
    window: { centre: window.centre, width: window.width },
    propagation: propagationOf(evidence.all()),
    sampling: {
      requested: samples,
      planes: [...recipe.planes],
      islands: null,
      seed,
      tolerance: tolerance === 0 ? null : tolerance,
      device,
    },
  };
}

/** Every decided slice that any label was joined with; null where the model was alone. */
function propagationOf(evidence: readonly Evidence[]): WholeSuggestion['propagation'] {
  const slices = new Map(
    evidence.flatMap((one) => one.slices.map((slice) => [slice.index, slice])),
  );
  if (slices.size === 0) return null;
  return { slices: [...slices.values()].sort((a, b) => a.index - b.index) };
}

/** The highest total entropy of any label, nats. */
function mostDoubt(maps: Slice, pixels: number): Float32Array {
  const most = new Uint8Array(pixels);
  for (const { total } of maps) {
    for (let i = 0; i < pixels; i++) if (total[i]! > most[i]!) most[i] = total[i]!;
  }
  return fromBytes('total', most);
}
