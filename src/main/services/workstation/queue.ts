import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { rankSlices, uncertainRegions, type ScoredSlice } from '../../../shared/queue/index.ts';
import { spacingOf } from '../../../shared/volume.ts';
import type { Label, ReviewState, Workspace } from '../../workspace/index.ts';
import { doubtOf } from './encode-maps.ts';
import { breathe } from './pieces.ts';
import { keyOf, type Recipe } from './recipe.ts';
import type { CallHandlers } from './session.ts';
import type { Suggestions } from './suggestions.ts';
import type { OpenVolume, Volumes } from './volumes.ts';

type QueueEntry = z.infer<typeof contract.QueueEntry>;
type DoubtRegion = z.infer<typeof contract.DoubtRegion>;

/** Regions of one label in one slice that are worth a jump each. */
const MOST_REGIONS = 8;
/** Slices and labels whose regions are remembered. */
const MOST_REMEMBERED = 4000;

/** What to look at next: where the doubt is, among what nobody has decided on. */
export function createQueue(
  workspace: Workspace,
  volumes: Volumes,
  suggestions: Suggestions,
): { readonly calls: Pick<CallHandlers, 'queue.next'> } {
  const remembered = new Map<string, DoubtRegion[]>();

  /** Regions of doubt in a slice; they do not change while the suggestion does not. */
  async function regionsOf(volume: OpenVolume, recipe: Recipe, label: Label, index: number): Promise<DoubtRegion[]> {
    const id = JSON.stringify([volume.stack.id, label.id, index, keyOf(recipe, label)]);
    const known = remembered.get(id);
    if (known !== undefined) return known;
    const suggestion = workspace.suggestions.get(volume.stack.id, label.id, index, keyOf(recipe, label));
    await breathe();
    if (suggestion === undefined) return [];
    const regions = uncertainRegions(doubtOf(suggestion.total), volume.view.stored)
      .slice(0, MOST_REGIONS)
      .map(({ peak, centroid, areaMm2, mass }): DoubtRegion => ({
        label: label.id, index, peak: [...peak], centroid: [...centroid], areaMm2, mass,
      }));
    remembered.set(id, regions);
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    await breathe();
    return regions;
  } // prettier-ignore

  return {
    calls: {
      async 'queue.next'({ stack, count }) {
        const volume = await volumes.get(stack);
        const recipe = await suggestions.recipe(stack);
        const labels = workspace.labels.list(stack);
        const scores = new Map<number, number>();
        for (const label of labels) {
          const key = keyOf(recipe, label);
          for (const { index, score } of workspace.suggestions.list(stack, label.id, key)) {
            scores.set(index, (scores.get(index) ?? 0) + score);
          }
        }
        const [, , thickness] = spacingOf(volume.image.grid);
        const entries: QueueEntry[] = [];
        for (const { index, score } of nextSlices(scores, workspace.slices.reviews(stack), thickness, count)) {
          const regions: DoubtRegion[] = [];
          for (const label of labels) regions.push(...(await regionsOf(volume, recipe, label, index)));
          entries.push({ index, score, regions: regions.sort((a, b) => b.mass - a.mass) });
        }
        return entries;
      }, // prettier-ignore
    },
  };
}

/**
 * The most doubtful slices, far from each other and from what is decided.
 * @param scores by slice.
 * @param thickness mm between two slices.
 */
export function nextSlices(
  scores: ReadonlyMap<number, number>,
  reviews: readonly ReviewState[],
  thickness: number,
  count: number,
): { readonly index: number; readonly score: number }[] {
  const isOpen = (index: number): boolean => reviews[index] === 'unseen';
  const slices = [...scores]
    .filter(([index]) => isOpen(index))
    .sort(([a], [b]) => a - b)
    .map(([index, score]): ScoredSlice & { index: number } => ({ index, score, position: index * thickness })); // prettier-ignore
  const annotated = reviews
    .map((_, index) => ({ index, position: index * thickness }))
    .filter(({ index }) => !isOpen(index));
  return rankSlices(slices, { annotated, count }).map((n) => slices[n]!);
}
