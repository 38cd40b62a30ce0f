import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { gridOf } from '../../../shared/image/index.ts';
import type { Window } from '../../../shared/volume.ts';
import { COLOUR_WINDOW } from '../../../shared/windowing.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import type { ModelJson, PlaneName } from '../../engine/bundle/model-json.ts';
import type { JsonObject, Label, SuggestionKey, Workspace } from '../../workspace/index.ts';
import { ACQUIRED, planesOf } from './planes.ts';
import { chooseWindow, fixedWindow, guessModality } from './windowing.ts';
import type { Evidence } from './evidence.ts';
import type { OpenVolume } from '../cases/index.ts';
import { nameVariant } from '../models/index.ts';

type Settings = z.infer<typeof contract.Settings>;

/** Everything that determines the suggestions on a volume, apart from the prompt. */
export interface Recipe {
  readonly bundle: Bundle;
  readonly window: Window;
  /** That a whole series is looked at in, fused by their certainty where they are several. */
  readonly planes: readonly PlaneName[];
  readonly samples: number;
  readonly seed: number;
  readonly tolerance: number;
  /** That logits are divided by; null without calibration. */
  readonly temperature: number | null;
  /**
   * Whether decided slices join what the model says. What is stored is the model's alone, so that it
   * is no part of the key.
   */
  readonly propagate: boolean;
}

export async function recipeFor(
  volume: OpenVolume,
  bundle: Bundle,
  settings: Settings,
): Promise<Recipe> {
  const calibration = bundle.version?.lineage.calibration;
  const isFitted = calibration && calibration.outcome !== 'undetermined';
  return {
    bundle,
    ...(await preprocessingFor(volume, bundle, settings.planes)),
    samples: settings.samples,
    seed: settings.seed,
    tolerance: settings.tolerance,
    temperature: settings.calibrate && isFitted ? calibration.temperature : null,
    propagate: settings.propagate,
  };
}

type Preprocessing = Pick<Recipe, 'window' | 'planes'>;

/** What was chosen, by volume and bundle: percentiles of a large volume take a while. */
const chosenFor = new WeakMap<OpenVolume, Map<string, Preprocessing>>();

async function preprocessingFor(
  volume: OpenVolume,
  { hash, json }: Bundle,
  wanted: Settings['planes'],
): Promise<Preprocessing> {
  const cached = chosenFor.get(volume) ?? new Map<string, Preprocessing>();
  chosenFor.set(volume, cached);
  const chosen = cached.get(hash) ?? (await choosePreprocessing(volume, json.preprocessing));
  cached.set(hash, chosen);
  return wanted === 'acquired' ? { ...chosen, planes: ACQUIRED } : chosen;
}

async function choosePreprocessing(
  volume: OpenVolume,
  rules: ModelJson['preprocessing'],
): Promise<Preprocessing> {
  const { image, raster } = volume;
  const grid = gridOf(raster);
  const modality = image.modality || undefined;
  const [preset] = image.windows;
  if (image.channels === 3) return { window: COLOUR_WINDOW, planes: ACQUIRED };
  const { centre, width } =
    (modality && fixedWindow(rules.window, modality, preset)) ||
    chooseWindow(rules.window, await volume.whole(), modality, preset);
  const planes =
    grid === null
      ? ACQUIRED
      : planesOf(rules.planes, grid, modality ?? guessModality(await volume.whole()));
  return { window: { centre, width }, planes };
}

/** The same of the slices of the series alone. */
export const acquiredOnly = (recipe: Recipe): Recipe => ({ ...recipe, planes: ACQUIRED });

/** Whether the slices of the series alone are looked at. */
const isAcquired = ({ planes }: Recipe): boolean => planes.length === 1 && planes[0] === 'acquired';

/**
 * The recipe of the suggestions of a label that are shown: fused planes once every slice of the stack
 * has them; until then the acquired plane alone, which comes slice by slice.
 */
export function shownRecipe(
  { suggestions }: Workspace,
  { image, raster }: OpenVolume,
  recipe: Recipe,
  label: Label,
): Recipe {
  if (isAcquired(recipe)) return recipe;
  const fused = suggestions.count(image.id, label.id, keyOf(recipe, label));
  return fused === raster.size[2] ? recipe : acquiredOnly(recipe);
}

/** What the model is asked for; a label without a prompt is asked for by its name. */
export const promptOf = ({ prompt, name }: Pick<Label, 'prompt' | 'name'>): string =>
  prompt.trim() === '' ? name : prompt;

/** Suggestions of equal keys are equal. */
export function keyOf(recipe: Recipe, label: Pick<Label, 'prompt' | 'name'>): SuggestionKey {
  const { bundle, window, samples, seed, tolerance, temperature } = recipe;
  return {
    variant: bundle.variant.hash,
    adapters: bundle.version?.lineage.id ?? '',
    settings: JSON.stringify({
      prompt: promptOf(label),
      window,
      samples,
      seed,
      tolerance,
      temperature,
      // Those of the acquired plane are called as they were before others could be fused.
      ...(isAcquired(recipe) ? {} : { planes: recipe.planes }),
    }),
  };
}

/** Evidence and planes of a suggestion that a page was shown. */
export interface ShownFrom {
  /** Decided slices that the model was joined with; null where it was alone. */
  readonly evidence: Evidence | null;
  readonly planes: readonly PlaneName[];
}

/**
 * Provenance for the audit log of a mask that came from a suggestion; evidence and planes are those that
 * pages were shown.
 */
export function provenanceOf(
  recipe: Recipe,
  labels: readonly Label[],
  { evidence, planes }: ShownFrom,
): JsonObject {
  const { bundle, window, samples, seed, tolerance, temperature } = recipe;
  return {
    model: nameVariant(bundle),
    adapters: bundle.version?.lineage.id ?? null,
    prompts: Object.fromEntries(labels.map((label) => [label.value, promptOf(label)])),
    window: { centre: window.centre, width: window.width },
    planes: [...planes],
    samples,
    seed,
    tolerance,
    temperature,
    propagation: evidence && { slices: evidence.slices.map((slice) => ({ ...slice })) },
  };
}
