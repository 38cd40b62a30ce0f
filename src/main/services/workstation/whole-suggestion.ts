import type { WholeSuggestion } from '../../export/write-annotation.ts';
import type { Device } from '../../engine/runtime/session.ts';
import type { Label, Suggestion, Workspace } from '../../workspace/index.ts';
import { doubtOf } from './encode-maps.ts';
import { breathe } from './pieces.ts';
import { keyOf, type Recipe } from './recipe.ts';
import type { OpenVolume } from './volumes.ts';

/** What is stored of one slice, label by label. */
type Slice = readonly Suggestion[];

/**
 * The stored suggestions of a whole stack, for an export; null where a slice of a label is missing.
 */
export async function wholeSuggestion(
  workspace: Workspace,
  { stack, image }: OpenVolume,
  recipe: Recipe,
  labels: readonly Label[],
  device: Device,
): Promise<WholeSuggestion | null> {
  const [nx, ny, nz] = image.grid.size;
  const pixels = nx * ny;
  const keys = labels.map((label) => keyOf(recipe, label));
  const slice = (k: number): Slice =>
    labels.flatMap((label, n) => workspace.suggestions.get(stack.id, label.id, k, keys[n]!) ?? []);

  /** Slice by slice; between two, other work has its turn. */
  async function eachSlice(work: (k: number, maps: Slice) => void): Promise<boolean> {
    for (let k = 0; k < nz; k++) {
      const maps = slice(k);
      if (maps.length < labels.length) return false;
      work(k, maps);
      await breathe();
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
      name: bundle.json.name,
      sha256: bundle.hash,
      adapterVersion: bundle.version?.lineage.id ?? null,
      temperature,
    },
    window: { centre: window.centre, width: window.width },
    sampling: {
      requested: samples,
      planes: ['acquired'],
      islands: null,
      seed,
      tolerance: tolerance === 0 ? null : tolerance,
      device,
    },
  };
}

/** The highest total entropy of any label, nats. */
function mostDoubt(maps: Slice, pixels: number): Float32Array {
  const most = new Uint8Array(pixels);
  for (const { total } of maps) {
    for (let i = 0; i < pixels; i++) if (total[i]! > most[i]!) most[i] = total[i]!;
  }
  return doubtOf(most);
}
