import type {
  CallInput,
  CallName,
  CallOutput,
  EventData,
  EventName,
  FromMain,
  StreamFrame,
  StreamInput,
  StreamName,
  StreamOutput,
} from '../../shared/contract/index.ts';
import { fromErrorInfo, MarginaliaError } from '../../shared/errors.ts';
import type { Carrier, Link } from './carrier.ts';

/** All that the page can ask of the host, whichever host it is. */
export interface Bridge {
  /** @throws MarginaliaError as the host says, or `host-gone`. */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  /**
   * Long work. The next frame comes when `onFrame` is done with the one before.
   * @throws MarginaliaError as the host says, `host-gone`, or `cancelled` once the signal aborts.
   */
  stream<N extends StreamName>(
    name: N,
    input: StreamInput<N>,
    onFrame: (frame: StreamFrame<N>) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<StreamOutput<N>>;
  /** Handlers stay through reconnections. @returns takes the handler away again. */
  on<N extends EventName>(name: N, handler: (data: EventData<N>) => void): () => void;
  /** Every change of the link, beginning with the present one. */
  onLink(handler: (link: Link) => void): () => void;
  retry(): void;
  /** The address of bulk data, for `fetch` and pictures: see contract/resources.ts. */
  url(path: string): string;
  pathOf(file: File): string | null;
}

interface Waiting {
  resolve(output: unknown): void;
  reject(error: unknown): void;
  frame?(frame: unknown): Promise<void>;
}

/** @param base where the bulk data of the host lies. */
export function createBridge(carrier: Carrier, base: string): Bridge {
  const waiting = new Map<number, Waiting>();
  const handlers = new Map<EventName, Set<(data: never) => void>>();
  const linkHandlers = new Set<(link: Link) => void>();
  /** Requests made before the link was open. */
  let early: (() => void)[] = [];
  let link: Link = { kind: 'connecting' };
  let next = 1;

  const ask = (kind: 'call' | 'stream', name: string, input: unknown, waiter: Waiting): number => {
    const request = next++;
    waiting.set(request, waiter);
    const send = (): void => {
      if (waiting.has(request)) carrier.send({ kind, request, name, input } as never);
    };
    if (link.kind === 'open') send();
    else if (link.kind === 'connecting') early.push(send);
    else forget(request)?.reject(hostGone());
    return request;
  };
  const forget = (request: number): Waiting | undefined => {
    const waiter = waiting.get(request);
    waiting.delete(request);
    return waiter;
  };
  const post = (message: Parameters<Carrier['send']>[0]): void => {
    if (link.kind === 'open') carrier.send(message);
  };

  const receive = (message: FromMain): void => {
    switch (message.kind) {
      case 'result':
        return forget(message.request)?.resolve(message.output);
      case 'error': {
        const { code, message: text, hint } = message.error;
        const info = hint === undefined ? { code, message: text } : { code, message: text, hint };
        return forget(message.request)?.reject(fromErrorInfo(info));
      }
      case 'frame': {
        const { request } = message;
        void waiting
          .get(request)
          ?.frame?.(message.frame)
          .then(
            () => post({ kind: 'taken', request }),
            (error: unknown) => {
              post({ kind: 'cancel', request });
              forget(request)?.reject(error);
            },
          );
        return;
      }
      case 'event':
        for (const handler of handlers.get(message.name) ?? []) handler(message.data as never);
    }
  };

  carrier.listen({
    message: receive,
    link(state) {
      link = state;
      const sends = early;
      if (state.kind !== 'connecting') early = [];
      if (state.kind === 'open') sends.forEach((send) => send());
      if (state.kind === 'lost') {
        const lost = [...waiting.values()];
        waiting.clear();
        lost.forEach(({ reject }) => reject(hostGone()));
      }
      linkHandlers.forEach((handler) => handler(state));
    },
  });

  return {
    call: (name, input) =>
      new Promise((resolve, reject) => {
        ask('call', name, input, { resolve: resolve as (output: unknown) => void, reject });
      }),
    stream: (name, input, onFrame, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(cancelled());
        const cancel = (): void => {
          post({ kind: 'cancel', request });
          forget(request)?.reject(cancelled());
        };
        const done = (): void => signal?.removeEventListener('abort', cancel);
        signal?.addEventListener('abort', cancel, { once: true });
        const request = ask('stream', name, input, {
          resolve: (output) => (done(), resolve(output as never)),
          reject: (error) => (done(), reject(error as Error)),
          frame: async (frame) => onFrame(frame as never),
        });
      }),
    on(name, handler) {
      const set = handlers.get(name) ?? new Set();
      handlers.set(name, set.add(handler));
      return () => set.delete(handler);
    },
    onLink(handler) {
      linkHandlers.add(handler);
      handler(link);
      return () => linkHandlers.delete(handler);
    },
    retry: () => carrier.retry(),
    url: (path) => new URL(path, base).href,
    pathOf: (file) => carrier.pathOf(file),
  };
}

const cancelled = (): MarginaliaError => new MarginaliaError('cancelled', 'This was cancelled.');

const hostGone = (): MarginaliaError =>
  new MarginaliaError(
    'host-gone',
    'Marginalia itself does not answer.',
    'Everything that was shown as saved is safe. Start it again if it does not come back.',
  );
