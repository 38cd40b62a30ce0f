import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { StreamInput } from '../../../shared/contract/index.ts';
import { progressFrame, secondsLeft, type Progress } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { mapLimited } from '../../../shared/pool.ts';
import { measureDoubt } from '../../../shared/ranking/index.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { Label, Workspace } from '../../workspace/index.ts';
import { UNDER_WAY } from './segment-frames.ts';
import { atTemperature, encodeMaps } from './encode-maps.ts';
import { engineSlice } from './engine-slice.ts';
import type { SharedEngine } from '../engine/index.ts';
import type { Evidence } from './evidence.ts';
import type { JoinedSuggestion, Joining } from './joining.ts';
import { requireReadable, requireTrained, type Models } from '../models/index.ts';
import { newestFirst } from '../async/newest.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import {
  acquiredOnly,
  keyOf,
  promptOf,
  recipeFor,
  shownRecipe,
  type Recipe,
  type ShownFrom,
} from './recipe.ts';
import { fusePlanes, type PlanesJob } from './suggest-planes.ts';
import { ACQUIRED } from './planes.ts';
import type {
  CallHandlers,
  StreamContext,
  StreamHandlers,
  SettingsService,
} from '../session/index.ts';
import { sliceName, type OpenVolume, type Volumes } from '../cases/index.ts';

type SuggestionFrame = z.infer<typeof contract.SuggestionFrame>;
type Context = StreamContext<SuggestionFrame | Progress>;

/**
 * What the model suggests, joined with what is decided. It is kept apart from labels, which it never
 * changes.
 */
export interface Suggestions {
  /** What suggestions on a stack are made with now. */
  readonly recipe: (stack: string) => Promise<Recipe>;
  /** Evidence and planes of the suggestions that pages were shown last for these slices. */
  readonly shownFrom: (stack: string, indices: readonly number[]) => ShownFrom;
  readonly calls: Pick<CallHandlers, 'suggestions.list' | 'suggestions.get' | 'suggestions.clear'>;
  readonly streams: Pick<StreamHandlers, 'suggestions.run'>;
}

/** One slice to suggest labels on. */
interface SliceJob {
  readonly volume: OpenVolume;
  readonly recipe: Recipe;
  readonly labels: readonly Label[];
  readonly index: number;
  readonly isFocus: boolean;
  /** Takes in what the model says; undefined where planes are not fused. */
  readonly fusing: PlanesJob | undefined;
}

