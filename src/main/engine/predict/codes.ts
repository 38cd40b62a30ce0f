import { createHash } from 'node:crypto';
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

/** Remembers the `most` values used last. */
function recentlyUsed<T>(most: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const values = new Map<string, T>();
  return async (key, make) => {
    const value = values.get(key) ?? (await make());
    values.delete(key);
    values.set(key, value);
    if (values.size > most) values.delete(values.keys().next().value!);
    return value;
  };
}
