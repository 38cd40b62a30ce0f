import { reshape, scale, shift, type Tensor } from '../tensor/index.ts';
import type { Architecture } from './config.ts';
import type { ShapeList } from './shape-list.ts';
import type { Weights } from './weights.ts';

/** Cuts an axis of size T down to the tokens that are still there: behind the last adapter, padding may not be. */
export type Shorten = (t: Tensor, axis: number) => Tensor;

/**
 * A text transformer. `mask` is float [B, T]: 1 up to the last token of each prompt, 0 for padding.
 */
export interface TextTower {
  /** Tensors that tell its sizes: words [vocabulary, Dt] and positions [rows, Dt]. */
  readonly telling: { readonly words: string; readonly positions: string };
  /** Names and shapes of its tensors. */
  list(a: Architecture, list: ShapeList): void;
  /** Token ids int64 [B, T] → [B, T, Dt]. */
  embed(ids: Tensor, weights: Weights, a: Architecture): Tensor;
  /** Whether tokens attend to padding: then it has to stay as long as padding itself is read. */
  readonly attendsToPadding: boolean;
  /** What keys add to the scores, [B or 1, 1, T or 1, T]. */
  bias(mask: Tensor, shorten: Shorten): Tensor;
  /**
   * The tokens `x` [B, n, Dt] attend to `context` [B, m, Dt] with `bias` [B or 1, 1, n or 1, m] added
   * to the scores → [B, n, Dt].
   */
  layer(
    x: Tensor,
    context: Tensor,
    bias: Tensor,
    weights: Weights,
    a: Architecture,
    layer: number,
  ): Tensor;
  /** The token of each prompt that features are read from: [B, T, Dt] → [B, 1, Dt]. */
  pick(text: Tensor, mask: Tensor, shorten: Shorten): Tensor;
  /** That token behind the last layer [B, 1, Dt] → text features [B, E]. */
  project(token: Tensor, weights: Weights, a: Architecture): Tensor;
}

/** Added to the scores of keys that are not attended to: e^(−10⁴) is zero in float32. */
export const MASKED = -1e4;

/** Mask [B, T] → what padding as keys adds to scores, [B, 1, 1, T]. */
export function keyBias(mask: Tensor): Tensor {
  return reshape(scale(shift(mask, -1), -MASKED), [mask.shape[0]!, 1, 1, mask.shape[1]!]);
}
