import { MarginaliaError } from '../../../shared/errors.ts';
import { suggestedMap, type SuggestedMap } from '../../../shared/suggested.ts';
import type { JsonObject, Label, Workspace } from '../../workspace/index.ts';
import type { OpenVolume } from '../cases/index.ts';
import { steadyEvidence } from './evidence.ts';
import type { Joining } from './joining.ts';
import { keyOf, provenanceOf, shownRecipe, type Recipe } from './recipe.ts';

/** All that is suggested on a stack at one moment, as pages show it then. */
export interface StoredSuggestions {
  /** @param label its id. */
  readonly has: (label: string, index: number) => boolean;
  /**
   * Where a label is suggested on a slice that has a suggestion of it; null where it is nowhere.
   * @throws MarginaliaError `suggestions-changed` where it went since that moment, `labels-changed`
   *   where it is joined with other slices than those before.
   */
  readonly get: (label: Label, index: number) => Promise<SuggestedMap | null>;
  /** What the suggestions of labels are made with, and joined with as far as they were read. */
  readonly provenance: (labels: readonly Label[]) => JsonObject[];
}

/** Which suggestions there are is read at once; each is joined with decided slices when it is asked for. */
export function storedSuggestions(
  workspace: Workspace,
  joining: Joining,
  volume: OpenVolume,
  recipe: Recipe,
): StoredSuggestions {
  const stack = volume.image.id;
  const evidence = steadyEvidence();
  const byLabel = new Map(
    workspace.labels.list(stack).map((label) => {
      const shown = shownRecipe(workspace, volume, recipe, label);
      const list = workspace.suggestions.list(stack, label.id, keyOf(shown, label));
      return [label.id, { shown, slices: new Set(list.map(({ index }) => index)) }];
    }),
  );
  return {
    has: (label, index) => byLabel.get(label)?.slices.has(index) === true,
    async get(label, index) {
      const suggestion = await joining.get(volume, byLabel.get(label.id)!.shown, label, index);
      if (suggestion === undefined) throw suggestionsChanged();
      evidence.require(label.id, suggestion.evidence);
      return suggestedMap(suggestion.probability);
    },
    provenance: (labels) =>
      labels.map((label) => {
        const { shown } = byLabel.get(label.id)!;
        const from = { evidence: evidence.of(label.id), planes: shown.planes };
        return provenanceOf(shown, [label], from);
      }),
  };
}

const suggestionsChanged = (): MarginaliaError =>
  new MarginaliaError(
    'suggestions-changed',
    'Suggestions were cleared or replaced while they were written.',
    'Export again.',
  );
