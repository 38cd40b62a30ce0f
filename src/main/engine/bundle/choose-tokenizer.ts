import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../medclipseg/config.ts';
import { clipTokenizer } from './clip-tokenizer.ts';
import { readText } from './file-errors.ts';
import { resourcePath } from './resource-path.ts';
import { wordPieceTokenizer } from './wordpiece-tokenizer.ts';

/** A tokenizer that a bundle gets. */
export interface ChosenTokenizer {
  /** Content of its tokenizer.json. */
  readonly text: string;
  /** What it is and under which licence it may be used, for the model card. */
  readonly origin: string;
}

/** Tokens of CLIP's text encoder. */
const CLIP_VOCABULARY = 49_408;

/**
 * The tokenizer of a text encoder that comes with the application, known by the size of its
 * vocabulary; undefined where none does.
 */
export function shippedTokenizer({ backbone, vocab }: Architecture): ChosenTokenizer | undefined {
  if (backbone !== 'clip' || vocab !== CLIP_VOCABULARY) return undefined;
  const merges = readFileSync(join(resourcePath('tokenizers'), 'clip', 'merges.txt'), 'utf8');
  return {
    text: JSON.stringify(clipTokenizer(merges)),
    origin: 'Its tokenizer is that of CLIP (Copyright (c) 2021 OpenAI, MIT License).',
  };
}

/**
 * A tokenizer.json, or the vocab.txt that BERT's text encoders are published with.
 * @throws MarginaliaError as readText; what is neither is refused by `inspectTokenizer`.
 */
export function givenTokenizer(path: string): ChosenTokenizer {
  const text = readText(path);
  const words = text.trimStart().startsWith('{') ? undefined : wordPieceTokenizer(text);
  return {
    text: words === undefined ? text : JSON.stringify(words),
    origin: 'Its tokenizer was given by whoever imported it.',
  };
}
