import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** How the server treats the next request for the file; the last one goes on. */
export type Manner =
  | 'serve'
  | 'without-ranges'
  | 'break' // sends half of what is asked for, then ends the connection once that was taken
  | 'break-at-once' // after the head
  | 'end-early' // says nothing of the size, and ends after half
  | 'stall' // sends half, then nothing, until the client goes
  | 'corrupt'
  | 'forbid'
  | 'not-found'
  | 'fail'
  | 'redirect-away'
  | 'redirect-in-circles';

export interface FileServer {
  readonly url: string;
  readonly requests: Request[];
  content: Buffer;
  /** What its card says. */
  licence: string | null;
  /** Of the text encoder; without it the server has none. */
  vocabulary: string | null;
  /** Whether it names the sha256 of the file, by redirecting as hubs do. */
  linked: boolean;
  readonly treat: (...manners: Manner[]) => void;
  /** The client has so much of the file: a connection that waits for that breaks. */
  readonly taken: (bytes: number) => void;
  /** Resolves when a reply that stalls has sent its half. */
  readonly stalled: () => Promise<void>;
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A loopback server of one file, a card beside it, and a redirect as hubs of models make it. */
export function inFileServer(): FileServer {
  let manners: Manner[] = ['serve'];
  let onStall = (): void => undefined;
  let stalled = new Promise<void>(() => undefined);
  const server = createServer((request, reply) => {
    handle(request, reply).catch(() => reply.destroy());
  });
  let breaking: { readonly at: number; readonly end: () => void } | undefined;
  const state = {
    taken(bytes: number) {
      if (breaking !== undefined && bytes >= breaking.at) breaking.end();
    },
    url: '',
    requests: [] as Request[],
    content: Buffer.alloc(0) as Buffer,
    licence: 'apache-2.0' as string | null,
    vocabulary: null as string | null,
    linked: true,
    treat: (...next: Manner[]) => void (manners = next),
    stalled: () => stalled,
  };
  beforeEach(async () => {
    manners = ['serve'];
    stalled = new Promise((resolve) => (onStall = resolve));
    Object.assign(state, { requests: [], licence: 'apache-2.0', vocabulary: null, linked: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function handle(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const path = request.url!;
    if (path.endsWith('/README.md')) {
      if (state.licence === null) return void reply.writeHead(404).end();
      return void reply.end(`---\nlicense: ${state.licence}\n---\n# Checkpoints\n`);
    }
    if (path.endsWith('/vocab.txt')) {
      if (state.vocabulary === null) return void reply.writeHead(404).end();
      return void reply.end(state.vocabulary);
    }
    if (path.startsWith('/circle')) {
      return void reply.writeHead(302, { location: `/circle${state.requests.length}` }).end();
    }
    const { range, 'if-range': ifRange } = request.headers;
    const isFirst = !path.startsWith('/cdn/');
    const etag = `"${sha256(state.content).slice(0, 16)}"`;
    if (isFirst && state.linked) {
      const headers = {
        location: `/cdn${path}`,
        'x-linked-etag': `"${sha256(state.content)}"`,
        'x-linked-size': String(state.content.length),
      };
      return void reply.writeHead(302, headers).end();
    }
    state.requests.push({ method: request.method!, path, range, ifRange: ifRange as string });
    const manner = request.method === 'HEAD' ? manners[0]! : next();
    const status = { forbid: 403, 'not-found': 404, fail: 503 }[manner as string];
    if (status !== undefined) return void reply.writeHead(status).end();
    if (manner === 'redirect-away')
      return void reply.writeHead(302, { location: 'ftp://elsewhere/file' }).end();
    if (manner === 'redirect-in-circles')
      return void reply.writeHead(302, { location: '/circle' }).end();
    const from = startOf(range, ifRange as string | undefined, etag, manner);
    if (from !== null && from >= state.content.length) return void reply.writeHead(416).end();
    const all = state.content.subarray(from ?? 0);
    const body = manner === 'corrupt' ? corrupted(all) : all;
    const headers: Record<string, string> = { etag };
    if (manner !== 'end-early') headers['content-length'] = String(body.length);
    if (from !== null) {
      const last = state.content.length - 1;
      headers['content-range'] = `bytes ${from}-${last}/${state.content.length}`;
    }
    reply.writeHead(from === null ? 200 : 206, headers);
    if (request.method === 'HEAD') return void reply.end();
    if (manner === 'break') {
      const half = Math.ceil(body.length / 2);
      breaking = { at: (from ?? 0) + half, end: () => reply.destroy() };
      return void reply.write(body.subarray(0, half));
    }
    if (manner === 'break-at-once') return void (reply.flushHeaders(), reply.socket!.end());
    if (manner === 'end-early') return void reply.end(body.subarray(0, body.length / 2));
    if (manner === 'stall') return void reply.write(body.subarray(0, body.length / 2), onStall);
    reply.end(body);
  }

  function startOf(
    range: string | undefined,
    ifRange: string | undefined,
    etag: string,
    manner: Manner,
  ): number | null {
    const [, first] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
    const isWanted = first !== undefined && (ifRange === undefined || ifRange === etag);
    return isWanted && manner !== 'without-ranges' ? Number(first) : null;
  }

  const next = (): Manner => (manners.length > 1 ? manners.shift()! : manners[0]!);
  return state;
}

function corrupted(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[Math.floor(copy.length / 3)]! ^= 1;
  return copy;
}

/** A proxy that tunnels, and remembers to where. */
export async function openProxy(): Promise<{
  readonly url: string;
  readonly tunnels: string[];
  readonly close: () => Promise<void>;
}> {
  const tunnels: string[] = [];
  const server = createServer((_, reply) => void reply.writeHead(400).end());
  server.on('connect', (request: IncomingMessage, socket, head: Buffer) => {
    tunnels.push(request.url!);
    const [host, port] = request.url!.split(':') as [string, string];
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
