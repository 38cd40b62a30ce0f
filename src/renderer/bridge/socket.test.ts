import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeMessage, encodeMessage } from '../../shared/contract/codec.ts';
import type { FromMain } from '../../shared/contract/index.ts';
import type { Link } from './carrier.ts';
import { socketCarrier } from './socket.ts';

class FakeSocket extends EventTarget {
  binaryType: BinaryType = 'blob';
  readonly readyState = 1;
  readonly sent: unknown[] = [];
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.dispatchEvent(new Event('close'));
  }
  receive(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: encodeMessage(message).buffer }));
  }
}

function setup(): {
  sockets: FakeSocket[];
  links: Link[];
  messages: FromMain[];
  carrier: ReturnType<typeof socketCarrier>;
} {
  const sockets: FakeSocket[] = [];
  const links: Link[] = [];
  const messages: FromMain[] = [];
  const carrier = socketCarrier(() => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket as never;
  });
  carrier.listen({ message: (m) => messages.push(m), link: (l) => links.push(l) });
  return { sockets, links, messages, carrier };
}

/** Virtual time. */
const now = (): number => vi.getMockedSystemTime()!.getTime();

describe('the WebSocket to the host', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('carries bytes both ways', () => {
    const { sockets, messages, carrier } = setup();
    const [socket] = sockets;
    socket!.dispatchEvent(new Event('open'));
    carrier.send({ kind: 'cancel', request: 3 });
    expect(decodeMessage(socket!.sent[0] as Uint8Array)).toEqual({ kind: 'cancel', request: 3 });
    const message = { kind: 'result', request: 1, output: { runs: Uint8Array.of(1, 2) } };
    socket!.receive(message);
    expect(messages).toEqual([message]);
  });

  it('looks for a lost host again, at longer and longer intervals', () => {
    const { sockets, links } = setup();
    sockets[0]!.dispatchEvent(new Event('open'));
    for (const pause of [500, 1000, 2000, 5000, 5000]) {
      sockets.at(-1)!.close();
      expect(links.at(-1)).toEqual({ kind: 'lost', retryAt: now() + pause });
      const before = sockets.length;
      vi.advanceTimersByTime(pause - 1);
      expect(sockets).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(sockets).toHaveLength(before + 1);
    }
    sockets.at(-1)!.dispatchEvent(new Event('open'));
    expect(links.at(-1)).toEqual({ kind: 'open' });
    sockets.at(-1)!.close();
    expect(links.at(-1)).toEqual({ kind: 'lost', retryAt: now() + 500 });
  });

  it('tries at once when asked to, and only once', () => {
    const { sockets, carrier } = setup();
    carrier.retry();
    expect(sockets).toHaveLength(1);
    sockets[0]!.close();
    carrier.retry();
    vi.advanceTimersByTime(499);
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(sockets).toHaveLength(2);
  });

  it('hears nothing from a socket that was replaced', () => {
    const { sockets, messages, links, carrier } = setup();
    sockets[0]!.close();
    carrier.retry();
    sockets[0]!.receive({ kind: 'result', request: 1, output: {} });
    sockets[0]!.close();
    expect(messages).toEqual([]);
    expect(links.filter(({ kind }) => kind === 'lost')).toHaveLength(1);
  });
});
