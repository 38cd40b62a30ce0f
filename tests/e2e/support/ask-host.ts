import type { CallInput, CallName, CallOutput } from '../../../src/shared/contract/index.ts';
import type { App } from './app.ts';

/** The page counts its own requests from 1. */
let last = 2 ** 31;

/** Asks the host beside the page what it keeps. @throws what the host answers instead. */
export async function askHost<N extends CallName>(
  app: App,
  name: N,
  input: CallInput<N>,
): Promise<CallOutput<N>> {
  const answer = await app.exchange({ kind: 'call', request: ++last, name, input });
  if (answer.kind !== 'result') throw new Error(`${name} failed: ${JSON.stringify(answer)}`);
  return answer.output as CallOutput<N>;
}
