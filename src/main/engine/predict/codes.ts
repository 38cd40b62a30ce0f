import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ImageCode, PromptCode, SegmentationModel } from '../medclipseg/model.ts';
import { normalise } from '../preprocess.ts';

/** What a bundle says about its inputs. */
export interface InputRules {
  /** Per channel, in the model's channel order, for values 0 … 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Token ids and mask of `context` entries. Throws where a prompt is too long. */
  readonly tokenize: (prompt: string) => {
    readonly ids: readonly number[];
    readonly attentionMask: readonly number[];
  };
}

/** Encoded images and prompts, each computed once while it is in use. */
export interface Codes {
  image(grey: Uint8Array): Promise<ImageCode>;
  prompt(text: string): Promise<PromptCode>;
}

export function createCodes(model: SegmentationModel, rules: InputRules): Codes {
  const images = recentlyUsed<ImageCode>(24);
  const prompts = recentlyUsed<PromptCode>(64);
  return {
    image: (grey) =>
      // By content: a window or an image changed under the same name is another image.
      images(createHash('sha1').update(grey).digest('base64'), () =>
        model.encodeImage(normalise(grey, rules.mean, rules.std)),
      ),
    prompt: (text) =>
      prompts(text, () => {
        const { ids, attentionMask } = rules.tokenize(text);
        return model.encodePrompt(ids, attentionMask);
      }),
  };
}

/** Remembers the `max` values used last. */
function recentlyUsed<T extends object>(
  max: number,
): (key: string, make: () => Promise<T>) => Promise<T> {
  const values = new LRUCache<string, T>({ max });
  return async (key, make) => {
    const value = values.get(key) ?? (await make());
    values.set(key, value);
    return value;
  };
}
