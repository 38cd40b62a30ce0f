import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamContext } from '../../src/main/services/session/session.ts';
import { startWebHost, type WebHost } from '../../src/main/web/index.ts';
import {
  encodeMessage,
  type CallOutput,
  type StreamFrame,
} from '../../src/shared/contract/index.ts';
import { fakeSession } from '../workstation/fake-session.ts';
import { PATIENT } from '../support/patient.ts';
import { logIn, openLine, type Line } from './browser.ts';

type Context = StreamContext<StreamFrame<'suggestions.run'>>;

let folder: string;
let host: WebHost;
let cookie: string;
/** What the streams under way were given, in order. */
const contexts: Context[] = [];

const session = fakeSession({
  calls: {
    'models.list': () => ['default'],
    // What came over is what is sent back.
    'annotation.voxels': ({ stack }) => [{ index: stack.length, runs: Uint8Array.of(0, 4) }],
    'edits.apply': ({ slices }) => ({
      labels: [],
      slices: slices.map(({ index, patch }) => ({ index, runs: patch })),
      review: [],
      undo: [],
      redo: [],
      edit: null,
    }),
  },
  streams: {
    'suggestions.run': (_, context) => {
      contexts.push(context);
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
      });
    },
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-socket-'));
  host = await startWebHost({ session, pages: folder, port: 0 });
  cookie = await logIn(host.url);
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const open = (): Promise<Line> => openLine(host.url, { cookie, origin: new URL(host.url).origin });
const input = { stack: 's', labels: ['1'], slices: [0, 9], focus: 4 };
const run = (request: number): unknown => ({
  kind: 'stream',
  request,
  name: 'suggestions.run',
  input,
});
const bytes = new Uint8Array(1000).fill(7);
const slice = (samplesUsed: number, final = false): StreamFrame<'suggestions.run'> => ({
  kind: 'slice',
  label: '1',
  index: 4,
  samplesUsed,
  final,
  probability: bytes,
  total: bytes,
  aleatoric: bytes,
  epistemic: bytes,
  score: null,
  doubt: null,
  evidence: null,
  planes: ['acquired' as const],
});

async function startRun(line: Line, request: number): Promise<Context> {
  const before = contexts.length;
  line.say(run(request));
  await expect.poll(() => contexts.length, PATIENT).toBe(before + 1);
  return contexts.at(-1)!;
}

/** Asks something: what the host had to say before its answer has come by then. */
async function roundTrip(line: Line): Promise<void> {
  const request = ++lastTrip;
  line.say({ kind: 'call', request, name: 'models.list', input: {} });
  await line.next((message) => message.kind === 'result' && message.request === request);
}
let lastTrip = 1000;

describe('a line', () => {
  it('carries bytes as bytes, both ways', async () => {
    const line = await open();
    const slices = [
      { index: 2, patch: Uint8Array.of(0, 4, 0, 1) },
      { index: 3, patch: Uint8Array.of(2, 2, 0, 1) },
    ];
    line.say({
      kind: 'call',
      request: 1,
      name: 'edits.apply',
      input: { stack: 's', name: 'Brush', slices, actor: 'human' },
    });
    const answer = await line.next(({ kind }) => kind === 'result');
    expect(answer).toMatchObject({ request: 1, output: { undo: [] } });
    const { output } = answer as { output: CallOutput<'edits.apply'> };
    expect(output.slices.map(({ runs }) => [...runs])).toEqual(
      slices.map(({ patch }) => [...patch]),
    );
    line.socket.close();
  });

  it.each([
    ['text', 'hello'],
    ['nothing', new Uint8Array()],
    ['bytes of something else', Uint8Array.of(255, 255, 255, 255, 1)],
    ['a message that is cut off', encodeMessage(run(1)).subarray(0, 20)],
    [
      'bytes that are not there',
      Uint8Array.of(16, 0, 0, 0, ...new TextEncoder().encode('{"$bytes":100000}')),
    ],
  ])('is closed by %s, and the server goes on', async (_what, message) => {
    const line = await open();
    line.socket.send(message);
    expect(await line.closed).toBe(1003);
    const next = await open();
    next.say({ kind: 'call', request: 1, name: 'models.list', input: {} });
    expect(await next.next(({ kind }) => kind === 'result')).toMatchObject({ output: ['default'] });
    next.socket.close();
  });

  it('is closed by a message beyond all bounds', async () => {
    const line = await open();
    line.socket.send(new Uint8Array(65 * 2 ** 20));
    expect(await line.closed).toBe(1009);
  });

  it('answers what the contract refuses, and goes on', async () => {
    const line = await open();
    line.say({ kind: 'call', request: 1, name: 'models.list', input: { path: '/etc' } });
    line.say({ kind: 'shell', request: 2 });
    line.say(['not', 'even', 'close']);
    line.say({ kind: 'call', request: 3, name: 'models.list', input: {} });
    await line.next(({ kind }) => kind === 'result');
    const told = line.heard.map((message) =>
      message.kind === 'error' ? [message.request, message.error.code] : message.kind,
    );
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([[1, 'bad-input'], [2, 'bad-message'], 'event', 'result']),
    );
    line.socket.close();
  });
});

