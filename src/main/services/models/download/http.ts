import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { MarginaliaError } from '../../../../shared/errors.ts';

export interface Reply {
  readonly status: number;
  readonly url: string;
  /** Of the last reply; in it, what an earlier one said of the file itself counts (`x-linked-…`). */
  readonly header: (name: string) => string | null;
  /** Empty where there is none. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection where the body is not wanted. */
  readonly cancel: () => Promise<void>;
}

const MOST_REDIRECTS = 5;
/** What the first server says of a file that it sends elsewhere for. */
const LINKED = ['x-linked-etag', 'x-linked-size'];

/**
 * Asks by HTTP, through the proxy that HTTPS_PROXY and HTTP_PROXY name for hosts that NO_PROXY does not.
 * Redirects are followed here, as what the first server says of a file is needed as well.
 * @throws MarginaliaError `server-not-reached`, `unsafe-redirect`, `too-many-redirects`; `cancelled`'s
 *   reason where the signal was aborted.
 */
export async function ask(
  method: 'GET' | 'HEAD',
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Reply> {
  const dispatcher = new EnvHttpProxyAgent();
  const close = (): Promise<void> => dispatcher.destroy();
  const linked = new Map<string, string>();
  let url = new URL(address);
  try {
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(url, {
        method,
        dispatcher,
        redirect: 'manual',
        signal,
        // Sizes and hashes are of the file as it lies there.
        headers: { 'accept-encoding': 'identity', ...headers },
      });
      for (const name of LINKED) {
        const value = response.headers.get(name);
        if (value !== null && !linked.has(name)) linked.set(name, value);
      }
      const to = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || to === null)
        return replyOf(response, url, linked, close);
      await response.body?.cancel();
      url = nextOf(url, to, redirects);
    }
  } catch (error) {
    await close();
    signal.throwIfAborted();
    if (error instanceof MarginaliaError) throw error;
    throw unreachable(url, error);
  }
}

function nextOf(from: URL, location: string, redirects: number): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isSafe =
    to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (!to || !isSafe) {
    throw new MarginaliaError(
      'unsafe-redirect',
      `${from.host} sends on to ${location.slice(0, 200)}, which is no safe address.`,
      'Try again from another network, or set another mirror.',
    );
  }
  if (redirects < MOST_REDIRECTS) return to;
  throw new MarginaliaError(
    'too-many-redirects',
    `${from.host} sends on and on, and never to the file.`,
    'Check the address of the mirror.',
  );
}

function replyOf(
  response: Response,
  url: URL,
  linked: ReadonlyMap<string, string>,
  close: () => Promise<void>,
): Reply {
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of response.body ?? []) yield piece as Uint8Array;
    } finally {
      await close();
    }
  }
  return {
    status: response.status,
    url: url.href,
    header: (name) => linked.get(name) ?? response.headers.get(name),
    body: body(),
    cancel: close,
  };
}

/** What the system says lies below what `fetch` throws. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message || (code ?? message);
}

const unreachable = (url: URL, error: unknown): MarginaliaError =>
  new MarginaliaError(
    'server-not-reached',
    `${url.host} cannot be reached: ${reasonOf(error)}.`,
    'Check the network, the address of the mirror, and HTTPS_PROXY where a proxy is needed; files that were fetched elsewhere can be imported.',
    { cause: error },
  );
