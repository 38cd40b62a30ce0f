import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { Window } from '../../../shared/volume.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import type { JsonObject, Label, SuggestionKey } from '../../workspace/index.ts';
import { chooseWindow, fixedWindow } from './windowing.ts';
import type { Evidence } from './evidence.ts';
import type { OpenVolume } from '../cases/index.ts';

type Settings = z.infer<typeof contract.Settings>;

/** All that suggestions on a volume are made with, beside the prompt. */
export interface Recipe {
  readonly bundle: Bundle;
  readonly window: Window;
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
    window: await windowFor(volume, bundle),
    samples: settings.samples,
    seed: settings.seed,
    tolerance: settings.tolerance,
    temperature: settings.calibrate && isFitted ? calibration.temperature : null,
    propagate: settings.propagate,
  };
}

/** Windows that were chosen, by volume and bundle: percentiles of a large volume take a while. */
const windows = new WeakMap<OpenVolume, Map<string, Window>>();

async function windowFor(volume: OpenVolume, { hash, json }: Bundle): Promise<Window> {
  const known = windows.get(volume) ?? new Map<string, Window>();
  windows.set(volume, known);
  const chosen = known.get(hash);
  if (chosen !== undefined) return chosen;
  const { series, stack } = volume;
  const rules = json.preprocessing.window;
  const modality = series.modality || undefined;
  const [preset] = stack.windows;
  const { centre, width } =
    (modality && fixedWindow(rules, modality, preset)) ||
    chooseWindow(rules, await volume.whole(), modality, preset);
  known.set(hash, { centre, width });
  return { centre, width };
}

/** What the model is asked for; a label without a prompt is asked for by its name. */
export const promptOf = ({ prompt, name }: Pick<Label, 'prompt' | 'name'>): string =>
  prompt.trim() === '' ? name : prompt;

/** Suggestions of equal keys are equal. */
export function keyOf(recipe: Recipe, label: Pick<Label, 'prompt' | 'name'>): SuggestionKey {
  const { bundle, window, samples, seed, tolerance, temperature } = recipe;
  return {
    bundle: bundle.hash,
    adapters: bundle.version?.lineage.id ?? '',
    settings: JSON.stringify({
      prompt: promptOf(label),
      window,
      samples,
      seed,
      tolerance,
      temperature,
    }),
  };
}

/**
 * The same for the audit log, where a mask came from a suggestion.
 * @param evidence decided slices that the model was joined with; null where it was alone.
 */
export function provenanceOf(
  recipe: Recipe,
  labels: readonly Label[],
  evidence: Evidence | null,
): JsonObject {
  const { bundle, window, samples, seed, tolerance, temperature } = recipe;
  return {
    model: { name: bundle.json.name, sha256: bundle.hash },
    adapters: bundle.version?.lineage.id ?? null,
    prompts: Object.fromEntries(labels.map((label) => [label.value, promptOf(label)])),
    window: { centre: window.centre, width: window.width },
    samples,
    seed,
    tolerance,
    temperature,
    propagation: evidence && { slices: evidence.slices.map((slice) => ({ ...slice })) },
  };
}
