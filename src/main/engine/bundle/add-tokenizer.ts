import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { fileDigest, openBundle, readModelJson, type Bundle } from './bundle.ts';
import { givenTokenizer } from './choose-tokenizer.ts';
import { withFileErrors } from './file-errors.ts';
import { MODEL_FILE, TOKENIZER_FILE } from './file-names.ts';
import { ModelJson } from './model-json.ts';
import { writeJson } from './write-json.ts';

/**
 * Gives a bundle that reads token ids only its tokenizer. Until then nothing can have been suggested or
 * learned with it, so nothing is lost by its new hash. After a kill between its two files, it is given
 * once more.
 * @param given tokenizer.json, or the vocab.txt of a BERT.
 * @throws MarginaliaError `has-tokenizer`, `bad-tokenizer`, `tokenizer-mismatch`, and as readText and
 *   readModelJson.
 */
export async function addTokenizer(folder: string, given: string): Promise<Bundle> {
  const json = readModelJson(folder);
  if (json.files[TOKENIZER_FILE] !== undefined) {
    throw new MarginaliaError(
      'has-tokenizer',
      `The model ${json.name} has a tokenizer already.`,
      'What was suggested and learned belongs to it: import the checkpoint again under another name.',
    );
  }
  const tokenizer = givenTokenizer(given, json.architecture);
  const target = join(folder, TOKENIZER_FILE);
  withFileErrors(`${target} cannot be written`, () =>
    writeFileSync(target, tokenizer.text, { flush: true }),
  );
  const changed = ModelJson.parse({
    ...json,
    tokenizer: tokenizer.json,
    provenance: { ...json.provenance, tokenizer: tokenizer.origin },
    files: { ...json.files, [TOKENIZER_FILE]: await fileDigest(target) },
  });
  const path = join(folder, MODEL_FILE);
  withFileErrors(`${path} cannot be written`, () => writeJson(path, changed));
  return openBundle(folder);
}
