import {
  add,
  div,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  normalise,
  scale,
  shift,
  sigmoid,
  softmax,
  softplus,
  sub,
  sum,
  swapLast,
  detach,
  transpose,
  type Tensor,
} from '../tensor/index.ts';

const SMOOTH = 1e-5;

export interface Losses {
  readonly bce: Tensor;
  readonly dice: Tensor;
  readonly contrastive: Tensor;
  readonly total: Tensor;
}

/** Binary cross entropy of logits, mean over pixels and images: softplus(z) − z·g. */
export function bceWithLogits(logits: Tensor, target: Tensor): Tensor {
  return mean(sub(softplus(logits), mul(logits, target)));
}

/** 1 − (2Σpg + ε)/(Σp + Σg + ε) per image on probabilities [B, H, W], then the mean over images. */
export function softDice(logits: Tensor, target: Tensor): Tensor {
  const p = sigmoid(logits);
  const overlap = shift(scale(sum(mul(p, target), [1, 2]), 2), SMOOTH);
  const size = shift(add(sum(p, [1, 2]), sum(target, [1, 2])), SMOOTH);
  return shift(neg(mean(div(overlap, size))), 1);
}

/**
 * Soft patch contrastive loss of normalised patches [B, P, E] and text features [B, E] (which the
 * published code does not normalise): the target G says how alike the prompts are, and no
 * gradient flows through it.
 */
export function patchContrastive(patches: Tensor, text: Tensor, temperature: number): Tensor {
  const pooled = mean(patches, [1]);
  const toText = scale(matmul(pooled, transpose(text, [1, 0])), 1 / temperature);
  const alike = scale(matmul(text, transpose(text, [1, 0])), 1 / temperature);
  const target = detach(softmax(normalise(alike)));
  const crossEntropy = (logits: Tensor, goal: Tensor): Tensor =>
    neg(mean(sum(mul(goal, logSoftmax(logits)), [1])));
  const both = add(crossEntropy(toText, target), crossEntropy(swapLast(toText), swapLast(target)));
  return scale(both, 0.5);
}

/** Weight of the contrastive term in the paper's loss. */
const CONTRASTIVE_WEIGHT = 0.1;

/**
 * The paper's loss: 0.5·Dice + 0.5·BCE + 0.1·contrastive. Target [B, H, W] holds 0 and 1.
 * Towers that are trained from nothing want another weight of the contrastive term: text features
 * that are all the same satisfy it, and then the prompt decides nothing.
 */
export function segmentationLoss(
  output: { readonly logits: Tensor; readonly patches: Tensor; readonly textFeatures: Tensor },
  target: Tensor,
  temperature: number,
  contrastiveWeight = CONTRASTIVE_WEIGHT,
): Losses {
  const bce = bceWithLogits(output.logits, target);
  const dice = softDice(output.logits, target);
  const contrastive = patchContrastive(output.patches, output.textFeatures, temperature);
  const total = add(scale(add(dice, bce), 0.5), scale(contrastive, contrastiveWeight));
  return { bce, dice, contrastive, total };
}
