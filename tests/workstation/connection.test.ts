import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connect, type Connection } from '../../src/main/services/workstation/index.ts';
import type { Session, StreamContext } from '../../src/main/services/session/session.ts';
import type { FromMain, StreamFrame, StreamOutput } from '../../src/shared/contract/index.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';
import { fakeSession, type FakeSession } from './fake-session.ts';

type Frame = StreamFrame<'sources.open'>;

interface Page extends Connection {
  readonly heard: FromMain[];
  readonly session: FakeSession;
}

function page(handlers: Parameters<typeof fakeSession>[0]): Page {
  const heard: FromMain[] = [];
  const session = fakeSession(handlers);
  return { heard, session, ...connect(session, (message) => heard.push(message)) };
}

const frame = (done: number): Frame => ({ kind: 'progress', text: '', done, secondsLeft: null });
const source: StreamOutput<'sources.open'> = {
  id: 's',
  paths: [],
  stacks: [],
  loaded: 0,
  skipped: 0,
  failed: 0,
  problems: [],
};
const open = { kind: 'stream', request: 1, name: 'sources.open', input: { paths: ['/a'] } };

/** A stream whose work is done by the test. */
function stream(): {
  readonly open: Session['streams']['sources.open'];
  readonly context: () => StreamContext<Frame>;
  readonly end: (output: StreamOutput<'sources.open'>) => void;
  readonly fail: (error: Error) => void;
} {
  let context: StreamContext<Frame> | undefined;
  let end: (output: StreamOutput<'sources.open'>) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  return {
    open: (_, given) => {
      context = given;
      return new Promise((resolve, reject) => {
        end = resolve;
        fail = reject;
      });
    },
    context: () => context!,
    end: (output) => end(output),
    fail: (error) => fail(error),
  };
}

describe('a call', () => {
  it('is answered under its number', async () => {
    const { receive, heard } = page({ calls: { 'models.list': () => ['default'] } });
    receive({ kind: 'call', request: 7, name: 'models.list', input: {} });
    await setImmediate();
    expect(heard).toEqual([{ kind: 'result', request: 7, output: ['default'] }]);
  });

  it('never reaches the session with an input that the contract refuses', async () => {
    let called = 0;
    const { receive, heard } = page({ calls: { 'queue.next': () => (called++, []) } });
    receive({ kind: 'call', request: 1, name: 'queue.next', input: { stack: 's', count: 0 } });
    receive({
      kind: 'call',
      request: 2,
      name: 'queue.next',
      input: { stack: 's', count: 1, x: 1 },
    });
    await setImmediate();
    expect(called).toBe(0);
    expect(heard).toHaveLength(2);
    expect(heard[0]).toMatchObject({ kind: 'error', request: 1, error: { code: 'bad-input' } });
    expect(JSON.stringify(heard[0])).toContain('queue.next cannot be done with this: count:');
  });

  it('that fails is answered with code, message and hint', async () => {
    const failing = (error: Error) => () => {
      throw error;
    };
    const { receive, heard } = page({
      calls: {
        'models.list': failing(new MarginaliaError('no-model', 'There is none.', 'Import one.')),
        'app.about': failing(new TypeError('x is not a function')),
      },
    });
    receive({ kind: 'call', request: 1, name: 'models.list', input: {} });
    receive({ kind: 'call', request: 2, name: 'app.about', input: {} });
    await setImmediate();
    expect(heard).toEqual([
      {
        kind: 'error',
        request: 1,
        error: { code: 'no-model', message: 'There is none.', hint: 'Import one.' },
      },
      { kind: 'error', request: 2, error: { code: 'internal', message: 'x is not a function' } },
    ]);
  });

  it('under a number that is taken is refused, and the first one is still answered', async () => {
    const work = stream();
    const { receive, heard } = page({ streams: { 'sources.open': work.open } });
    receive(open);
    await setImmediate();
    receive(open);
    work.end(source);
    await setImmediate();
    expect(heard.map(({ kind }) => kind)).toEqual(['error', 'result']);
  });

  it('is refused while hundreds are under way', async () => {
    const never = new Promise<never>(() => undefined);
    const { receive, heard } = page({ calls: { 'models.list': () => never } });
    for (let n = 0; n < 257; n++)
      receive({ kind: 'call', request: n, name: 'models.list', input: {} });
    await setImmediate();
    expect(heard).toMatchObject([{ request: 256, error: { code: 'too-many-requests' } }]);
  });
});

