/**
 * Predictive uncertainty of a binary segmentation from Monte-Carlo samples, in nats (MedCLIPSeg,
 * arXiv 2602.20423; the split into aleatoric and epistemic follows Depeweg et al. 2018 and the
 * BALD score of Houlsby et al. 2011).
 */

/** The largest entropy of a yes/no question: the fixed upper end of every uncertainty scale. */
export const MAX_ENTROPY = Math.LN2;

/** The published map adds this inside its logarithms. */
const EPSILON = 1e-8;

/** σ(z) without overflow. */
export function sigmoid(logit: number): number {
  const e = Math.exp(-Math.abs(logit));
  return (logit >= 0 ? 1 : e) / (1 + e);
}

/** Entropy −p ln(p+1e-8) − (1−p) ln(1−p+1e-8) of a yes/no question, 0 … ln 2. */
export function entropy(p: number): number {
  return Math.max(0, -p * Math.log(p + EPSILON) - (1 - p) * Math.log(1 - p + EPSILON));
}

/** Per pixel: probability of the label, and the doubt about it in nats. */
export interface UncertaintyMaps {
  /** p̄, the mean of the samples' probabilities. */
  readonly probability: Float32Array;
  /** H[p̄]. */
  readonly total: Float32Array;
  /** mean H[p]: doubt within each sample, which more learning would not remove. */
  readonly aleatoric: Float32Array;
  /** H[p̄] − mean H[p] ≥ 0: disagreement between samples, what the model does not know. */
  readonly epistemic: Float32Array;
}

export interface Accumulator {
  readonly samples: number;
  /** Takes in the logits of one more sample. */
  add(logits: Float32Array): void;
  maps(): UncertaintyMaps;
  /**
   * How far p̄ may still move: the root mean square, over the pixels in doubt (0.01 < p̄ < 0.99),
   * of the standard error of p̄. Infinite below two samples, 0 when no pixel is in doubt.
   */
  standardError(): number;
}

/**
 * Running statistics of Monte-Carlo samples of `pixels` logits each. Means are updated one sample
 * at a time (Welford 1962), so results depend on the samples' order only, not on batches.
 */
export function createAccumulator(pixels: number): Accumulator {
  const probability = new Float64Array(pixels);
  const squares = new Float64Array(pixels);
  const sampleEntropy = new Float64Array(pixels);
  let samples = 0;
  return {
    get samples() {
      return samples;
    },
    add(logits) {
      if (logits.length !== pixels) {
        throw new RangeError(`A sample of ${logits.length} logits where ${pixels} are expected.`);
      }
      samples++;
      for (let i = 0; i < pixels; i++) {
        const z = logits[i]!;
        const magnitude = Math.abs(z);
        const e = Math.exp(-magnitude);
        const q = e / (1 + e);
        const p = z >= 0 ? 1 - q : q;
        const step = p - probability[i]!;
        const mean = probability[i]! + step / samples;
        probability[i] = mean;
        squares[i]! += step * (p - mean);
        // H(σ(z)) = ln(1 + e^−|z|) + |z| σ(−|z|): one logarithm and no cancellation.
        const h = e === 0 ? 0 : Math.log(1 + e) + magnitude * q;
        sampleEntropy[i]! += (h - sampleEntropy[i]!) / samples;
      }
    },
    maps() {
      const maps = {
        probability: Float32Array.from(probability),
        total: new Float32Array(pixels),
        aleatoric: Float32Array.from(sampleEntropy),
        epistemic: new Float32Array(pixels),
      };
      for (let i = 0; i < pixels; i++) {
        const total = entropy(probability[i]!);
        maps.total[i] = total;
        maps.epistemic[i] = Math.max(0, total - sampleEntropy[i]!);
      }
      return maps;
    },
    standardError() {
      if (samples < 2) return Infinity;
      let inDoubt = 0;
      let sum = 0;
      for (let i = 0; i < pixels; i++) {
        if (probability[i]! > 0.01 && probability[i]! < 0.99) {
          inDoubt++;
          sum += squares[i]!;
        }
      }
      return inDoubt === 0 ? 0 : Math.sqrt(sum / inDoubt / (samples - 1) / samples);
    },
  };
}

/**
 * One label per pixel from the probabilities of several: the largest wins where it is above ½
 * (the first of equals). 0 is background, label n of the list is n + 1.
 */
export function resolveOverlaps(probabilities: readonly Float32Array[]): Uint8Array {
  const first = probabilities[0];
  if (first === undefined) throw new RangeError('No probabilities to choose labels from.');
  if (probabilities.length > 255) throw new RangeError('At most 255 labels fit a label map.');
  const labels = new Uint8Array(first.length);
  const highest = new Float32Array(first.length).fill(0.5);
  probabilities.forEach((probability, label) => {
    for (let i = 0; i < labels.length; i++) {
      if (probability[i]! > highest[i]!) {
        highest[i] = probability[i]!;
        labels[i] = label + 1;
      }
    }
  });
  return labels;
}
