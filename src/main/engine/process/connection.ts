import { atMost } from '../../../shared/at-most.ts';
import { fromErrorInfo } from '../../../shared/errors.ts';
import { fromEngineSchema, type FromEngine, type ToEngine } from './protocol.ts';
import type { EngineSpawner } from './spawn.ts';

/** The engine process went away before it answered. */
export class EngineGone extends Error {}

type WithoutNumber<T> = T extends unknown ? Omit<T, 'call'> : never;
/** A message that is answered. */
export type EngineCall = WithoutNumber<Extract<ToEngine, { call: number }>>;
/** A message that an engine sends unasked. */
export type EngineEvent = Exclude<FromEngine, { call: number }>;

/** An engine process and the message connection to it. */
export interface EngineConnection {
  /** Rejects with the engine's error, or with EngineGone. */
  call(message: EngineCall): Promise<unknown>;
  send(message: Exclude<ToEngine, { call: number }>): void;
  readonly gone: Promise<void>;
  /** Kills the process. Resolves when it is gone, after some seconds at the latest. */
  end(): Promise<void>;
}

export interface EngineListener {
  onEvent?(event: EngineEvent): void;
  /** Comes before the calls that were not answered reject. */
  onGone?(reason: string): void;
}

/** Nobody waits for ever for a process that a driver or the system holds on to. */
const END_LIMIT_MS = 5000;

/** Starts an engine process and connects to it. */
export function connectEngine(
  spawn: EngineSpawner,
  listener: EngineListener = {},
): EngineConnection {
  const child = spawn();
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  let calls = 0;
  let ended: string | undefined;

  child.onMessage((raw) => {
    const parsed = fromEngineSchema.safeParse(raw);
    // After a message that does not fit the protocol nothing it says can be trusted.
    if (!parsed.success) return child.kill();
    const message = parsed.data;
    if (message.type === 'answer') {
      waiting.get(message.call)?.resolve(message.value);
      waiting.delete(message.call);
    } else if (message.type === 'failed') {
      waiting.get(message.call)?.reject(fromErrorInfo(message.error));
      waiting.delete(message.call);
    } else {
      listener.onEvent?.(message);
    }
  });
  const gone = new Promise<void>((resolve) => {
    child.onExit((reason) => {
      ended = reason;
      listener.onGone?.(reason);
      for (const { reject } of waiting.values()) reject(new EngineGone(reason));
      resolve();
    });
  });

  return {
    call(message) {
      if (ended !== undefined) return Promise.reject(new EngineGone(ended));
      return new Promise((resolve, reject) => {
        const call = ++calls;
        waiting.set(call, { resolve, reject });
        child.send({ ...message, call } satisfies ToEngine);
      });
    },
    send: (message) => child.send(message),
    gone,
    async end() {
      child.kill();
      await atMost(END_LIMIT_MS, gone);
    },
  };
}
