import type { FromMain } from '../../shared/contract/index.ts';
import { decodeMessage, encodeMessage } from '../../shared/contract/codec.ts';
import type { Carrier, CarrierListener, Link } from './carrier.ts';

/** Pauses between attempts to find a lost host again, ms; the last one repeats. */
const PAUSES = [500, 1000, 2000, 5000] as const;

/** The part of WebSocket that is used. */
type Socket = Pick<WebSocket, 'binaryType' | 'readyState' | 'send' | 'close' | 'addEventListener'>;

/**
 * Messages over a WebSocket, which is opened again whenever it closes.
 * @param open opens a socket; throws nothing.
 */
export function socketCarrier(open: () => Socket): Carrier {
  let listener: CarrierListener | undefined;
  let socket: Socket | undefined;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let link: Link = { kind: 'connecting' };

  const change = (next: Link): void => {
    link = next;
    listener?.link(next);
  };
  const connect = (): void => {
    clearTimeout(timer);
    const opened = open();
    opened.binaryType = 'arraybuffer';
    socket = opened;
    opened.addEventListener('open', () => {
      attempts = 0;
      change({ kind: 'open' });
    });
    opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (opened !== socket || !(data instanceof ArrayBuffer)) return;
      listener?.message(decodeMessage(new Uint8Array(data)) as FromMain);
    });
    opened.addEventListener('close', () => {
      if (opened !== socket) return;
      const pause = PAUSES[Math.min(attempts++, PAUSES.length - 1)]!;
      timer = setTimeout(connect, pause);
      change({ kind: 'lost', retryAt: Date.now() + pause });
    });
  };

  return {
    send: (message) => socket?.send(encodeMessage(message)),
    listen(to) {
      listener = to;
      to.link(link);
      if (socket === undefined) connect();
    },
    retry() {
      if (link.kind === 'lost') connect();
    },
    // A browser hides from a page where a dropped file lies.
    pathOf: () => null,
  };
}
