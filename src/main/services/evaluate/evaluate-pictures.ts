import {
  expectedCalibrationError,
  pooledReliability,
  reliability,
} from '../../../shared/calibration/index.ts';
import { dice, nsd, pearson, spearman } from '../../../shared/metrics/index.ts';
import { mapLimited } from '../../../shared/pool.ts';
import type { UncertaintyMaps } from '../../../shared/uncertainty.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { resizeNearest } from '../../engine/preprocess.ts';
import type { Mask } from '../../images/index.ts';
import type { Predict } from '../engine/index.ts';
import { UNDER_WAY } from '../suggest/index.ts';
import {
  insideOf,
  promptedCases,
  readPromptedCase,
  type PictureChoice,
  type PromptedCase,
} from './picture-cases.ts';

/** Of surfaces, in pixels of the truth. */
const TOLERANCE_PIXELS = 2;

/** What a prediction of a picture is worth. */
export interface PictureMetrics {
  readonly dice: number;
  /** Normalised surface Dice at `TOLERANCE_PIXELS`, as `publishedNsd`. */
  readonly nsd: number;
  /** Expected calibration error over the pixels. */
  readonly calibrationError: number;
  /** Mean total entropy over the pixels, nats. */
  readonly doubt: number;
  /** Pearson's, over the pixels, of total entropy with a wrong mask; null where no pixel is wrong, or all are. */
  readonly doubtErrorCorrelation: number | null;
}

export interface PictureScore extends PictureMetrics {
  readonly picture: string;
  readonly prompt: string;
}

export interface PictureEvaluation {
  readonly pictures: readonly PictureScore[];
  /** Over the pictures; of the correlation over those that have one. */
  readonly mean: PictureMetrics;
  /** Expected calibration error of all pixels of all pictures together. */
  readonly pooledCalibrationError: number;
  /** Spearman's, over the pictures, of `doubt` with 1 − Dice; null where one does not vary. */
  readonly doubtErrorRankCorrelation: number | null;
}

export interface EvaluatePicturesOptions extends PictureChoice {
  readonly bundle: Bundle;
  readonly samples: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onPicture?: (done: number, total: number) => void;
}

/**
 * Segments the pictures of a data set in the published layout and compares each with its mask as the published
 * code does: mean probability above ½ at the model's size, to the size of the truth by nearest neighbour.
 * @throws MarginaliaError as `promptedCases` and `readPromptedCase`.
 */
export async function evaluatePictures(
  predict: Predict,
  options: EvaluatePicturesOptions,
): Promise<PictureEvaluation> {
  const { bundle, signal, samples, seed } = options;
  const { dataset, cases } = await promptedCases(options, bundle);
  const size = bundle.architecture.image;
  let done = 0;
  const evaluated = await mapLimited(cases, UNDER_WAY, async (one) => {
    const { slice, truth } = await readPromptedCase(dataset, one, size, signal);
    const { maps } = await predict(
      {
        slice,
        prompts: [one.prompt],
        samples,
        seed,
        sliceKey: keyOf(one),
        tolerance: 0,
        priority: 0,
        preview: false,
      },
      signal,
    );
    const compared = comparePicture(maps[0]!, size, truth);
    options.onPicture?.(++done, cases.length);
    return { ...compared, picture: one.picture, prompt: one.prompt };
  });
  return summaryOf(evaluated);
}

/** Names the noise of a picture; of two masks of one picture each has its own. */
const keyOf = ({ picture, mask }: PromptedCase): string =>
  `${picture}/${mask.slice(Math.max(mask.lastIndexOf('/'), mask.lastIndexOf('\\')) + 1)}`;

interface Compared {
  readonly metrics: PictureMetrics;
  readonly curve: ReturnType<typeof reliability>;
}

/**
 * Compares maps of the model's size [size, size] with a mask.
 * @param truth of any size; maps are brought to it by nearest neighbour.
 */
export function comparePicture(
  { probability, total }: Pick<UncertaintyMaps, 'probability' | 'total'>,
  size: number,
  truth: Mask,
): Compared {
  const { columns, rows } = truth;
  const atTruth = (map: Float32Array): Float32Array =>
    resizeNearest(map, size, size, rows, columns);
  const expected = insideOf(truth);
  const [p, entropy] = [atTruth(probability), atTruth(total)];
  const actual = Uint8Array.from(p, (v) => (v > 0.5 ? 1 : 0));
  const wrong = actual.map((v, i) => (v === expected[i] ? 0 : 1));
  const curve = reliability([{ probability: p, truth: expected }]);
  return {
    curve,
    metrics: {
      dice: dice(actual, expected),
      nsd: publishedNsd(actual, expected, columns, rows),
      calibrationError: expectedCalibrationError(curve),
      doubt: average(entropy),
      doubtErrorCorrelation: pearson(entropy, wrong),
    },
  };
}

/**
 * Normalised surface Dice of masks [rows, columns] as the published code computes it: of a body one voxel of
 * 1 × 1 × 1 thick, at a tolerance of 2. Its two faces count, too: that makes it a measure of area as well as
 * of outline, and usually larger than that of outlines alone.
 */
export const publishedNsd = (
  actual: Uint8Array,
  expected: Uint8Array,
  columns: number,
  rows: number,
): number => nsd(actual, expected, [columns, rows, 1], [1, 1, 1], TOLERANCE_PIXELS);

const average = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

function summaryOf(
  evaluated: readonly (Compared & Pick<PictureScore, 'picture' | 'prompt'>)[],
): PictureEvaluation {
  const pictures = evaluated.map(({ picture, prompt, metrics }) => ({
    picture,
    prompt,
    ...metrics,
  }));
  const mean = (key: keyof PictureMetrics): number =>
    average(pictures.flatMap((one) => one[key] ?? []));
  const correlated = pictures.some((one) => one.doubtErrorCorrelation !== null);
  return {
    pictures,
    mean: {
      dice: mean('dice'),
      nsd: mean('nsd'),
      calibrationError: mean('calibrationError'),
      doubt: mean('doubt'),
      doubtErrorCorrelation: correlated ? mean('doubtErrorCorrelation') : null,
    },
    pooledCalibrationError: expectedCalibrationError(
      pooledReliability(evaluated.map(({ curve }) => curve)),
    ),
    doubtErrorRankCorrelation: spearman(
      pictures.map(({ doubt }) => doubt),
      pictures.map((one) => 1 - one.dice),
    ),
  };
}
