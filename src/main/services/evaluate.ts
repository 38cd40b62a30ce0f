import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import { reorient, sameGrid } from '../../shared/geometry/index.ts';
import { dice, nsd } from '../../shared/metrics/index.ts';
import { spacingOf, type Volume, type Window } from '../../shared/volume.ts';
import type { ModelJson } from '../engine/bundle/model-json.ts';
import { IMAGE_FILE, readImage } from '../export/index.ts';
import { segmentVolume, type LabelPrompt, type Predict } from './segment-volume.ts';
import { chooseWindow } from './windowing.ts';

/** A label to judge: the prompt, and which values of the label files are its truth. */
export interface LabelTruth extends LabelPrompt {
  readonly values: readonly number[];
}

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

const TOLERANCE_MM = 2;

export interface EvaluateOptions {
  readonly images: string;
  readonly labels: string;
  readonly truths: readonly LabelTruth[];
  readonly samples: number;
  readonly seed: number;
  readonly limit?: number;
  readonly window?: Window;
  readonly rules: ModelJson['preprocessing']['window'];
  readonly signal?: AbortSignal;
  readonly onCase?: (done: number, total: number, scores: readonly CaseScore[]) => void;
}

const stem = (file: string): string => file.replace(IMAGE_FILE, '');

/** Pairs of image and label files of the same name, sorted by name. */
export function pairCases(
  images: string,
  labels: string,
): { name: string; image: string; label: string }[] {
  const list = (folder: string): Map<string, string> => {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new MarginaliaError(
        'no-such-folder',
        `There is no folder ${folder}.`,
        'Check the path.',
      );
    }
    const files = readdirSync(folder).filter((f) => IMAGE_FILE.test(f) && !f.startsWith('.'));
    return new Map(files.map((file) => [stem(file), join(folder, file)]));
  };
  const truth = list(labels);
  const pairs = [...list(images)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, image]) => {
      // nnU-Net and the Decathlon number the channels of an image: case_0000 belongs to case.
      const label = truth.get(name) ?? truth.get(name.replace(/_0000$/, ''));
      return label === undefined ? [] : [{ name, image, label }];
    });
  if (pairs.length === 0) {
    throw new MarginaliaError(
      'no-cases',
      `No image in ${images} has a label file of the same name in ${labels}.`,
      'Name label files like their images (.nii, .nii.gz, .nrrd or .mha).',
    );
  }
  return pairs;
}

/** Segments every case and compares it with its truth in 3-D. */
export async function evaluate(predict: Predict, options: EvaluateOptions): Promise<Evaluation> {
  const pairs = pairCases(options.images, options.labels).slice(0, options.limit);
  const cases: CaseScore[] = [];
  for (const [i, { name, image, label }] of pairs.entries()) {
    const scores = await scoreCase(
      predict,
      name,
      await readImage(image),
      await readImage(label),
      options,
    );
    cases.push(...scores);
    options.onCase?.(i + 1, pairs.length, scores);
  }
  const mean = Object.fromEntries(
    options.truths.map(({ name }) => {
      const own = cases.filter((c) => c.label === name);
      const average = (key: 'dice' | 'nsd'): number =>
        own.reduce((s, c) => s + c[key], 0) / own.length;
      return [name, { dice: average('dice'), nsd: average('nsd') }];
    }),
  );
  return { cases, mean };
}

async function scoreCase(
  predict: Predict,
  name: string,
  image: Volume,
  truth: Volume,
  options: EvaluateOptions,
): Promise<CaseScore[]> {
  if (!sameGrid(image.grid, truth.grid, 0.01)) {
    throw new MarginaliaError(
      'grid-mismatch',
      `The image and the label of ${name} lie on different grids.`,
      'Resample one onto the other first.',
    );
  }
  // The model sees slices as they are displayed: columns to the patient's left, rows to the back.
  const volume = reorient(image, 'LPS').volume;
  const labels = reorient(truth, 'LPS').volume;
  const result = await segmentVolume(predict, {
    volume,
    window: options.window ?? chooseWindow(options.rules, volume, undefined),
    labels: options.truths,
    samples: options.samples,
    seed: options.seed,
    tolerance: 0,
    sliceKey: (k) => `${name}/${k}`,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const spacing = spacingOf(volume.grid);
  return options.truths.map(({ name: label, values }, l) => {
    const expected = Uint8Array.from(labels.data, (v) => (values.includes(v) ? 1 : 0));
    // Each prompt is judged by itself: labels asked for together may overlap.
    const actual = Uint8Array.from(result.probability[l]!, (p) => (p > 0.5 ? 1 : 0));
    return {
      case: name,
      label,
      dice: dice(actual, expected),
      nsd: nsd(actual, expected, volume.grid.size, spacing, TOLERANCE_MM),
    };
  });
}