export function createSuggestions(
  workspace: Workspace,
  volumes: Volumes,
  models: Models,
  settings: SettingsService,
  sharedEngine: SharedEngine,
  joining: Joining,
): Suggestions {
  /** By stack and slice: evidence and planes of the suggestion that was sent last. */
  const lastShown = new Map<string, ShownFrom>();

  const recipe = async (stack: string): Promise<Recipe> =>
    recipeFor(await volumes.get(stack), await models.current(), settings.get());

  async function run(input: StreamInput<'suggestions.run'>, context: Context): Promise<number> {
    const { stack, focus } = input;
    const { signal, emit, ready } = context;
    const volume = await volumes.get(stack, signal);
    const used = await recipeFor(volume, await models.current(), settings.get());
    const labels = input.labels.map((id) => labelOf(workspace, stack, id));
    requireTrained(used.bundle);
    requireReadable(
      used.bundle,
      labels.map((label) => ({ name: label.name, prompt: promptOf(label) })),
    );
    const order = decidedFirst(
      byDistance(input.slices, focus, volume.raster.size[2]),
      new Set(workspace.slices.decided(stack).map(({ index }) => index)),
    );
    const report = (done: number, left: number | null): void => {
      const text = `Suggested ${done} of ${order.length} slices`;
      emit(progressFrame(text, done / order.length, left));
    };
    report(0, null);
    /** When the first slice was done: until then the model is loaded, too. */
    let begin = 0;
    let done = 0;
    const isWhole = order.length === volume.raster.size[2];
    const open = isWhole ? labels.filter((label) => shown(volume, used, label) !== used) : [];
    const fusing = open.length === 0 ? undefined : fusePlanes(workspace, volume, used, open);
    await mapLimited(order, UNDER_WAY, async (index) => {
      await ready();
      const job = { volume, recipe: used, labels, index, isFocus: index === focus, fusing };
      await suggest(job, context);
      if (done++ === 0) begin = performance.now();
      report(done, secondsLeft((performance.now() - begin) / 1000, done - 1, order.length - 1));
    });
    if (fusing) await fuse(fusing, volume, used, context);
    return order.length;
  }

  /** Looks at the series in the other planes, and shows what all of them say together. */
  async function fuse(
    job: PlanesJob,
    volume: OpenVolume,
    used: Recipe,
    { signal, emit, ready }: Context,
  ): Promise<void> {
    const all = job.remaining();
    const begin = performance.now();
    let done = 0;
    const report = (): void => {
      const left = secondsLeft((performance.now() - begin) / 1000, done, all);
      emit(progressFrame(`Fusing planes: ${done} of ${all} slices`, done / all, left));
    };
    report();
    const model = modelOf(used);
    await job.finish({
      signal,
      isThere: (label) => isThere(volume, label),
      predict: async (request) => {
        await ready();
        return sharedEngine.use(
          model,
          (engine) => engine.predict(request, { signal }).result,
          signal,
        );
      },
      onSlice: () => (done++, report()),
    });
  }

  const shown = (volume: OpenVolume, used: Recipe, label: Label): Recipe =>
    shownRecipe(workspace, volume, used, label);

  function modelOf({ bundle }: Recipe) {
    const { device, threads } = settings.get();
    return { folder: bundle.folder, adapters: bundle.version?.folder, device, threads };
  }

  /** Sends stored suggestions at once and asks the model for the missing ones. */
  async function suggest(job: SliceJob, { signal, emit }: Context): Promise<void> {
    const { volume, recipe: used, index } = job;
    const missing: Label[] = [];
    for (const label of job.labels) {
      const from = shown(volume, used, label);
      const stored = await joining.get(volume, from, label, index);
      if (!isThere(volume, label)) continue;
      if (stored === undefined) missing.push(label);
      else emitSuggestion(volume, from, stored, emit);
      await yieldToEventLoop();
    }
    signal.throwIfAborted();
    if (missing.length === 0) return;
    await predict({ ...job, recipe: acquiredOnly(used), labels: missing }, signal, emit);
  }

  /** Whether a label was not removed meanwhile. */
  const isThere = ({ image }: OpenVolume, { id }: Label): boolean =>
    workspace.labels.list(image.id).some((label) => label.id === id);

  function emitSuggestion(
    { image }: OpenVolume,
    { planes }: Recipe,
    suggestion: JoinedSuggestion,
    emit: Context['emit'],
  ): void {
    const { evidence, ...rest } = suggestion;
    lastShown.set(`${image.id}/${suggestion.index}`, { evidence, planes });
    const from = { evidence: evidenceOf(evidence), planes: [...planes] };
    emit({ kind: 'slice', final: true, ...rest, ...from });
  }

  async function predict(job: SliceJob, signal: AbortSignal, emit: Context['emit']): Promise<void> {
    const { volume, recipe: used, labels, index } = job;
    const { window, samples, seed, tolerance } = used;
    const model = modelOf(used);
    const preview = newestFirst<PredictionFrame>(async (frame, isStale) => {
      for (const [n, label] of labels.entries()) {
        const maps = await atTemperature(frame.maps[n]!, used.temperature);
        const alone = await encodeMaps(maps, volume.view(index));
        const encoded = await joining.preview(volume, used, label, index, alone);
        if (isStale() || signal.aborted) return;
        const { samplesUsed } = frame;
        emit({
          kind: 'slice',
          label: label.id,
          index,
          samplesUsed,
          final: false,
          ...encoded,
          score: null,
          doubt: null,
          evidence: null,
          planes: [...ACQUIRED],
        });
      }
    });
    const request = {
      slice: await engineSlice(volume, index, window, signal),
      prompts: labels.map(promptOf),
      samples,
      seed,
      sliceKey: sliceName(volume, index),
      tolerance,
      // What is looked at is refined before others begin.
      priority: job.isFocus ? 1 : 0,
      preview: true,
    };
    const onFrame = (frame: PredictionFrame): void => {
      if (!frame.final) preview.offer(frame);
    };
    const last = await sharedEngine.use(
      model,
      (engine) => engine.predict(request, { signal, onFrame }).result,
      signal,
    );
    await preview.idle();
    for (const [n, label] of labels.entries()) {
      const maps = await atTemperature(last.maps[n]!, used.temperature);
      const encoded = await encodeMaps(maps, volume.view(index));
      const { samplesUsed } = last;
      job.fusing?.take(label, index, maps, samplesUsed);
      const suggestion = {
        label: label.id,
        index,
        samplesUsed,
        ...encoded,
        ...measureDoubt(maps, volume.view(index).shown),
      };
      signal.throwIfAborted();
      if (!isThere(volume, label)) continue;
      workspace.suggestions.put(volume.image.id, [{ key: keyOf(used, label), suggestion }]);
      const joined = await joining.get(volume, used, label, index);
      if (isThere(volume, label))
        emitSuggestion(volume, used, joined ?? { ...suggestion, evidence: null }, emit);
      await yieldToEventLoop();
    }
  }

  return {
    recipe,
    shownFrom(stack, indices) {
      const shownOf = indices.flatMap((index) => lastShown.get(`${stack}/${index}`) ?? []);
      const planes = [...new Set(shownOf.flatMap((one) => one.planes))];
      const evidences = shownOf.flatMap(({ evidence }) => evidence ?? []);
      const slices = evidences.flatMap((evidence) => evidence.slices);
      // One edit of several slices may rest on several moments: what each was joined with counts.
      const distinct = new Map(slices.map((slice) => [JSON.stringify(slice), slice]));
      const [first] = evidences;
      return {
        evidence: first ? { id: first.id, slices: [...distinct.values()] } : null,
        planes: planes.length > 0 ? planes : ACQUIRED,
      };
    },
    calls: {
      async 'suggestions.list'({ stack }) {
        const volume = await volumes.get(stack);
        const used = await recipe(stack);
        const lists = [];
        for (const label of workspace.labels.list(stack)) {
          const from = shown(volume, used, label);
          const list = await joining.list(volume, from, label);
          const planes = [...from.planes];
          lists.push(list.map((one) => ({ ...one, evidence: evidenceOf(one.evidence), planes })));
        }
        return lists.flat();
      },
      async 'suggestions.get'({ stack, label: id, index, doubt = true }) {
        const label = labelOf(workspace, stack, id);
        const volume = await volumes.get(stack);
        const from = shown(volume, await recipe(stack), label);
        const suggestion = await joining.get(volume, from, label, index);
        if (suggestion === undefined) return null;
        const { samplesUsed, probability, total, aleatoric, epistemic, evidence } = suggestion;
        lastShown.set(`${stack}/${index}`, { evidence, planes: from.planes });
        const entropies = doubt
          ? { total, aleatoric, epistemic }
          : { total: EMPTY, aleatoric: EMPTY, epistemic: EMPTY };
        return {
          samplesUsed,
          probability,
          ...entropies,
          evidence: evidenceOf(evidence),
          planes: [...from.planes],
        };
      },
      'suggestions.clear': ({ stack }) => {
        workspace.suggestions.clear(stack);
        joining.forget(stack);
        return {};
      },
    },
    streams: {
      'suggestions.run': async (input, context) => ({ slices: await run(input, context) }),
    },
  };
}

