import type { Predict } from '../engine/index.ts';
import { dice, nsd } from '../../../shared/metrics/index.ts';
import { spacingOf, type Window } from '../../../shared/volume.ts';
import type { ModelJson, PlaneName } from '../../engine/bundle/model-json.ts';
import { caseSliceName } from '../cases/index.ts';
import {
  maskOf,
  pairCases,
  readCase,
  type LabelledCase,
  type LabelTruth,
} from './labelled-cases.ts';
import {
  choosePlanes,
  segmentPlanes,
  tidyLabels,
  type IslandRule,
  chooseWindow,
} from '../suggest/index.ts';

export interface CaseScore {
  readonly case: string;
  readonly label: string;
  readonly dice: number;
  /** Normalised surface Dice at `TOLERANCE_MM`. */
  readonly nsd: number;
}

export interface Evaluation {
  readonly cases: readonly CaseScore[];
  readonly mean: Readonly<Record<string, { readonly dice: number; readonly nsd: number }>>;
}

/** Of surface distances. */
export const TOLERANCE_MM = 2;

export interface EvaluateOptions {
  readonly images: string;
  readonly labels: string;
  readonly truths: readonly LabelTruth[];
  readonly samples: number;
  readonly seed: number;
  readonly limit?: number;
  readonly window?: Window;
  readonly rules: ModelJson['preprocessing'];
  /** Default: what the model asks for. */
  readonly planes?: readonly PlaneName[];
  /** Default: all pieces of a label stay. */
  readonly islands?: IslandRule;
  readonly signal?: AbortSignal;
  readonly onCase?: (done: number, total: number, scores: readonly CaseScore[]) => void;
}

/** Segments every case and compares it with its truth in 3-D. */
export async function evaluate(predict: Predict, options: EvaluateOptions): Promise<Evaluation> {
  const pairs = pairCases(options.images, options.labels).slice(0, options.limit);
  const cases: CaseScore[] = [];
  for (const [i, pair] of pairs.entries()) {
    // The model sees slices as they are displayed: columns to the patient's left, rows to the back.
    const scores = await scoreCase(predict, await readCase(pair, 'LPS'), options);
    cases.push(...scores);
    options.onCase?.(i + 1, pairs.length, scores);
  }
  const mean = Object.fromEntries(
    options.truths.map(({ name }) => {
      const ofLabel = cases.filter((c) => c.label === name);
      const average = (key: 'dice' | 'nsd'): number =>
        ofLabel.reduce((s, c) => s + c[key], 0) / ofLabel.length;
      return [name, { dice: average('dice'), nsd: average('nsd') }];
    }),
  );
  return { cases, mean };
}

async function scoreCase(
  predict: Predict,
  { name, image, labels }: LabelledCase,
  options: EvaluateOptions,
): Promise<CaseScore[]> {
  const result = await segmentPlanes(predict, {
    volume: image,
    window: options.window ?? chooseWindow(options.rules.window, image, undefined),
    planes: options.planes ?? choosePlanes(options.rules.planes, image, undefined),
    labels: options.truths,
    samples: options.samples,
    seed: options.seed,
    tolerance: 0,
    sliceKey: (k) => caseSliceName(name, k),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const spacing = spacingOf(image.grid);
  return options.truths.map(({ name: label, values }, l) => {
    const expected = maskOf(labels.data, values);
    // Each prompt is judged by itself: labels asked for together may overlap.
    const actual = Uint8Array.from(result.probability[l]!, (p) => (p > 0.5 ? 1 : 0));
    tidyLabels(actual, image.grid, [1], options.islands ?? null);
    return {
      case: name,
      label,
      dice: dice(actual, expected),
      nsd: nsd(actual, expected, image.grid.size, spacing, TOLERANCE_MM),
    };
  });
}
