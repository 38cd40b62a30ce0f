import type { InputRules } from '../predict/codes.ts';
import { normalise, type Picture } from '../preprocess.ts';
import { createSession, type SessionOptions, type Value } from '../runtime/session.ts';
import { visionTokens, type Architecture } from '../medclipseg/config.ts';
import { firstFusion } from '../medclipseg/forward.ts';
import { imageGraph, prefixGraph, textGraph } from '../medclipseg/graphs.ts';
import type { NoiseSource } from '../medclipseg/model.ts';
import { fillNoise, noiseBuffers } from '../medclipseg/noise-inputs.ts';
import type { Weights } from '../medclipseg/weights.ts';

/** Tokens of one image and one prompt before the first layer that learns. */
export interface PairTokens {
  readonly image: Float32Array;
  readonly text: Float32Array;
  /** 1 for tokens, 0 for padding. */
  readonly mask: Float32Array;
}

/** What is computed once, because nothing in it learns. */
export interface TokenSource {
  /** @param picture of the model's size. */
  image(picture: Picture): Promise<Float32Array>;
  prompt(text: string): Promise<{ tokens: Float32Array; mask: Float32Array }>;
  /** Through the frozen fusion layers, if there are any; `noise` is the one draw they get. */
  pair(
    image: Float32Array,
    prompt: { tokens: Float32Array; mask: Float32Array },
    noise: NoiseSource | null,
  ): Promise<PairTokens>;
  dispose(): Promise<void>;
}

/** @param from layer before which nothing learns: the first fusion or later. */
export async function createTokenSource(
  a: Architecture,
  weights: Weights,
  from: number,
  rules: InputRules,
  options: SessionOptions,
): Promise<TokenSource> {
  const once = { ...options, prepack: false };
  const images = await createSession(imageGraph(weights, a), options);
  const texts = await createSession(textGraph(weights, a), once);
  const prefix =
    from > firstFusion(a) ? await createSession(prefixGraph(weights, a, from), options) : undefined;
  const noiseOf = noiseBuffers(a, 1);
  return {
    async image(picture) {
      const data = normalise(picture, rules);
      const { image_tokens } = await images.run({
        image: { data, dims: [1, 3, a.image, a.image] },
      });
      return image_tokens!;
    },
    async prompt(text) {
      const { ids, attentionMask } = rules.tokenize(text);
      const mask = Float32Array.from(attentionMask);
      const { text_tokens } = await texts.run({
        token_ids: { data: BigInt64Array.from(ids, BigInt), dims: [1, a.context] },
        text_mask: { data: mask, dims: [1, a.context] },
      });
      return { tokens: text_tokens!, mask };
    },
    async pair(image, { tokens, mask }, noise) {
      if (prefix === undefined) return { image, text: tokens, mask };
      fillNoise(noiseOf, [noise]);
      const feeds: Record<string, Value> = {
        image_tokens: { data: image, dims: [1, visionTokens(a), a.visionWidth] },
        text_tokens: { data: tokens, dims: [1, a.context, a.textWidth] },
        text_mask: { data: mask, dims: [1, a.context] },
        ...Object.fromEntries(noiseOf.map(({ name, value }) => [name, value])),
      };
      const results = await prefix.run(feeds);
      return { image: results['later_image_tokens']!, text: results['later_text_tokens']!, mask };
    },
    async dispose() {
      for (const session of [images, texts, prefix]) await session?.dispose();
    },
  };
}