const EMPTY = new Uint8Array();

const evidenceOf = (evidence: Evidence | null): SuggestionFrame['evidence'] =>
  evidence && { id: evidence.id, slices: evidence.slices.length };

/** The one looked at, then decided ones, which tell how far the model is to be trusted, then others. */
function decidedFirst(
  [focus, ...others]: readonly number[],
  decided: ReadonlySet<number>,
): number[] {
  const rank = (index: number): number => (index === focus ? 0 : decided.has(index) ? 1 : 2);
  return [focus!, ...others].sort((a, b) => rank(a) - rank(b));
}

/** @throws MarginaliaError `unknown-label` */
export function labelOf(workspace: Workspace, stack: string, id: string): Label {
  const label = workspace.labels.list(stack).find((other) => other.id === id);
  if (label !== undefined) return label;
  throw new MarginaliaError(
    'unknown-label',
    `The series has no label ${id}.`,
    'It may have been removed.',
  );
}

/**
 * Slices from the first to the last, the one looked at first, then by distance from it.
 * @throws MarginaliaError `no-such-slice`
 */
export function byDistance(
  [first, last]: readonly [number, number],
  focus: number,
  slices: number,
): number[] {
  if (first > last || last >= slices) {
    throw new MarginaliaError(
      'no-such-slice',
      `There are no slices from ${first} to ${last}: the series has ${slices}.`,
    );
  }
  return Array.from({ length: last - first + 1 }, (_, n) => first + n).sort(
    (a, b) => Math.abs(a - focus) - Math.abs(b - focus) || a - b,
  );
}
