import type { Announcement, Session } from '../../src/main/services/session/session.ts';

export interface FakeSession extends Session {
  readonly announce: (event: Announcement) => void;
  /** Pages that listen. */
  readonly listeners: number;
}

/** A session of a few handlers; the others are not called. */
export function fakeSession(handlers: {
  readonly calls?: Partial<Session['calls']>;
  readonly streams?: Partial<Session['streams']>;
  readonly fetch?: Session['fetch'];
}): FakeSession {
  const listeners = new Set<(event: Announcement) => void>();
  return {
    calls: handlers.calls as Session['calls'],
    streams: handlers.streams as Session['streams'],
    fetch: handlers.fetch ?? (() => Promise.resolve(new Response('nothing', { status: 404 }))),
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => Promise.resolve(),
    announce: (event) => listeners.forEach((listener) => listener(event)),
    get listeners() {
      return listeners.size;
    },
  };
}
