import type { Bundle } from '../../engine/bundle/bundle.ts';
import { loadTokenizer } from '../../engine/bundle/tokenizer.ts';
import { MarginaliaError, toErrorInfo } from '../../../shared/errors.ts';

type Tokenizer = ReturnType<typeof loadTokenizer>;

/** The tokenizer that was asked last: bundles of a family have the same. */
let last: { readonly family: string; readonly read: Tokenizer } | undefined;

function tokenizerOf(bundle: Bundle): Tokenizer {
  if (last?.family !== bundle.family) last = { family: bundle.family, read: loadTokenizer(bundle) };
  return last.read;
}

/**
 * Why a model cannot read a prompt: it has more tokens than its context, or no words. Null where it can,
 * and where the bundle has no usable tokenizer: the engine says that once it is asked.
 */
function problemOf(bundle: Bundle, prompt: string): MarginaliaError | null {
  try {
    tokenizerOf(bundle)(prompt);
    return null;
  } catch (error) {
    if (error instanceof MarginaliaError && UNREADABLE.has(error.code)) return error;
    return null;
  }
}
const UNREADABLE = new Set(['prompt-too-long', 'empty-prompt']);

/** Whether a prompt fits into the text context of a model. */
export const isReadable = (bundle: Bundle, prompt: string): boolean =>
  problemOf(bundle, prompt) === null;

/**
 * Before labels are suggested, which otherwise fails at the first slice without saying which label it is.
 * @throws MarginaliaError `prompt-too-long`, `empty-prompt`, with the name of the label.
 */
export function requireReadable(
  bundle: Bundle,
  labels: readonly { readonly name: string; readonly prompt: string }[],
): void {
  for (const { name, prompt } of labels) {
    const problem = problemOf(bundle, prompt);
    if (!problem) continue;
    const { code, message, hint } = toErrorInfo(problem);
    throw new MarginaliaError(
      code,
      `The label “${name}” cannot be suggested. ${message}`,
      `${hint ?? ''} Change what the model is told to look for, or hide the label.`.trim(),
    );
  }
}
