import type { MapBytes } from '../../../shared/map-bytes.ts';
import type { Label, Suggestion, SuggestionSummary, Workspace } from '../../workspace/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import type { OpenVolume } from '../cases/index.ts';
import type { Evidence } from './evidence.ts';
import { labelJoins, type JoinedSlice, type LabelJoin } from './label-joins.ts';
import { packMaps, unpackMaps } from './packed-maps.ts';
import { keyOf, type Recipe } from './recipe.ts';

export type JoinedSummary = SuggestionSummary & {
  /** Null where the model alone speaks. */
  readonly evidence: Evidence | null;
};
export type JoinedSuggestion = Suggestion & JoinedSummary;

/**
 * Suggestions as they are shown: what is stored of the model, joined with the slices of the stack
 * that are accepted or corrected (shared/propagation), each with all but itself. What is given
 * always belongs to the labels as they are when it is asked for; it is computed in a thread, cached in
 * memory and never stored.
 */
export interface Joining {
  /** @returns undefined where the model was not asked. */
  readonly get: (
    volume: OpenVolume,
    recipe: Recipe,
    label: Label,
    index: number,
  ) => Promise<JoinedSuggestion | undefined>;
  readonly list: (volume: OpenVolume, recipe: Recipe, label: Label) => Promise<JoinedSummary[]>;
  /** The same of maps that are not stored yet. */
  readonly preview: (
    volume: OpenVolume,
    recipe: Recipe,
    label: Label,
    index: number,
    maps: MapBytes,
  ) => Promise<MapBytes>;
  readonly forget: (stack: string) => void;
  readonly close: () => Promise<void>;
}

export function createJoining(workspace: Workspace): Joining {
  const joins = labelJoins(workspace);

  function make(
    join: LabelJoin,
    volume: OpenVolume,
    index: number,
    stored: () => Suggestion | undefined,
  ): Promise<JoinedSlice | null> {
    const cached = join.done.get(index);
    if (cached !== undefined) return cached;
    const work = (async (): Promise<JoinedSlice | null> => {
      await yieldToEventLoop();
      const modelOnly = stored();
      const joined = modelOnly && (await joins.apply(join, volume, index, modelOnly));
      if (!joined) return null;
      const { score, doubt, maps } = joined;
      return { score, doubt, maps: await packMaps(maps) };
    })();
    join.done.set(index, work);
    work.catch(() => join.done.delete(index));
    return work;
  }

  /** Does it again where labels changed meanwhile: old and new are never mixed. */
  async function settled<T>(
    volume: OpenVolume,
    recipe: Recipe,
    label: Label,
    work: (join: LabelJoin | undefined, isOver: () => boolean) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const join = joins.current(volume, recipe, label);
      const isOver = (): boolean => joins.current(volume, recipe, label) !== join;
      const result = await work(join, isOver);
      if (!isOver()) return result;
    }
  }

  return {
    get: (volume, recipe, label, index) =>
      settled(volume, recipe, label, async (join) => {
        const stored = (): Suggestion | undefined =>
          workspace.suggestions.get(volume.image.id, label.id, index, keyOf(recipe, label));
        const modelOnly = stored();
        if (modelOnly === undefined) return undefined;
        const packed = join && (await make(join, volume, index, () => modelOnly));
        if (!join || !packed) return { ...modelOnly, evidence: null };
        const { score, doubt, maps } = packed;
        return { ...modelOnly, score, doubt, ...(await unpackMaps(maps)), evidence: join.evidence };
      }),
    list: (volume, recipe, label) =>
      settled(volume, recipe, label, async (join, isOver) => {
        const { id } = volume.image;
        const key = keyOf(recipe, label);
        const list: JoinedSummary[] = [];
        for (const modelOnly of workspace.suggestions.list(id, label.id, key)) {
          if (join && !join.done.has(modelOnly.index) && isOver()) break;
          const packed =
            join &&
            (await make(join, volume, modelOnly.index, () =>
              workspace.suggestions.get(id, label.id, modelOnly.index, key),
            ));
          if (!join || !packed) list.push({ ...modelOnly, evidence: null });
          else
            list.push({
              ...modelOnly,
              score: packed.score,
              doubt: packed.doubt,
              evidence: join.evidence,
            });
        }
        return list;
      }),
    async preview(volume, recipe, label, index, maps) {
      const join = joins.current(volume, recipe, label);
      return (join && (await joins.apply(join, volume, index, maps)))?.maps ?? maps;
    },
    forget: joins.forget,
    close: joins.close,
  };
}
