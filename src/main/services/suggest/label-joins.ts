import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { eachKind, type MapBytes } from '../../../shared/map-bytes.ts';
import type { Label, Workspace } from '../../workspace/index.ts';
import type { OpenVolume } from '../cases/index.ts';
import { annotatedSlices, sha256Of } from './annotated-slices.ts';
import type { Evidence } from './evidence.ts';
import { fitRequest, placedSlice } from './fit-request.ts';
import {
  startJoinThread,
  type FitRequest,
  type JoinedMaps,
  type JoinThread,
} from './join-thread.ts';
import { positionsOf } from './positions.ts';
import { keyOf, type Recipe } from './recipe.ts';

/** One label of a stack with the decided slices of a moment. */
export interface LabelJoin {
  readonly key: string;
  readonly evidence: Evidence;
  /** Its number in the thread; null where the model alone is to speak. */
  readonly fitted: Promise<number | null>;
  /** By slice: what was joined; null where the model alone speaks. */
  readonly done: Map<number, Promise<JoinedSlice | null>>;
}

export interface JoinedSlice {
  readonly score: number;
  readonly doubt: number;
  /** As `packMaps` makes them. */
  readonly maps: Buffer;
}

/** The joins of labels, fitted one after the other in a thread. */
export interface LabelJoins {
  /** With what is decided now: the same object while that is the same; undefined where it is nothing. */
  readonly current: (volume: OpenVolume, recipe: Recipe, label: Label) => LabelJoin | undefined;
  /** @param maps as stored. @returns null where the model alone is to speak. */
  readonly apply: (
    join: LabelJoin,
    volume: OpenVolume,
    index: number,
    maps: Pick<MapBytes, 'probability' | 'aleatoric'>,
  ) => Promise<JoinedMaps | null>;
  readonly forget: (stack: string) => void;
  readonly close: () => Promise<void>;
}

/** Labels whose joins are kept. */
const MOST_KEPT = 48;

export function labelJoins(workspace: Workspace): LabelJoins {
  let thread: JoinThread | undefined;
  let fits = 0;
  const fitting = new PQueue({ concurrency: 1 });
  const annotatedOf = annotatedSlices(workspace);
  /** By stack and label. */
  const joins = new LRUCache<string, LabelJoin>({
    max: MOST_KEPT,
    dispose: ({ fitted }) => {
      fitted.then((join) => join !== null && thread?.drop(join)).catch(() => undefined);
    },
  });

  function begin(
    name: string,
    key: string,
    evidence: Evidence,
    request: () => Promise<Omit<FitRequest, 'kind' | 'join'>>,
  ): LabelJoin {
    const join = ++fits;
    const fit = async (): Promise<number | null> => {
      // What was decided since makes this one pointless.
      if (joins.peek(name)?.key !== key) return null;
      thread ??= startJoinThread(threadEnded);
      return (await thread.fit({ join, ...(await request()) })) ? join : null;
    };
    // Not before it is listed under its name.
    const fitted = Promise.resolve().then(() => fitting.add(fit));
    const begun = { key, evidence, fitted, done: new Map() };
    joins.set(name, begun);
    // Whoever awaits it gets the error; here only the cache entry goes.
    fitted.catch(() => joins.peek(name) === begun && joins.delete(name));
    return begun;
  }

  /** Whatever is asked next begins anew. */
  function threadEnded(): void {
    thread = undefined;
    joins.clear();
  }

  return {
    current(volume, recipe, label) {
      if (!recipe.propagate || positionsOf(volume) === null) return undefined;
      const annotated = annotatedOf(volume, recipe, label);
      if (annotated.length === 0) return undefined;
      const name = `${volume.image.id}/${label.id}`;
      const key = sha256Of(JSON.stringify([keyOf(recipe, label), label.value, annotated]));
      const cached = joins.get(name);
      if (cached?.key === key) return cached;
      const slices = annotated.map(({ index, sha256 }) => ({ index, sha256 }));
      const evidence = { id: sha256Of(key).slice(0, 16), slices };
      return begin(name, key, evidence, () =>
        fitRequest(workspace, volume, recipe, label, annotated),
      );
    },
    async apply(join, volume, index, maps) {
      const number = await join.fitted;
      if (number === null || thread === undefined) return null;
      const view = volume.view(index);
      const slice = await placedSlice(volume, index);
      const joined = await thread.apply({
        join: number,
        slice,
        maps: {
          probability: view.toShown(maps.probability),
          aleatoric: view.toShown(maps.aleatoric),
        },
      });
      return joined && { ...joined, maps: eachKind((kind) => view.toStored(joined.maps[kind])) };
    },
    forget(stack) {
      for (const name of [...joins.keys()]) if (name.startsWith(`${stack}/`)) joins.delete(name);
    },
    async close() {
      joins.clear();
      await thread?.close();
    },
  };
}
