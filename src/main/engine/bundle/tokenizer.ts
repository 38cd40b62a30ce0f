import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { Architecture } from '../medclipseg/config.ts';
import type { Bundle } from './bundle.ts';
import { readText } from './file-errors.ts';
import { TOKENIZER_FILE } from './file-names.ts';
import { describeProblem, type ModelJson } from './model-json.ts';

/** Token ids and mask (1 = token, 0 = padding) of `context` entries. */
export interface EncodedPrompt {
  readonly ids: number[];
  readonly attentionMask: number[];
}

/** What is read here of a tokenizer.json; the library reads the rest. */
const TokenizerJson = z.looseObject({
  model: z.looseObject({
    type: z.enum(['WordPiece', 'BPE'], 'only WordPiece and BPE tokenizers can be used'),
    vocab: z.record(z.string(), z.number().int().nonnegative()),
  }),
  added_tokens: z
    .array(z.looseObject({ id: z.number().int().nonnegative(), content: z.string() }))
    .default([]),
  padding: z.looseObject({ pad_id: z.number().int().nonnegative() }).nullish(),
});

/** Rows of a word table that no token needs: some are filled up to a round number. */
const MOST_SPARE_ROWS = 128;

/** Sizes of the published text encoders' vocabularies; a small model may know fewer words than it has rows. */
const BERT_VOCABULARY = 30_522;
export const CLIP_VOCABULARY = 49_408;
/** BERTs for general and for biomedical text have one size; they begin differently. */
const GENERAL_CLS = 101;

/**
 * What a bundle says of the tokenizer.json that is put into it.
 * @param path of the file that it was made of, for messages.
 * @throws MarginaliaError `bad-tokenizer`; `tokenizer-mismatch` where its vocabulary is not that of the
 *   model's text encoder.
 */
export function inspectTokenizer(
  text: string,
  path: string,
  { backbone, vocab }: Architecture,
): ModelJson['tokenizer'] {
  const { json } = open(text, path, vocab);
  const ids = new Map(Object.entries(json.model.vocab));
  for (const { content, id } of json.added_tokens) ids.set(content, id);
  const isPublished = vocab === BERT_VOCABULARY || vocab === CLIP_VOCABULARY;
  if (isPublished && ids.size < vocab - MOST_SPARE_ROWS) {
    throw new MarginaliaError(
      'tokenizer-mismatch',
      `${path} has ${ids.size} tokens; the model knows ${vocab}.`,
      'It belongs to another text encoder: use the one that the model was trained with.',
    );
  }
  if (vocab === BERT_VOCABULARY && ids.get('[CLS]') === GENERAL_CLS) {
    throw new MarginaliaError(
      'tokenizer-mismatch',
      `${path} is of BERT for general text, whose ids mean other words than those of BiomedBERT, which the published models read.`,
      'Use the vocab.txt or tokenizer.json of microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract.',
    );
  }
  // CLIP pads with 0, whatever a later tokenizer.json says.
  if (backbone === 'clip') return { kind: 'bpe', padId: 0 };
  const padId = json.padding?.pad_id ?? ids.get('[PAD]') ?? ids.get('<pad>') ?? 0;
  return { kind: json.model.type === 'BPE' ? 'bpe' : 'wordpiece', padId };
}

/**
 * The bundle's tokenizer as a function.
 * @throws MarginaliaError `no-tokenizer`, `bad-tokenizer`, `tokenizer-mismatch` at once;
 *   `empty-prompt`, `prompt-too-long` and `bad-tokenizer` when a prompt is encoded.
 */
export function loadTokenizer(bundle: Bundle): (prompt: string) => EncodedPrompt {
  const path = join(bundle.folder, TOKENIZER_FILE);
  if (!existsSync(path)) {
    throw new MarginaliaError(
      'no-tokenizer',
      `The bundle ${bundle.json.name} has no ${TOKENIZER_FILE}, so it cannot read text prompts.`,
      `Give it the vocab.txt or tokenizer.json of its text encoder (published models: microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract): marginalia model tokenizer ${bundle.json.name} <file>`,
    );
  }
  const { context, vocab } = bundle.architecture;
  const { encode } = open(readText(path), path, vocab);
  // Tokens that frame every prompt: [CLS] and [SEP].
  const frame = encode('').length;
  return (prompt) => {
    const ids = encode(prompt);
    if (ids.length <= frame) {
      throw new MarginaliaError(
        'empty-prompt',
        prompt.trim() === ''
          ? 'A prompt is empty.'
          : `The prompt “${excerpt(prompt)}” has no words.`,
        'Say what to segment.',
      );
    }
    if (ids.length > context) {
      const fitting = longestFitting(prompt, encode, context);
      throw new MarginaliaError(
        'prompt-too-long',
        `The prompt “${excerpt(prompt)}” has ${ids.length} tokens; the model ${bundle.json.name} reads ${context}, ${frame} of them for its start and end.`,
        fitting === ''
          ? 'Its first word is too long.'
          : `Shorten it; this much fits: “${fitting}”.`,
      );
    }
    const padding = Array.from({ length: context - ids.length }, () => 0);
    return {
      ids: [...ids, ...padding.map(() => bundle.json.tokenizer.padId)],
      attentionMask: [...ids.map(() => 1), ...padding],
    };
  };
}

const excerpt = (prompt: string): string =>
  prompt.length > 60 ? `${prompt.slice(0, 60).trimEnd()}…` : prompt;

/** The longest run of whole words from the start that fits into the context. */
function longestFitting(
  prompt: string,
  encode: (prompt: string) => number[],
  context: number,
): string {
  // A word has a token at least, so no more words than tokens can fit.
  const words = prompt.trim().split(/\s+/, context);
  while (words.length > 0 && encode(words.join(' ')).length > context) words.pop();
  return words.join(' ');
}

function open(
  text: string,
  path: string,
  vocab: number,
): { encode: (prompt: string) => number[]; json: z.infer<typeof TokenizerJson> } {
  const unusable = (why: string): MarginaliaError =>
    new MarginaliaError(
      'bad-tokenizer',
      `${path} is not a tokenizer that can be used: ${why}.`,
      'Use the tokenizer.json that belongs to the text encoder.',
    );
  const explained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw unusable(describeProblem(error));
    }
  };
  const [json, tokenizer] = explained(() => {
    const content: unknown = JSON.parse(text);
    return [TokenizerJson.parse(content), new Tokenizer(content as object, {})] as const;
  });
  const encode = (prompt: string): number[] => {
    const { ids } = explained(() => tokenizer.encode(prompt));
    // Words that it does not know are undefined where its unknown token is missing.
    if (ids.every(Number.isInteger)) return ids;
    throw unusable(`it has no token for a part of “${excerpt(prompt)}”`);
  };
  const { model, added_tokens: added } = json;
  let last = -1;
  for (const id of Object.values(model.vocab)) last = Math.max(last, id);
  for (const { id } of added) last = Math.max(last, id);
  if (last >= vocab) {
    throw new MarginaliaError(
      'tokenizer-mismatch',
      `${path} has token ids up to ${last}; the model knows ${vocab} tokens.`,
      'Use the tokenizer.json that belongs to the text encoder.',
    );
  }
  encode('');
  return { encode, json };
}
