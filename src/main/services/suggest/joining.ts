import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { eachKind, type MapBytes } from '../../../shared/map-bytes.ts';
import { spacingOf, type VoxelArray } from '../../../shared/volume.ts';
import type { Label, Suggestion, SuggestionSummary, Workspace } from '../../workspace/index.ts';
import { startJoinThread, type FitRequest, type JoinThread } from './join-thread.ts';
import type { Evidence } from './evidence.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import { keyOf, type Recipe } from './recipe.ts';
import type { OpenVolume } from '../cases/index.ts';

export type JoinedSummary = SuggestionSummary & {
  /** Null where the model alone speaks. */
  readonly evidence: Evidence | null;
};
export type JoinedSuggestion = Suggestion & JoinedSummary;

/**
 * Suggestions as they are shown: what is stored of the model, joined with the slices of the stack
 * that are accepted or corrected (shared/propagation), each with all but itself. What is given
 * always belongs to the labels as they are when it is asked for; it is made in a thread, kept in
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

/** One label of a stack with the decided slices of a moment. */
interface LabelJoin {
  readonly key: string;
  readonly evidence: Evidence;
  /** Its number in the thread; null where the model alone is to speak. */
  readonly fitted: Promise<number | null>;
  /** By slice: what was joined; null where the model alone speaks. */
  readonly done: Map<number, Promise<Packed | null>>;
}

/** Most of the maps of a slice is 0. */
interface Packed {
  readonly score: number;
  readonly doubt: number;
  readonly maps: Buffer;
}

/** Labels whose joins are kept. */
const MOST_KEPT = 48;
const [pack, unpack] = [promisify(deflateRaw), promisify(inflateRaw)];

