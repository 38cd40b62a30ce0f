import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { decodeMessage, encodeMessage, SOCKET_PATH } from '../../shared/contract/index.ts';
import { connect, type Session } from '../services/workstation/index.ts';
import type { Access } from './access.ts';

/** Runs of every slice of a large volume fit. */
const MOST_BYTES = 64 * 2 ** 20;
/** A browser that does not answer for so long is gone. */
const HEARTBEAT_MS = 30_000;
const UNSUPPORTED = 1003;
const GOING_AWAY = 1001;
/** How long a browser may take to say goodbye. */
const PATIENCE_MS = 1000;

/** Pages speak to the session over WebSockets, in the byte form of the contract (codec.ts). */
export function serveSockets(
  server: Server,
  session: Session,
  access: Access,
): { readonly close: () => Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES });

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const { headers } = request;
    if (request.url !== SOCKET_PATH) return refuse(stream, 404);
    if (!access.isOwnHost(headers) || !access.isOwnPage(headers)) return refuse(stream, 403);
    if (!access.hasCookie(headers)) return refuse(stream, 401);
    sockets.handleUpgrade(request, stream, head, (socket) => attend(socket, session));
  });

  return {
    async close() {
      sockets.close();
      const all = [...sockets.clients];
      const gone = all.map((socket) => once(socket, 'close'));
      for (const socket of all) socket.close(GOING_AWAY);
      const patience = setTimeout(() => all.forEach((socket) => socket.terminate()), PATIENCE_MS);
      await Promise.all(gone);
      clearTimeout(patience);
    },
  };
}

function refuse(stream: Duplex, status: 401 | 403 | 404): void {
  const reasons = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' };
  stream.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function attend(socket: WebSocket, session: Session): void {
  const connection = connect(session, (message) => {
    if (socket.readyState === socket.OPEN) socket.send(encodeMessage(message));
  });
  const heartbeat = keepAlive(socket);
  socket.on('message', (data, isBinary) => {
    try {
      connection.receive(decodeMessage(bytesOf(data, isBinary)));
    } catch {
      // It does not speak our language: there is no request to answer.
      socket.close(UNSUPPORTED, 'the message cannot be read');
    }
  });
  // What is too long or broken ends the socket by itself; 'close' follows.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(heartbeat);
    connection.close();
  });
}

function bytesOf(data: RawData, isBinary: boolean): Uint8Array {
  if (!isBinary || !Buffer.isBuffer(data)) throw new TypeError('Messages are bytes.');
  return data;
}

function keepAlive(socket: WebSocket): NodeJS.Timeout {
  let isAlive = true;
  socket.on('pong', () => (isAlive = true));
  return setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, HEARTBEAT_MS);
}
