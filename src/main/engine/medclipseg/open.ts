import { createSession, type SessionOptions } from '../runtime/session.ts';
import { visionTokens, type Architecture } from './config.ts';
import { imageGraph, sampleGraph, textGraph } from './graphs.ts';
import { fillNoise, noiseBuffers, type NoiseBuffer } from './noise-inputs.ts';
import type { ForwardItem, ImageCode, PromptCode, SegmentationModel } from './model.ts';
import type { Weights } from './weights.ts';

interface LoadedImage extends ImageCode {
  readonly tokens: Float32Array;
}

interface LoadedPrompt extends PromptCode {
  readonly tokens: Float32Array;
  readonly mask: Float32Array;
  /** Tokens up to the last that is not padding. */
  readonly length: number;
}

/** What a pass gives beside the logits; for comparison with published numbers. */
export interface PassOutputs {
  /** [items, S, S] */
  readonly logits: Float32Array;
  /** [items, N, E], class token first. */
  readonly imageFeatures: Float32Array;
  /** [items, E] */
  readonly textFeatures: Float32Array;
}

export interface OpenedModel extends SegmentationModel {
  pass(items: readonly ForwardItem[]): Promise<PassOutputs>;
}

/** Compiles the three graphs of a model: images, prompts, and the part that each sample repeats. */
export async function openModel(
  a: Architecture,
  weights: Weights,
  options: SessionOptions,
): Promise<OpenedModel> {
  const once = { ...options, prepack: false };
  const images = await createSession(imageGraph(weights, a), options);
  const texts = await createSession(textGraph(weights, a), once);
  const samples = await createSession(sampleGraph(weights, a), options);

  let noise: NoiseBuffer[] = [];
  let noiseOf = 0;

  const pass = async (items: readonly ForwardItem[]): Promise<PassOutputs> => {
    const imageList = unique(items.map((item) => item.image as LoadedImage));
    const promptList = unique(items.map((item) => item.prompt as LoadedPrompt));
    // Tens of megabytes, and most batches are of one size.
    if (noiseOf !== items.length) noise = noiseBuffers(a, (noiseOf = items.length));
    fillNoise(
      noise,
      items.map((item) => item.noise),
    );
    const index = (values: readonly number[]): { data: BigInt64Array; dims: number[] } => ({
      data: BigInt64Array.from(values, BigInt),
      dims: [values.length],
    });
    const results = await samples.run({
      image_tokens: {
        data: join(imageList.map((i) => i.tokens)),
        dims: [imageList.length, visionTokens(a), a.visionWidth],
      },
      text_tokens: {
        data: join(promptList.map((p) => p.tokens)),
        dims: [promptList.length, a.context, a.textWidth],
      },
      text_mask: {
        data: join(promptList.map((p) => p.mask)),
        dims: [promptList.length, a.context],
      },
      image_index: index(items.map((item) => imageList.indexOf(item.image as LoadedImage))),
      text_index: index(items.map((item) => promptList.indexOf(item.prompt as LoadedPrompt))),
      real_tokens: index([Math.max(...promptList.map((p) => p.length))]),
      ...Object.fromEntries(noise.map(({ name, value }) => [name, value])),
    });
    return {
      logits: results['logits']!,
      imageFeatures: results['image_features']!,
      textFeatures: results['text_features']!,
    };
  };

  return {
    architecture: a,
    async encodeImage(image): Promise<LoadedImage> {
      const dims = [1, 3, a.image, a.image];
      const { image_tokens } = await images.run({ image: { data: image, dims } });
      return { kind: 'image', tokens: image_tokens! };
    },
    async encodePrompt(ids, attentionMask): Promise<LoadedPrompt> {
      const dims = [1, a.context];
      const mask = Float32Array.from(attentionMask);
      const { text_tokens } = await texts.run({
        token_ids: { data: BigInt64Array.from(ids, BigInt), dims },
        text_mask: { data: mask, dims },
      });
      return { kind: 'prompt', tokens: text_tokens!, mask, length: mask.lastIndexOf(1) + 1 };
    },
    pass,
    forward: async (items) => (await pass(items)).logits,
    async dispose() {
      for (const session of [images, texts, samples]) await session.dispose();
    },
  };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

function join(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
