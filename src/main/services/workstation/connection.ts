import { z } from 'zod';
import {
  calls,
  frameKey,
  streams,
  ToMain,
  type CallInput,
  type CallName,
  type CallOutput,
  type FromMain,
  type StreamFrame,
  type StreamInput,
  type StreamName,
} from '../../../shared/contract/index.ts';
import { MarginaliaError, toErrorInfo } from '../../../shared/errors.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Session, StreamContext } from '../session/index.ts';

/** One page at the other end of a transport. It is not trusted. */
export interface Connection {
  /** Takes in what the page says, already decoded. */
  readonly receive: (message: unknown) => void;
  /** The page is gone: cancels what it waits for. */
  readonly close: () => void;
}

interface Running {
  readonly controller: AbortController;
  /** Of streams. */
  readonly outbox: Outbox<StreamFrame<StreamName>> | undefined;
}

/** A page that asks for more at once is broken. */
const MOST_UNDER_WAY = 256;
/** Frames that may wait for the reader before back-pressure holds the work. */
const MOST_WAITING = 4;

/**
 * Answers a page: checks what it asks against the contract, lets the session do it, tells errors as
 * `{ code, message, hint }`. Of frames that the page is slow to take only the newest of each kind
 * are sent.
 */
export function connect(session: Session, send: (message: FromMain) => void): Connection {
  const running = new Map<number, Running>();
  const forget = session.onEvent((event) => send({ kind: 'event', ...event }));

  const fail = (request: number, error: unknown): void =>
    send({ kind: 'error', request, error: toErrorInfo(error) });

  /** Does something under a number until it ends or is cancelled; says one of both, once. */
  function run(
    request: number,
    outbox: Running['outbox'],
    work: (signal: AbortSignal) => Promise<unknown>,
  ): void {
    if (running.has(request)) return fail(request, inUse(request));
    if (running.size >= MOST_UNDER_WAY) return fail(request, tooMany());
    const controller = new AbortController();
    const { signal } = controller;
    const entry: Running = { controller, outbox };
    running.set(request, entry);
    const end = (say: () => void): void => {
      if (running.get(request) !== entry) return;
      running.delete(request);
      say();
    };
    signal.addEventListener('abort', () => {
      outbox?.drop(signal.reason as Error);
      end(() => fail(request, signal.reason));
    });
    // Also what throws before its first await becomes an answer.
    Promise.resolve()
      .then(() => work(signal))
      .then(async (output) => {
        await outbox?.until(0);
        end(() => send({ kind: 'result', request, output }));
      })
      .catch((error: unknown) => {
        outbox?.drop(error as Error);
        end(() => fail(request, error));
      });
  }

  function stream(request: number, name: StreamName, input: unknown): void {
    const outbox = createOutbox<StreamFrame<StreamName>>(frameKey, (frame) =>
      send({ kind: 'frame', request, frame }),
    );
    run(request, outbox, (signal) =>
      openStream(session, name, input, {
        signal,
        emit: (frame) => outbox.push(frame),
        ready: () => outbox.until(MOST_WAITING),
      }),
    );
  }

  function refuse(message: unknown, error: z.ZodError): void {
    const bad = new MarginaliaError(
      'bad-message',
      `The page said what cannot be understood: ${firstProblem(error)}.`,
    );
    const request = z.object({ request: z.number().int().nonnegative() }).safeParse(message);
    if (request.success) fail(request.data.request, bad);
    else send({ kind: 'event', name: 'failure', data: toErrorInfo(bad) });
  }

  return {
    receive(message) {
      const parsed = ToMain.safeParse(message);
      if (!parsed.success) return refuse(message, parsed.error);
      const { data } = parsed;
      if (data.kind === 'call')
        run(data.request, undefined, () => call(session, data.name, data.input));
      else if (data.kind === 'stream') stream(data.request, data.name, data.input);
      else if (data.kind === 'taken') running.get(data.request)?.outbox?.taken();
      else running.get(data.request)?.controller.abort(cancelled());
    },
    close() {
      forget();
      const all = [...running.values()];
      // No answers: the page is gone.
      running.clear();
      for (const { controller } of all) controller.abort(cancelled());
    },
  };
}

async function call<N extends CallName>(
  session: Session,
  name: N,
  input: unknown,
): Promise<CallOutput<N>> {
  return session.calls[name](checked(name, calls[name].input, input) as CallInput<N>);
}

async function openStream<N extends StreamName>(
  session: Session,
  name: N,
  input: unknown,
  context: StreamContext<StreamFrame<StreamName>>,
): Promise<unknown> {
  return session.streams[name](
    checked(name, streams[name].input, input) as StreamInput<N>,
    context,
  );
}

function checked(name: string, schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new MarginaliaError(
    'bad-input',
    `${name} cannot be done with this: ${firstProblem(parsed.error)}.`,
  );
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0]!;
  const where = issue.path.join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}

const cancelled = (): MarginaliaError => new MarginaliaError('cancelled', 'It was cancelled.');

const inUse = (request: number): MarginaliaError =>
  new MarginaliaError('bad-message', `Request ${request} is under way already.`);

const tooMany = (): MarginaliaError =>
  new MarginaliaError(
    'too-many-requests',
    `More than ${MOST_UNDER_WAY} requests are under way.`,
    'Wait for some of them, or cancel them.',
  );