describe('what is no message of the contract', () => {
  it.each([
    [{ kind: 'call', request: 4, name: 'files.delete', input: {} }, 'an unknown name'],
    [{ kind: 'eval', request: 4, code: '1' }, 'an unknown kind'],
    [{ kind: 'cancel', request: 4, also: 1 }, 'more than is asked for'],
    [{ kind: 'call', request: 4, name: '__proto__', input: {} }, 'a name of every object'],
  ])('is an error under its number: %j (%s)', (message, _what) => {
    const { receive, heard } = page({});
    receive(message);
    expect(heard).toMatchObject([{ kind: 'error', request: 4, error: { code: 'bad-message' } }]);
  });

  it.each([null, 'call', [], 7, { request: -1 }])('is a failure without one: %j', (message) => {
    const { receive, heard } = page({});
    receive(message);
    expect(heard).toMatchObject([
      { kind: 'event', name: 'failure', data: { code: 'bad-message' } },
    ]);
  });

  it('may end or acknowledge what is not under way', () => {
    const { receive, heard } = page({});
    receive({ kind: 'cancel', request: 9 });
    receive({ kind: 'taken', request: 9 });
    expect(heard).toEqual([]);
  });
});

describe('a stream', () => {
  it('sends a frame when the page has taken the one before, and of those that waited the newest', async () => {
    const work = stream();
    const { receive, heard } = page({ streams: { 'sources.open': work.open } });
    receive(open);
    await setImmediate();
    for (const done of [0.1, 0.2, 0.3]) work.context().emit(frame(done));
    expect(heard).toEqual([{ kind: 'frame', request: 1, frame: frame(0.1) }]);
    receive({ kind: 'taken', request: 1 });
    expect(heard.slice(1)).toEqual([{ kind: 'frame', request: 1, frame: frame(0.3) }]);
  });

  it('gives its result after its last frame', async () => {
    const work = stream();
    const { receive, heard } = page({ streams: { 'sources.open': work.open } });
    receive(open);
    await setImmediate();
    for (const done of [0.1, 0.2]) work.context().emit(frame(done));
    work.end(source);
    await setImmediate();
    expect(heard).toHaveLength(1);
    receive({ kind: 'taken', request: 1 });
    await setImmediate();
    expect(heard.slice(1)).toEqual([
      { kind: 'frame', request: 1, frame: frame(0.2) },
      { kind: 'result', request: 1, output: source },
    ]);
  });

  it('that is cancelled says so at once, once, and its work is told', async () => {
    const work = stream();
    const { receive, heard } = page({ streams: { 'sources.open': work.open } });
    receive(open);
    await setImmediate();
    work.context().emit(frame(0.1));
    work.context().emit(frame(0.2));
    receive({ kind: 'cancel', request: 1 });
    expect(heard.at(-1)).toMatchObject({ kind: 'error', request: 1, error: { code: 'cancelled' } });
    expect(work.context().signal.reason).toMatchObject({ code: 'cancelled' });
    await expect(work.context().ready()).rejects.toMatchObject({ code: 'cancelled' });
    receive({ kind: 'taken', request: 1 });
    work.context().emit(frame(0.3));
    work.fail(new Error('too late'));
    await setImmediate();
    expect(heard).toHaveLength(2);
  });

  it('ends with its page, which hears nothing more', async () => {
    const work = stream();
    const { receive, heard, close, session } = page({ streams: { 'sources.open': work.open } });
    receive(open);
    await setImmediate();
    close();
    expect(work.context().signal.aborted).toBe(true);
    session.announce({ name: 'command', data: { name: 'undo' } });
    await setImmediate();
    expect(heard).toEqual([]);
    expect(session.listeners).toBe(0);
  });
});

it('what happens is announced to every page', () => {
  const session = fakeSession({});
  const heard: FromMain[][] = [[], []];
  for (const messages of heard) connect(session, (message) => messages.push(message));
  session.announce({ name: 'notice', data: { level: 'info', message: 'hello' } });
  const event = { kind: 'event', name: 'notice', data: { level: 'info', message: 'hello' } };
  expect(heard).toEqual([[event], [event]]);
});