export function createJoining(workspace: Workspace): Joining {
  let thread: JoinThread | undefined;
  let fits = 0;
  /** By stack and label. */
  const joins = new LRUCache<string, LabelJoin>({
    max: MOST_KEPT,
    dispose: (old, name, reason) => {
      if (reason !== 'set') found.delete(name);
      old.fitted.then((join) => join !== null && thread?.drop(join)).catch(() => undefined);
    },
  });
  /** What was found last, and of what: reading and hashing labels takes a while. */
  const found = new Map<string, { readonly of: string; readonly join: LabelJoin | undefined }>();
  const fitting = new PQueue({ concurrency: 1 });
  const nameOf = (stack: string, label: Label): string => `${stack}/${label.id}`;

  /** The join of a label with what is decided now; undefined where there is none. */
  function current(volume: OpenVolume, recipe: Recipe, label: Label): LabelJoin | undefined {
    if (!recipe.propagate) return undefined;
    const name = nameOf(volume.image.id, label);
    const of = JSON.stringify([workspace.revision(), keyOf(recipe, label), label.value]);
    const last = found.get(name);
    const isKnown = last?.of === of && (!last.join || last.join === joins.get(name));
    const join = isKnown ? last.join : find(volume, recipe, label, name);
    found.set(name, { of, join });
    if (join !== undefined) joins.set(name, join);
    return join;
  }

  function find(
    volume: OpenVolume,
    recipe: Recipe,
    label: Label,
    name: string,
  ): LabelJoin | undefined {
    const annotated = annotatedSlices(workspace, volume, recipe, label);
    if (annotated.length === 0) return undefined;
    const slices = annotated.map(({ index, sha256 }) => ({ index, sha256 }));
    const key = sha256Of(JSON.stringify([keyOf(recipe, label), label.value, annotated]));
    const known = joins.get(name);
    if (known?.key === key) return known;
    const evidence = { id: sha256Of(key).slice(0, 16), slices };
    return begin(name, key, evidence, () => requestOf(workspace, volume, recipe, label, annotated));
  }

  function begin(
    name: string,
    key: string,
    evidence: Evidence,
    request: () => Promise<Omit<FitRequest, 'kind' | 'join'>>,
  ): LabelJoin {
    joins.delete(name);
    const join = ++fits;
    const fitted = fitting.add(async () => {
      // It begins at once where nothing waits; by then the join is not listed under its name.
      await yieldToEventLoop();
      // What was decided since makes this one pointless.
      if (joins.peek(name)?.key !== key) return null;
      thread ??= startJoinThread(threadEnded);
      return (await thread.fit({ join, ...(await request()) })) ? join : null;
    });
    // Who waits for it is told.
    fitted.catch(() => joins.delete(name));
    return { key, evidence, fitted, done: new Map() };
  }

  /** Whatever is asked next begins anew. */
  function threadEnded(): void {
    thread = undefined;
    joins.clear();
  }

  /** Maps as stored, of what the model said as it is stored. */
  async function apply(
    join: LabelJoin,
    volume: OpenVolume,
    index: number,
    maps: Pick<MapBytes, 'probability' | 'aleatoric'>,
  ) {
    const number = await join.fitted;
    if (number === null || thread === undefined) return null;
    const { view } = volume;
    const slice = await placed(volume, index);
    const joined = await thread.apply({
      join: number,
      slice,
      maps: { probability: view.turn(maps.probability), aleatoric: view.turn(maps.aleatoric) },
    });
    return joined && { ...joined, maps: eachKind((kind) => view.restore(joined.maps[kind])) };
  }

  function make(
    join: LabelJoin,
    volume: OpenVolume,
    index: number,
    stored: () => Suggestion | undefined,
  ): Promise<Packed | null> {
    const known = join.done.get(index);
    if (known !== undefined) return known;
    const made = (async (): Promise<Packed | null> => {
      await yieldToEventLoop();
      const own = stored();
      const joined = own && (await apply(join, volume, index, own));
      if (!joined) return null;
      const { score, doubt, maps } = joined;
      return {
        score,
        doubt,
        maps: await pack(Buffer.concat(Object.values(eachKind((kind) => maps[kind]))), {
          level: 1,
        }),
      };
    })();
    join.done.set(index, made);
    made.catch(() => join.done.delete(index));
    return made;
  }

  /** Does it again where labels changed meanwhile: old and new are never mixed. */
  async function settled<T>(
    volume: OpenVolume,
    recipe: Recipe,
    label: Label,
    work: (join: LabelJoin | undefined, isOver: () => boolean) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const join = current(volume, recipe, label);
      const isOver = (): boolean => current(volume, recipe, label) !== join;
      const result = await work(join, isOver);
      if (!isOver()) return result;
    }
  }

  return {
    get: (volume, recipe, label, index) =>
      settled(volume, recipe, label, async (join) => {
        const stored = (): Suggestion | undefined =>
          workspace.suggestions.get(volume.image.id, label.id, index, keyOf(recipe, label));
        const own = stored();
        if (own === undefined) return undefined;
        const packed = join && (await make(join, volume, index, () => own));
        if (!join || !packed) return { ...own, evidence: null };
        const { score, doubt, maps } = packed;
        return { ...own, score, doubt, ...unpacked(await unpack(maps)), evidence: join.evidence };
      }),
    list: (volume, recipe, label) =>
      settled(volume, recipe, label, async (join, isOver) => {
        const { id } = volume.image;
        const key = keyOf(recipe, label);
        const list: JoinedSummary[] = [];
        for (const own of workspace.suggestions.list(id, label.id, key)) {
          if (join && !join.done.has(own.index) && isOver()) break;
          const packed =
            join &&
            (await make(join, volume, own.index, () =>
              workspace.suggestions.get(id, label.id, own.index, key),
            ));
          if (!join || !packed) list.push({ ...own, evidence: null });
          else
            list.push({
              ...own,
              score: packed.score,
              doubt: packed.doubt,
              evidence: join.evidence,
            });
        }
        return list;
      }),
    async preview(volume, recipe, label, index, maps) {
      const join = current(volume, recipe, label);
      return (join && (await apply(join, volume, index, maps)))?.maps ?? maps;
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

/** A slice that tells of a label, and whether what the model said of it may be counted. */
interface Annotated {
  readonly index: number;
  /** Of what is labelled in it. */
  readonly sha256: string;
  readonly isAsked: boolean;
}

/**
 * Slices that were accepted or corrected when there was the label, or that hold it. What the model
 * says of one counts unless the adapters have learned from it.
 */
function annotatedSlices(
  workspace: Workspace,
  { image }: OpenVolume,
  recipe: Recipe,
  label: Label,
): Annotated[] {
  const decided = workspace.slices
    .decided(image.id)
    .filter(({ state }) => state === 'accepted' || state === 'corrected');
  if (decided.length === 0) return [];
  const painted = new Map(
    workspace.slices.painted(image.id).map(({ index, runs }) => [index, runs]),
  );
  const learned = new Set(
    recipe.bundle.version?.lineage.slices
      .filter(({ role }) => role === 'training')
      .map(({ name }) => name),
  );
  const asked = new Set(
    workspace.suggestions
      .list(image.id, label.id, keyOf(recipe, label))
      .map(({ index }) => index)
      .filter((index) => !learned.has(`${image.id}/${index}`)),
  );
  return decided
    .filter(
      ({ index, labels }) =>
        labels.includes(label.id) || workspace.slices.read(image.id, index).includes(label.value),
    )
    .map(({ index }) => ({
      index,
      sha256: sha256Of(painted.get(index) ?? ''),
      isAsked: asked.has(index),
    }))
    .sort((a, b) => a.index - b.index);
}

async function requestOf(
  workspace: Workspace,
  volume: OpenVolume,
  recipe: Recipe,
  label: Label,
  annotated: readonly Annotated[],
): Promise<Omit<FitRequest, 'kind' | 'join'>> {
  const { view, image } = volume;
  const slices: FitRequest['annotated'][number][] = [];
  for (const { index, isAsked } of annotated) {
    const voxels = workspace.slices.read(image.id, index);
    const mask = view.turn(voxels.map((v) => (v === label.value ? 1 : 0)));
    const said = isAsked
      ? workspace.suggestions.get(image.id, label.id, index, keyOf(recipe, label))
      : undefined;
    const probability = said === undefined ? null : view.turn(said.probability);
    slices.push({ ...(await placed(volume, index)), mask, probability });
    await yieldToEventLoop();
  }
  return { plane: view.shown, annotated: slices };
}

/** Copied: what shares the memory of the volume would take all of it to the thread. */
async function placed(
  volume: OpenVolume,
  index: number,
): Promise<{ position: number; values: VoxelArray }> {
  const { view, grid } = volume;
  const { pixels } = view.show(await volume.slice(index));
  return { position: index * spacingOf(grid)[2], values: pixels.slice() };
}

function unpacked(bytes: Uint8Array): MapBytes {
  const pixels = bytes.length / 4;
  return eachKind((_, n) => bytes.subarray(n * pixels, (n + 1) * pixels));
}

const sha256Of = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');
