import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { fromBytes } from '../../../shared/map-bytes.ts';
import { uncertainRegions } from '../../../shared/ranking/index.ts';
import type { Label, ReviewState, Workspace } from '../../workspace/index.ts';
import { nextSlices, spreadAhead } from './strategies.ts';
import type { JoinedSummary, Joining } from './joining.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import { keyOf, shownRecipe, type Recipe } from './recipe.ts';
import type { CallHandlers } from '../session/index.ts';
import type { Suggestions } from './suggestions.ts';
import type { OpenVolume, Volumes } from '../cases/index.ts';

type QueueEntry = z.infer<typeof contract.QueueEntry>;
type DoubtRegion = z.infer<typeof contract.DoubtRegion>;

/** Regions of one label in one slice that are worth a jump each. */
const MOST_REGIONS = 8;
/** Slices and labels whose regions are remembered. */
const MOST_REMEMBERED = 4000;

/** A label in a slice, with what is suggested of it there. */
interface Suggested {
  readonly label: Label;
  readonly shown: Recipe;
  readonly summary: JoinedSummary;
}

/** Of each slice, how much the labels deserve a look there by their doubt, together. */
function scoresOf(suggested: readonly Suggested[]): Map<number, number> {
  const scores = new Map<number, number>();
  for (const { summary } of suggested) {
    scores.set(summary.index, (scores.get(summary.index) ?? 0) + summary.score);
  }
  return scores;
}

/** What to look at next: where the doubt is, among what nobody has decided on. */
export function createQueue(
  workspace: Workspace,
  volumes: Volumes,
  suggestions: Suggestions,
  joining: Joining,
): { readonly calls: Pick<CallHandlers, 'queue.next'> } {
  const remembered = new LRUCache<string, DoubtRegion[]>({ max: MOST_REMEMBERED });

  /** Regions of doubt in a slice; they do not change while the suggestion does not. */
  async function regionsOf(
    volume: OpenVolume,
    recipe: Recipe,
    label: Label,
    { index, evidence }: JoinedSummary,
  ): Promise<DoubtRegion[]> {
    const id = JSON.stringify([
      volume.image.id,
      label.id,
      index,
      keyOf(recipe, label),
      evidence?.id,
    ]);
    const cached = remembered.get(id);
    if (cached !== undefined) return cached;
    const suggestion = await joining.get(volume, recipe, label, index);
    await yieldToEventLoop();
    if (suggestion === undefined) return [];
    const regions = uncertainRegions(
      fromBytes('total', suggestion.total),
      volume.view(index).stored,
    )
      .slice(0, MOST_REGIONS)
      .map(({ peak, centroid, areaMm2, mass }): DoubtRegion => ({
        label: label.id,
        index,
        peak: [...peak],
        centroid: [...centroid],
        areaMm2,
        mass,
      }));
    remembered.set(id, regions);
    await yieldToEventLoop();
    return regions;
  }

  async function regionsIn(
    volume: OpenVolume,
    suggested: readonly Suggested[],
    index: number,
  ): Promise<DoubtRegion[]> {
    const regions: DoubtRegion[] = [];
    for (const { label, shown, summary } of suggested) {
      if (summary.index === index)
        regions.push(...(await regionsOf(volume, shown, label, summary)));
    }
    return regions.sort((a, b) => b.mass - a.mass);
  }

  return {
    calls: {
      async 'queue.next'({ stack, count }) {
        const volume = await volumes.get(stack);
        const recipe = await suggestions.recipe(stack);
        const decisions = workspace.slices.decisions(stack);
        const open: Suggested[] = [];
        const unseen: Suggested[] = [];
        for (const label of workspace.labels.list(stack)) {
          const shown = shownRecipe(workspace, volume, recipe, label);
          for (const summary of await joining.list(volume, shown, label)) {
            // What was decided of other labels on the slice says nothing of this one.
            const decision = decisions[summary.index]!;
            if (!decision.labels.includes(label.id)) open.push({ label, shown, summary });
            else if (decision.unseen.includes(label.id)) unseen.push({ label, shown, summary });
          }
        }
        const scores = scoresOf(open);
        const states = decisions.map(({ state }, index) => (scores.has(index) ? 'unseen' : state));
        const first = whatNext(scores, states, count);
        const entries: QueueEntry[] = [];
        for (const { index, why } of first) {
          const regions = await regionsIn(volume, open, index);
          entries.push({ index, why, score: scores.get(index)!, regions });
        }
        // What was accepted without a look can still be looked at, once all else is decided on.
        const rest = [...scoresOf(unseen)]
          .filter(([index]) => !scores.has(index))
          .sort(([a, x], [b, y]) => y - x || a - b);
        for (const [index, score] of rest.slice(0, count - entries.length)) {
          const regions = await regionsIn(volume, unseen, index);
          entries.push({ index, why: 'accepted-unseen', score, regions });
        }
        return entries;
      },
    },
  };
}

/**
 * The slices to decide next, in the order that `simulate` calls uncertainty: a few spread evenly
 * over the series, then those of most doubt, far from each other and from what is decided.
 * @param scores of all that is suggested, by slice.
 */
export function whatNext(
  scores: ReadonlyMap<number, number>,
  reviews: readonly ReviewState[],
  count: number,
): Pick<QueueEntry, 'index' | 'why'>[] {
  const isOpen = (index: number): boolean =>
    reviews[index] === 'unseen' || reviews[index] === 'started';
  const open = [...scores.keys()].filter(isOpen).sort((a, b) => a - b);
  const annotated = reviews.flatMap((_, index) => (isOpen(index) ? [] : [index]));
  const ahead = spreadAhead(annotated.length);
  return nextSlices('uncertainty', { open, annotated, scores }, count, 0).map((index, n) => ({
    index,
    why: n < ahead ? 'far' : 'doubtful',
  }));
}
