import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Label, Workspace } from '../../workspace/index.ts';
import { decidedName, type OpenVolume } from '../cases/index.ts';
import { keyOf, type Recipe } from './recipe.ts';

/** A slice that tells of a label, and whether what the model said of it may be counted. */
export interface AnnotatedSlice {
  readonly index: number;
  /** Of what is labelled in it. */
  readonly sha256: string;
  readonly isAsked: boolean;
}

type LabelledSlice = Omit<AnnotatedSlice, 'isAsked'>;

/** Labels whose slices are remembered. */
const MOST_REMEMBERED = 48;

/**
 * Slices that were accepted or corrected when there was the label, or that hold it, ascending; not
 * where the label was accepted without a look, which would have it follow itself. What the model says of one counts unless the adapters have learned from it. Labels are read and hashed
 * once for each revision of their stack.
 */
export function annotatedSlices(
  workspace: Workspace,
): (volume: OpenVolume, recipe: Recipe, label: Label) => readonly AnnotatedSlice[] {
  const labelled = remembering((stack, label) => ({
    revision: String(workspace.revision(stack)),
    make: () => labelledSlices(workspace, stack, label),
  }));
  const suggested = remembering((stack, label, recipe) => ({
    revision: JSON.stringify([workspace.suggestionRevision(stack), keyOf(recipe, label)]),
    make: () => suggestedSlices(workspace, stack, label, recipe),
  }));
  return ({ image }, recipe, label) => {
    const slices = labelled(image.id, label, recipe);
    if (slices.length === 0) return [];
    const asked = suggested(image.id, label, recipe);
    return slices.map((slice) => ({ ...slice, isAsked: asked.has(slice.index) }));
  };
}

/** Caches a value for each label until the revision of its stack changes. */
function remembering<T>(
  of: (
    stack: string,
    label: Label,
    recipe: Recipe,
  ) => { readonly revision: string; readonly make: () => T },
): (stack: string, label: Label, recipe: Recipe) => T {
  const remembered = new LRUCache<string, { readonly revision: string; readonly value: T }>({
    max: MOST_REMEMBERED,
  });
  return (stack, label, recipe) => {
    const name = `${stack}/${label.id}`;
    const { revision, make } = of(stack, label, recipe);
    const cached = remembered.get(name);
    if (cached?.revision === revision) return cached.value;
    const value = make();
    remembered.set(name, { revision, value });
    return value;
  };
}

/** Slices of which the model was asked, and which it has not learned from. */
function suggestedSlices(
  { suggestions }: Workspace,
  stack: string,
  label: Label,
  recipe: Recipe,
): ReadonlySet<number> {
  const learned = new Set(
    recipe.bundle.version?.lineage.slices
      .filter(({ role }) => role === 'training')
      .map(({ name }) => name),
  );
  return new Set(
    suggestions
      .list(stack, label.id, keyOf(recipe, label))
      .map(({ index }) => index)
      .filter((index) => !learned.has(decidedName(stack, index))),
  );
}

function labelledSlices({ slices }: Workspace, stack: string, label: Label): LabelledSlice[] {
  const decided = slices
    .decided(stack)
    .filter(({ state }) => state === 'accepted' || state === 'corrected');
  if (decided.length === 0) return [];
  const painted = new Map(slices.painted(stack).map(({ index, runs }) => [index, runs]));
  return decided
    .filter(
      ({ index, labels, unseen }) =>
        !unseen.includes(label.id) &&
        (labels.includes(label.id) || slices.read(stack, index).includes(label.value)),
    )
    .map(({ index }) => ({ index, sha256: sha256Of(painted.get(index) ?? '') }))
    .sort((a, b) => a.index - b.index);
}

export const sha256Of = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');
