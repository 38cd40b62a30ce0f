import type { CallInput, CallName, CallOutput } from '../../../src/shared/contract/index.ts';
import { openLine } from '../../web/browser.ts';
import type { App } from './app.ts';

/** Asks the host beside the page what it keeps. @throws what the host answers instead. */
export async function askHost<N extends CallName>(app: App, name: N, input: CallInput<N>): Promise<CallOutput<N>> {
  const { origin } = new URL(app.page.url());
  const cookies = await app.page.context().cookies(origin);
  const cookie = cookies.map((one) => `${one.name}=${one.value}`).join('; ');
  const line = await openLine(origin, { cookie, origin });
  line.say({ kind: 'call', request: 1, name, input });
  const answer = await line.next(({ kind }) => kind === 'result' || kind === 'error');
  line.socket.close();
  if (answer.kind !== 'result') throw new Error(`${name} failed: ${JSON.stringify(answer)}`);
  return answer.output as CallOutput<N>;
} // prettier-ignore
