import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ImageCode, PromptCode, SegmentationModel } from '../medclipseg/model.ts';
import { normalise, type Normalisation, type Picture } from '../preprocess.ts';

/** What a bundle says about its inputs. */
export interface InputRules extends Normalisation {
  /** Token ids and mask of `context` entries. Throws where a prompt is too long. */
  readonly tokenize: (prompt: string) => {
    readonly ids: readonly number[];
    readonly attentionMask: readonly number[];
  };
}

/** Encoded images and prompts, each computed once while it is in use. */
export interface Codes {
  /** @param picture of the model's size. */
  image(picture: Picture): Promise<ImageCode>;
  prompt(text: string): Promise<PromptCode>;
}

export function createCodes(model: SegmentationModel, rules: InputRules): Codes {
  const images = recentlyUsed<ImageCode>(24);
  const prompts = recentlyUsed<PromptCode>(64);
  return {
    image: (picture) =>
      // By content: a window or an image changed under the same name is another image. Colour and
      // grey of the model's size differ in length.
      images(createHash('sha1').update(picture.values).digest('base64'), () =>
        model.encodeImage(normalise(picture, rules)),
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
