import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { MarginaliaError } from '../../shared/errors.ts';
import { pageHeaders } from '../services/session/index.ts';
import type { Session } from '../services/workstation/index.ts';
import { createAccess, type Access } from './access.ts';
import { serveSockets } from './socket.ts';

export interface WebHostOptions {
  readonly session: Session;
  /** Folder of the built page, with its index.html. */
  readonly pages: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

export interface WebHost {
  /** Where the page is, the secret included. */
  readonly url: string;
  /** Ends every connection. The session is the caller's to close. */
  readonly close: () => Promise<void>;
}

const ADDRESS = '127.0.0.1';

/**
 * Serves a session to browsers on this machine, and to nobody else.
 * @throws MarginaliaError `port-in-use`, `port-not-allowed`.
 */
export async function startWebHost({ session, pages, port }: WebHostOptions): Promise<WebHost> {
  const access = createAccess(() => (server.address() as AddressInfo).port);
  const { fetch } = routes(session, pages, access);
  // Node's own Request and Response stay as they are for the rest of the process.
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  const sockets = serveSockets(server, session, access);
  server.listen(port, ADDRESS);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw explain(error, port);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${ADDRESS}:${actual}/?token=${access.token}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await sockets.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function routes(session: Session, pages: string, access: Access): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (context, next) => {
    await next();
    const { headers } = context.env.incoming;
    const host = access.isOwnHost(headers) ? headers.host! : ADDRESS;
    for (const [name, value] of Object.entries(pageHeaders(`ws://${host}`))) {
      context.header(name, value);
    }
  });
  app.use(async (context, next) => {
    const { headers } = context.env.incoming;
    if (!access.isOwnHost(headers)) return context.text('This host name is not served.', 403);
    const token = context.req.query('token');
    if (context.req.path === '/' && token !== undefined && access.isToken(token)) {
      // A page, not a redirect: browsers send strict cookies only where a page of ours asks.
      context.header('Set-Cookie', access.cookie);
      return context.html(
        '<!doctype html><link rel="icon" href="data:,"><meta http-equiv="refresh" content="0; url=/">',
      );
    }
    if (!access.hasCookie(headers)) {
      return context.text('Open the address that `marginalia serve` printed.', 401);
    }
    return next();
  });
  app.get('/data/*', (context) => session.fetch(context.req.raw));
  app.put('/data/*', (context) =>
    access.isOwnPage(context.env.incoming.headers)
      ? session.fetch(context.req.raw)
      : context.text('Only a page of this server may write.', 403),
  );
  app.get('*', serveStatic({ root: pages }));
  app.notFound((context) => context.text('There is nothing here.', 404));
  app.onError((_, context) => context.text('The request failed.', 500));
  return app;
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new MarginaliaError(
      'port-in-use',
      `Port ${port} is taken by another program.`,
      'Give another one with --port, or 0 for any.',
    );
  }
  if (error.code === 'EACCES') {
    return new MarginaliaError(
      'port-not-allowed',
      `Port ${port} may not be used by this user.`,
      'Give one above 1023.',
    );
  }
  return error;
}
