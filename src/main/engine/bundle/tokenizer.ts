import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { MarginaliaError } from '../../../shared/errors.ts';
import { TOKENIZER_FILE, type Bundle } from './bundle.ts';

/** Token ids and mask (1 = token, 0 = padding) of `context` entries. */
export interface EncodedPrompt {
  readonly ids: number[];
  readonly attentionMask: number[];
}

/**
 * The bundle's tokenizer as a function.
 * @throws MarginaliaError `no-tokenizer`, `bad-tokenizer` at once; `empty-prompt` and
 *   `prompt-too-long` when a prompt is encoded.
 */
export function loadTokenizer(bundle: Bundle): (prompt: string) => EncodedPrompt {
  const path = join(bundle.folder, TOKENIZER_FILE);
  if (!existsSync(path)) {
    throw new MarginaliaError(
      'no-tokenizer',
      `The bundle ${bundle.json.name} has no ${TOKENIZER_FILE}, so it cannot read text prompts.`,
      'Import the checkpoint again with --tokenizer <tokenizer.json> of the text encoder it was trained with.',
    );
  }
  const tokenizer = open(path);
  const { context } = bundle.architecture;
  return (prompt) => {
    if (prompt.trim() === '') {
      throw new MarginaliaError('empty-prompt', 'A prompt is empty.', 'Say what to segment.');
    }
    const { ids } = tokenizer.encode(prompt);
    if (ids.length > context) {
      throw new MarginaliaError(
        'prompt-too-long',
        `The prompt “${prompt.slice(0, 60)}${prompt.length > 60 ? '…' : ''}” has ${ids.length} tokens; the model ${bundle.json.name} reads ${context}.`,
        'Shorten the prompt.',
      );
    }
    const padding = Array.from({ length: context - ids.length }, () => 0);
    return {
      ids: [...ids, ...padding.map(() => bundle.json.tokenizer.padId)],
      attentionMask: [...ids.map(() => 1), ...padding],
    };
  };
}

function open(path: string): Tokenizer {
  try {
    return new Tokenizer(JSON.parse(readFileSync(path, 'utf8')) as object, {});
  } catch (error) {
    throw new MarginaliaError(
      'bad-tokenizer',
      `${path} is not a tokenizer that can be used: ${error instanceof Error ? error.message : String(error)}`,
      'Use the tokenizer.json that belongs to the text encoder.',
    );
  }
}