describe('a stream over a line', () => {
  it('sends a slow page the newest frame, not a line of stale ones', async () => {
    const line = await open();
    const { emit } = await startRun(line, 1);
    for (let samples = 0; samples <= 30; samples++) emit(slice(samples, samples === 30));
    await line.next(({ kind }) => kind === 'frame');
    await roundTrip(line);
    const samples = (): unknown[] =>
      line.heard.flatMap((m) =>
        m.kind === 'frame' ? [(m.frame as { samplesUsed: number }).samplesUsed] : [],
      );
    expect(samples()).toEqual([0]);
    line.say({ kind: 'taken', request: 1 });
    await expect.poll(samples, PATIENT).toEqual([0, 29]);
    line.say({ kind: 'taken', request: 1 });
    await expect.poll(samples, PATIENT).toEqual([0, 29, 30]);
    line.socket.close();
  });

  it('holds up the work while the page takes nothing', async () => {
    const line = await open();
    const { emit, ready } = await startRun(line, 1);
    for (let n = 0; n < 8; n++) emit(slice(30, true));
    let isReady = false;
    const waiting = ready().then(() => (isReady = true));
    // One frame is under way, seven wait, four of them may.
    for (let n = 0; n < 3; n++) {
      await roundTrip(line);
      expect(isReady).toBe(false);
      line.say({ kind: 'taken', request: 1 });
    }
    await waiting;
    line.socket.close();
  });

  it('is cancelled by the page', async () => {
    const line = await open();
    const { signal } = await startRun(line, 1);
    line.say({ kind: 'cancel', request: 1 });
    expect(await line.next(({ kind }) => kind === 'error')).toMatchObject({
      request: 1,
      error: { code: 'cancelled' },
    });
    expect(signal.aborted).toBe(true);
    line.socket.close();
  });

  it('is cancelled when the page goes, and begins anew when it is back', async () => {
    const line = await open();
    const { signal } = await startRun(line, 1);
    line.socket.terminate();
    await expect.poll(() => signal.aborted, PATIENT).toBe(true);
    const again = await open();
    const second = await startRun(again, 1);
    expect(second.signal.aborted).toBe(false);
    second.emit(slice(0));
    expect(await again.next(({ kind }) => kind === 'frame')).toMatchObject({ request: 1 });
    again.socket.close();
  });

  it('of one page is nothing to another', async () => {
    const [one, other] = [await open(), await open()];
    const first = await startRun(one, 1);
    const second = await startRun(other, 1);
    other.say({ kind: 'cancel', request: 1 });
    await expect.poll(() => second.signal.aborted, PATIENT).toBe(true);
    expect(first.signal.aborted).toBe(false);
    session.announce({ name: 'notice', data: { level: 'info', message: 'hello' } });
    for (const line of [one, other]) await line.next(({ kind }) => kind === 'event');
    one.socket.close();
    other.socket.close();
  });
});
