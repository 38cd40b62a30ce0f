import { keyedState } from '../../../shared/random.ts';
import type { Architecture } from '../medclipseg/config.ts';
import type { LearnerBatch } from '../medclipseg/learner.ts';
import { noiseSource } from '../runtime/noise.ts';
import { augmentedExample, plainExample, type Pick } from './examples.ts';
import type { PairTokens, TokenSource } from './tokens.ts';
import type { LearningSettings, LearningSlice } from './types.ts';

/** A version of a slice that went through the frozen layers. */
interface Prepared {
  readonly imageTokens: Float32Array;
  readonly masks: readonly Uint8Array[];
  /** By index of the target. */
  readonly pairs: Map<number, PairTokens>;
}

/** `variant` of a slice as prediction sees it. */
export const PLAIN = -1;

/** Batches of slices whose frozen part is computed once and kept. */
export interface PreparedSlices {
  /** @param noise one for each pick; null is the mean pass. */
  batch(picks: readonly Pick[], noise: LearnerBatch['noise']): Promise<LearnerBatch>;
}

export function createPreparedSlices(
  tokens: TokenSource,
  a: Architecture,
  { seed, flip }: LearningSettings,
): PreparedSlices {
  const versions = new Map<LearningSlice, Map<number, Promise<Prepared>>>();
  const prompts = new Map<string, ReturnType<TokenSource['prompt']>>();
  const numbers = new Map<LearningSlice, number>();

  const prepare = async (slice: LearningSlice, variant: number): Promise<Prepared> => {
    const state = (): Int32Array =>
      keyedState('augmentation', seed, numbers.get(slice)!, Math.max(0, variant));
    const { picture, masks } =
      variant === PLAIN
        ? plainExample(slice, a.image)
        : augmentedExample(slice, a.image, flip, state());
    return { imageTokens: await tokens.image(picture), masks, pairs: new Map() };
  };

  const prepared = (slice: LearningSlice, variant: number): Promise<Prepared> => {
    if (!numbers.has(slice)) numbers.set(slice, numbers.size);
    const variants = cached(versions, slice, () => new Map<number, Promise<Prepared>>());
    return cached(variants, variant, () => prepare(slice, variant));
  };

  const pairOf = async (version: Prepared, pick: Pick): Promise<PairTokens> => {
    const pairTokens = version.pairs.get(pick.target);
    if (pairTokens !== undefined) return pairTokens;
    const { prompt } = pick.slice.targets[pick.target]!;
    const encoded = await cached(prompts, prompt, () => tokens.prompt(prompt));
    const draw = noiseSource({
      seed,
      slice: `learning ${numbers.get(pick.slice)!}`,
      prompt,
      sample: Math.max(0, pick.variant),
    });
    const pair = await tokens.pair(
      version.imageTokens,
      encoded,
      pick.variant === PLAIN ? null : draw,
    );
    version.pairs.set(pick.target, pair);
    return pair;
  };

  return {
    async batch(picks, noise) {
      const images: Float32Array[] = [];
      const texts: Float32Array[] = [];
      const textMask = new Float32Array(picks.length * a.context);
      const target = new Float32Array(picks.length * a.image ** 2);
      for (const [i, pick] of picks.entries()) {
        const version = await prepared(pick.slice, pick.variant);
        const pair = await pairOf(version, pick);
        images.push(pair.image);
        texts.push(pair.text);
        textMask.set(pair.mask, i * a.context);
        target.set(version.masks[pick.target]!, i * a.image ** 2);
      }
      return {
        inputs: { image_tokens: joined(images), text_tokens: joined(texts) },
        textMask,
        target,
        noise,
      };
    },
  };
}

function cached<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const value = make();
  map.set(key, value);
  return value;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.length * parts[0]!.length);
  parts.forEach((part, i) => whole.set(part, i * part.length));
  return whole;
}
