import type { Architecture } from './config.ts';

/**
 * Where noise comes from: fills `out` with independent N(0, 1) for one attention of one fusion
 * adapter (index in order of fusion). Which image, prompt and sample it is for is the closure's.
 */
export type NoiseSource = (
  adapter: number,
  attention: 'img_to_txt' | 'txt_to_img',
  out: Float32Array,
) => void;

/** An image's tokens before the first fusion: shared by all its prompts and samples. Opaque. */
export interface ImageCode {
  readonly kind: 'image';
}

/** A prompt's tokens before the first fusion: shared by all images and samples. Opaque. */
export interface PromptCode {
  readonly kind: 'prompt';
}

/** One image, one prompt, one draw of the adapters' values. */
export interface ForwardItem {
  readonly image: ImageCode;
  readonly prompt: PromptCode;
  /** null is the mean pass (ε = 0). */
  readonly noise: NoiseSource | null;
}

/** A loaded model on one device. Calls must not overlap. */
export interface SegmentationModel {
  readonly architecture: Architecture;
  /** @param image [3, S, S], normalised as the bundle asks, S = `architecture.image`. */
  encodeImage(image: Float32Array): Promise<ImageCode>;
  /** @param ids,attentionMask `architecture.context` entries each; mask 1 = token, 0 = padding. */
  encodePrompt(ids: readonly number[], attentionMask: readonly number[]): Promise<PromptCode>;
  /** Logits [items, S, S] of independent items, computed in one run. */
  forward(items: readonly ForwardItem[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}
