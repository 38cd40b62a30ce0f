import { connect, type Session } from '../../src/main/services/workstation/index.ts';
import {
  decodeMessage,
  encodeMessage,
  type CallInput,
  type CallName,
  type CallOutput,
  type FromMain,
  type StreamFrame,
  type StreamInput,
  type StreamName,
  type StreamOutput,
} from '../../src/shared/contract/index.ts';
import { fromErrorInfo } from '../../src/shared/errors.ts';

export interface Streaming<N extends StreamName> {
  readonly result: Promise<StreamOutput<N>>;
  readonly frames: StreamFrame<N>[];
  readonly cancel: () => void;
}

/** A page that asks a session, over the bytes that go over a line; it takes every frame at once. */
export interface Page {
  readonly call: <N extends CallName>(name: N, input: CallInput<N>) => Promise<CallOutput<N>>;
  readonly stream: <N extends StreamName>(
    name: N,
    input: StreamInput<N>,
    onFrame?: (frame: StreamFrame<N>) => void,
  ) => Streaming<N>;
  readonly events: Extract<FromMain, { kind: 'event' }>[];
  readonly close: () => void;
}

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onFrame: (frame: unknown) => void;
}

export function openPage(session: Session): Page {
  const waiting = new Map<number, Waiting>();
  const events: Page['events'] = [];
  let last = 0;
  const { receive, close } = connect(session, (sent) => {
    const message = decodeMessage(encodeMessage(sent)) as FromMain;
    if (message.kind === 'event') return void events.push(message);
    const one = waiting.get(message.request)!;
    if (message.kind === 'frame') {
      one.onFrame(message.frame);
      return say({ kind: 'taken', request: message.request });
    }
    waiting.delete(message.request);
    if (message.kind === 'result') one.resolve(message.output);
    else one.reject(fromErrorInfo(message.error as Parameters<typeof fromErrorInfo>[0]));
  });
  const say = (message: unknown): void =>
    void setImmediate(() => receive(decodeMessage(encodeMessage(message))));
  const ask = (message: object, onFrame: Waiting['onFrame']): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject, onFrame });
      say({ ...message, request: last });
    });

  return {
    events,
    close,
    call: (name, input) => ask({ kind: 'call', name, input }, () => undefined) as never,
    stream(name, input, onFrame = () => undefined) {
      const frames: never[] = [];
      const result = ask({ kind: 'stream', name, input }, (frame) => {
        frames.push(frame as never);
        onFrame(frame as never);
      });
      const request = last;
      return { result: result as never, frames, cancel: () => say({ kind: 'cancel', request }) };
    },
  };
}
