import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { backboneOf } from '../medclipseg/backbone.ts';
import type { Architecture } from '../medclipseg/config.ts';
import { readModelJson } from './bundle.ts';
import { clipTokenizer } from './clip-tokenizer.ts';
import { readText } from './file-errors.ts';
import { TOKENIZER_FILE, WEIGHTS_FILE } from './file-names.ts';
import type { ModelJson } from './model-json.ts';
import { resourcePath } from './resource-path.ts';
import { openSafetensors, readFloats } from './safetensors.ts';
import { CLIP_VOCABULARY, inspectTokenizer } from './tokenizer.ts';
import { wordPieceTokenizer } from './wordpiece-tokenizer.ts';

/** A tokenizer that a bundle gets. */
export interface ChosenTokenizer {
  /** Content of its tokenizer.json, and what model.json says of it. */
  readonly text: string;
  readonly json: ModelJson['tokenizer'];
  /** Where it comes from, and its licence where that is known. */
  readonly origin: string;
}

/**
 * The tokenizer that an imported model gets: the one that is given; else one that lies beside the
 * checkpoint and fits, comes with the application, or belongs to a model with the same words.
 * @param words the checkpoint's table of words; read where it has to be compared.
 * @param donors folders of bundles.
 * @returns undefined where there is none: the bundle reads token ids only.
 * @throws MarginaliaError as `givenTokenizer` and `inspectTokenizer`, of one that is given.
 */
export async function chooseTokenizer(
  checkpoint: string,
  architecture: Architecture,
  words: () => Promise<Float32Array>,
  given: string | undefined,
  donors: readonly string[],
): Promise<ChosenTokenizer | undefined> {
  if (given !== undefined) return givenTokenizer(given, architecture);
  return (
    tokenizerBeside(checkpoint, architecture) ??
    shippedTokenizer(architecture) ??
    (await borrowedTokenizer(architecture, words, donors))
  );
}

/** A tokenizer.json, or the vocab.txt that BERT's text encoders are published with. */
export function givenTokenizer(path: string, architecture: Architecture): ChosenTokenizer {
  const content = readText(path);
  const vocabulary = content.trimStart().startsWith('{') ? undefined : wordPieceTokenizer(content);
  const text = vocabulary === undefined ? content : JSON.stringify(vocabulary);
  return {
    text,
    json: inspectTokenizer(text, path, architecture),
    origin: `given: ${basename(path)}`,
  };
}

/** As models are published in folders of their own. What does not fit there is of something else. */
function tokenizerBeside(checkpoint: string, a: Architecture): ChosenTokenizer | undefined {
  for (const name of [TOKENIZER_FILE, 'vocab.txt']) {
    const path = join(dirname(checkpoint), name);
    if (!existsSync(path)) continue;
    try {
      return { ...givenTokenizer(path, a), origin: `${name}, beside the checkpoint` };
    } catch (error) {
      if (!(error instanceof MarginaliaError)) throw error;
    }
  }
  return undefined;
}

/** Known by the size of its vocabulary. */
function shippedTokenizer(architecture: Architecture): ChosenTokenizer | undefined {
  if (architecture.backbone !== 'clip' || architecture.vocab !== CLIP_VOCABULARY) return undefined;
  const path = join(resourcePath('tokenizers'), 'clip', 'merges.txt');
  const text = JSON.stringify(clipTokenizer(readText(path)));
  return {
    text,
    json: inspectTokenizer(text, path, architecture),
    origin: 'of CLIP (Copyright (c) 2021 OpenAI, MIT License)',
  };
}

/** Of a bundle whose table of words is the same, number by number. */
async function borrowedTokenizer(
  a: Architecture,
  words: () => Promise<Float32Array>,
  donors: readonly string[],
): Promise<ChosenTokenizer | undefined> {
  let ours: Float32Array | undefined;
  for (const folder of donors) {
    const path = join(folder, TOKENIZER_FILE);
    if (!existsSync(path)) continue;
    try {
      const { name, architecture: theirs } = readModelJson(folder);
      if (theirs.backbone !== a.backbone || theirs.vocab !== a.vocab) continue;
      if (theirs.textWidth !== a.textWidth) continue;
      const table = openSafetensors(join(folder, WEIGHTS_FILE));
      const other = readFloats(table, backboneOf(a).text.telling.words);
      ours ??= await words();
      if (ours.length !== other.length || !ours.every((v, i) => v === other[i])) continue;
      return {
        ...givenTokenizer(path, a),
        origin: `of the model ${name}, whose words are the same`,
      };
    } catch (error) {
      // A bundle that cannot be read lends nothing.
      if (!(error instanceof MarginaliaError)) throw error;
    }
  }
  return undefined;
}
