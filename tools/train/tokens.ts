import { Tokenizer } from '@huggingface/tokenizers';
import { vocabulary } from './data/prompts.ts';

/** tokenizer.json of the default bundle: BERT's WordPiece over the project's own words. */
export function tokenizerJson(): object {
  const words = vocabulary();
  const special = words.slice(0, 5);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  };
}

const tokenizer = new Tokenizer(tokenizerJson(), {});

/** Token ids int64 [B, T] and mask [B, T] of prompts, padded to the context. */
export function encodePrompts(
  prompts: readonly string[],
  context: number,
): { ids: BigInt64Array; mask: Float32Array } {
  const ids = new BigInt64Array(prompts.length * context);
  const mask = new Float32Array(prompts.length * context);
  prompts.forEach((prompt, b) => {
    const encoded = tokenizer.encode(prompt).ids;
    if (encoded.length > context) throw new Error(`“${prompt}” has more than ${context} tokens`);
    encoded.forEach((id, t) => {
      ids[b * context + t] = BigInt(id);
      mask[b * context + t] = 1;
    });
  });
  return { ids, mask };
}
