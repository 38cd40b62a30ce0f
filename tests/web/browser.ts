import { request, type IncomingHttpHeaders } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import {
  decodeMessage,
  encodeMessage,
  SOCKET_PATH,
  type FromMain,
} from '../../src/shared/contract/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** GET with any headers. */
export const get = (url: string, headers: Record<string, string> = {}): Promise<Answer> =>
  send('GET', url, headers);

/** A request with any headers: fetch would not let a test lie about its host. */
export function send(
  method: string,
  url: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { origin } = new URL(url);
    // The path as it is written: nothing is resolved on this side.
    const path = url.slice(origin.length) || '/';
    const { hostname, port } = new URL(origin);
    request({ method, hostname, port, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** The cookie that the address with the token gives. */
export async function logIn(url: string): Promise<string> {
  const { headers } = await get(url);
  return headers['set-cookie']![0]!.split(';')[0]!;
}

export interface Line {
  readonly socket: WebSocket;
  readonly heard: FromMain[];
  readonly say: (message: unknown) => void;
  /** The first message that fits, of those that came or of those to come. */
  readonly next: (fits: (message: FromMain) => boolean) => Promise<FromMain>;
  /** Resolves with the code that it was closed with. */
  readonly closed: Promise<number>;
}

/** Opens the page's line. Rejects with the HTTP status where it is refused. */
export function openLine(url: string, headers: ClientOptions['headers']): Promise<Line> {
  const socket = new WebSocket(`${new URL(url).origin.replace('http', 'ws')}${SOCKET_PATH}`, {
    headers: headers ?? {},
  });
  const heard: FromMain[] = [];
  let listeners: (() => void)[] = [];
  socket.on('message', (data: Buffer) => {
    heard.push(decodeMessage(data) as FromMain);
    for (const listener of listeners) listener();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const next: Line['next'] = (fits) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = heard.find(fits);
        if (found === undefined) return;
        listeners = listeners.filter((listener) => listener !== look);
        resolve(found);
      };
      listeners.push(look);
      look();
    });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_, response) => {
      socket.terminate();
      reject(new Error(String(response.statusCode)));
    });
    socket.on('open', () => {
      const say = (message: unknown): void => socket.send(encodeMessage(message));
      resolve({ socket, heard, say, next, closed });
    });
  });
}
