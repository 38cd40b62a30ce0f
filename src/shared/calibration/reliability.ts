import { readerOf, type Prediction } from './prediction.ts';

/** Pixels that were given about the same probability of the label. */
export interface ReliabilityBin {
  /** Probabilities from ≤ p < to; of the last bin, p = 1 too. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability that was given. */
  readonly confidence: number;
  /** Share of the pixels that are the label. */
  readonly frequency: number;
}

/**
 * The reliability curve of a yes/no question: how often the label is there, against how probable
 * the model calls it, in bins of equal width. Bins that nothing fell into are left out, so no
 * number is undefined, and without pixels there are no bins.
 * @throws RangeError as `readerOf`, for probabilities beyond 0 … 1, and for a strange bin count.
 */
export function reliability(predictions: Iterable<Prediction>, bins = 15): ReliabilityBin[] {
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`${bins} bins cannot be made.`);
  const counts = new Float64Array(bins);
  const confidences = new Float64Array(bins);
  const labels = new Float64Array(bins);
  for (const prediction of predictions) {
    const { length, probability, isLabel } = readerOf(prediction);
    for (let i = 0; i < length; i++) {
      const p = probability(i);
      if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} of pixel ${i} is no probability.`);
      const bin = Math.min(bins - 1, Math.floor(p * bins));
      counts[bin]!++;
      confidences[bin]! += p;
      if (isLabel(i)) labels[bin]!++;
    }
  }
  return Array.from(counts, (count, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    count,
    confidence: confidences[bin]! / count,
    frequency: labels[bin]! / count,
  })).filter(({ count }) => count > 0);
}

/** The curve of the pixels of several curves together, all with the same bins. */
export function pooledReliability(curves: Iterable<readonly ReliabilityBin[]>): ReliabilityBin[] {
  const pooled = new Map<number, ReliabilityBin>();
  for (const bin of [...curves].flat()) {
    const other = pooled.get(bin.from) ?? { ...bin, count: 0, confidence: 0, frequency: 0 };
    const count = other.count + bin.count;
    const mean = (key: 'confidence' | 'frequency'): number =>
      (other[key] * other.count + bin[key] * bin.count) / count;
    pooled.set(bin.from, {
      ...bin,
      count,
      confidence: mean('confidence'),
      frequency: mean('frequency'),
    });
  }
  return [...pooled.values()].sort((a, b) => a.from - b.from);
}

/**
 * Expected calibration error, Σ (count / all) · |frequency − confidence| over the bins (Guo et al.,
 * "On calibration of modern neural networks", ICML 2017, eq. 3), 0 … 1 and 0 without pixels.
 *
 * This is the binary variant: bins are of the probability of the label, over 0 … 1, and not of the
 * surer of both answers, over ½ … 1. Easy background counts as much as any pixel: the figure falls
 * as the field of view grows, so compare it on the same pixels only.
 */
export function expectedCalibrationError(curve: readonly ReliabilityBin[]): number {
  let pixels = 0;
  let gaps = 0;
  for (const { count, confidence, frequency } of curve) {
    pixels += count;
    gaps += count * Math.abs(frequency - confidence);
  }
  return pixels === 0 ? 0 : gaps / pixels;
}
