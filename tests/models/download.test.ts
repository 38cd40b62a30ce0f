import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  fetchFile,
  type FetchProgress,
} from '../../src/main/services/models/download/fetch-file.ts';
import { refusal } from '../bundle/tiny-model.ts';
import { inFileServer, openProxy, sha256, type Manner } from './file-server.ts';
import { contentOf, inLibrary } from './library-folder.ts';

const { at } = inLibrary();
const server = inFileServer();
const PROXY = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
beforeEach(() => PROXY.forEach((name) => vi.stubEnv(name, undefined)));
afterEach(() => void vi.unstubAllEnvs());

const BYTES = 400_000;
const content = (seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: BYTES }, (_, i) => (i * seed) >> 3));
const to = (): string => at('downloads', 'file');
const fetch = (change: Partial<Parameters<typeof fetchFile>[0]> = {}) =>
  fetchFile({
    url: `${server.url}/repository/file`,
    to: to(),
    what: 'BUSI',
    signal: new AbortController().signal,
    onProgress: ({ bytes }) => server.taken(bytes),
    ...change,
  });

function serve(...manners: Manner[]): Buffer {
  server.content = content(7);
  server.treat(...manners);
  return server.content;
}
const expectWhole = (bytes: Buffer): void => {
  expect(readFileSync(to()).equals(bytes)).toBe(true);
  expect(contentOf(at('downloads'))).toEqual(['file']);
};
const ranges = (): (string | undefined)[] => server.requests.map(({ range }) => range);

describe('a file that is fetched', () => {
  it('arrives whole, with its progress, and is compared with the hash that the server names', async () => {
    const bytes = serve('serve');
    const seen: unknown[] = [];
    const fetched = await fetch({ onProgress: (progress) => seen.push(progress) });
    expect(fetched).toEqual({ bytes: BYTES, sha256: sha256(bytes), compared: true });
    expect(seen).toContainEqual({ bytes: BYTES, of: BYTES, checking: false });
    expect(seen.at(-1)).toEqual({ bytes: BYTES, of: BYTES, checking: true });
    expectWhole(bytes);
  });

  it('is taken as it is where the server names no hash', async () => {
    server.linked = false;
    const bytes = serve('serve');
    expect(await fetch()).toEqual({ bytes: BYTES, sha256: sha256(bytes), compared: false });
    expectWhole(bytes);
  });

  it('goes on by itself from where a connection broke', async () => {
    const bytes = serve('break', 'break', 'serve');
    await fetch();
    expectWhole(bytes);
    expect(ranges()).toEqual([undefined, `bytes=${BYTES / 2}-`, `bytes=${(3 * BYTES) / 4}-`]);
    expect(server.requests[1]!.ifRange).toMatch(/^"/);
  });

  it('goes on by itself where the server ended before all had come', async () => {
    const bytes = serve('end-early', 'serve');
    await fetch();
    expectWhole(bytes);
    expect(ranges()).toEqual([undefined, `bytes=${BYTES / 2}-`]);
  });

  it('goes on after it was cancelled, from what had arrived', async () => {
    const bytes = serve('stall', 'serve');
    const abort = new AbortController();
    const half = halfway();
    const ended = refusal(() => fetch({ signal: abort.signal, onProgress: half.onProgress }));
    await half.arrived;
    abort.abort();
    expect(await ended).toMatchObject({
      code: 'cancelled',
      hint: expect.stringMatching(/go on from there/),
    });
    expect(contentOf(at('downloads'))).toEqual(['file.part', 'file.part.json']);
    await fetch();
    expectWhole(bytes);
    expect(ranges()).toEqual([undefined, `bytes=${BYTES / 2}-`]);
  });

  it('is fetched again from its beginning where the server has another one by now', async () => {
    serve('stall', 'serve');
    server.linked = false;
    await expectSilence();
    server.content = content(9);
    await fetch();
    expectWhole(server.content);
  });

  it('is fetched again from its beginning where the server knows no ranges', async () => {
    const bytes = serve('break', 'without-ranges');
    await fetch();
    expectWhole(bytes);
  });

  it('is fetched again where what had arrived is longer than it', async () => {
    const bytes = serve('serve');
    mkdirSync(at('downloads'));
    writeFileSync(`${to()}.part`, Buffer.alloc(2 * BYTES));
    const notes = { url: `${server.url}/repository/file`, bytes: null, etag: null };
    writeFileSync(`${to()}.part.json`, JSON.stringify({ ...notes, sha256: sha256(bytes) }));
    await fetch();
    expectWhole(bytes);
  });

  it('comes through the proxy that the environment names, unless its host is excepted', async () => {
    const bytes = serve('serve');
    const proxy = await openProxy();
    try {
      vi.stubEnv('HTTP_PROXY', proxy.url);
      await fetch();
      expectWhole(bytes);
      const { host } = new URL(server.url);
      expect(new Set(proxy.tunnels)).toEqual(new Set([host]));
      const sofar = proxy.tunnels.length;
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      await fetch({ to: at('downloads', 'other') });
      expect(proxy.tunnels).toHaveLength(sofar);
    } finally {
      await proxy.close();
    }
  });
});

/** Resolves when half of the file has arrived. */
function halfway(): {
  readonly onProgress: (progress: FetchProgress) => void;
  readonly arrived: Promise<void>;
} {
  let resolve = (): void => undefined;
  const arrived = new Promise<void>((done) => (resolve = done));
  return { onProgress: ({ bytes }) => void (bytes >= BYTES / 2 && resolve()), arrived };
}

/** Fetches until nothing more comes, and ends the wait then. */
async function expectSilence(): Promise<void> {
  let expire = (): void => undefined;
  const waitForMore = (expired: () => void): (() => void) => {
    expire = expired;
    return () => undefined;
  };
  const half = halfway();
  const ended = refusal(() => fetch({ waitForMore, onProgress: half.onProgress }));
  await half.arrived;
  server.treat('fail');
  expire();
  await ended;
  server.treat('serve');
}

describe('a file that cannot be fetched', () => {
  it('because the connection ends at 99 % keeps what has arrived, and says how to go on', async () => {
    const bytes = serve('fail');
    mkdirSync(at('downloads'));
    writeFileSync(`${to()}.part`, bytes.subarray(0, BYTES * 0.99));
    const notes = { bytes: BYTES, etag: null, sha256: sha256(bytes) };
    const url = `${server.url}/repository/file`;
    writeFileSync(`${to()}.part.json`, JSON.stringify({ url, ...notes }));
    // Each connection ends before anything came.
    serveNothing();
    expect(await refusal(fetch)).toMatchObject({
      code: 'download-incomplete',
      message: 'The download of BUSI ended at 99 %: the connection broke.',
      hint: expect.stringMatching(/goes on from there/),
    });
    expect(statSync(`${to()}.part`).size).toBe(BYTES * 0.99);
    server.treat('serve');
    await fetch();
    expectWhole(bytes);
  });

  it('as it arrives damaged is deleted', async () => {
    serve('corrupt');
    expect(await refusal(fetch)).toMatchObject({
      code: 'download-corrupt',
      message: expect.stringMatching(/sha256 is \w{12}… instead of \w{12}…/),
      hint: expect.stringMatching(/again/),
    });
    expect(contentOf(at('downloads'))).toEqual([]);
  });

  it('as the server sends nothing any more is given up, and goes on later', async () => {
    const bytes = serve('stall', 'fail');
    await expectSilence();
    expect(contentOf(at('downloads'))).toEqual(['file.part', 'file.part.json']);
    await fetch();
    expectWhole(bytes);
  });

  it.each<[Manner, string, RegExp]>([
    ['forbid', 'download-refused', /does not give BUSI to everybody \(403\)/],
    ['not-found', 'no-such-download', /has no BUSI/],
    ['fail', 'server-failed', /503/],
    ['redirect-away', 'unsafe-redirect', /ftp:/],
    ['redirect-in-circles', 'too-many-redirects', /on and on/],
  ])('as the server answers with “%s” says so', async (manner, code, message) => {
    serve(manner);
    expect(await refusal(fetch)).toMatchObject({
      ...{ code, message: expect.stringMatching(message), hint: expect.stringMatching(/./) },
    });
    expect(contentOf(at('downloads'))).toEqual([]);
  });

  it('as there is no server says which one', async () => {
    const url = 'http://127.0.0.1:9/file';
    expect(await refusal(() => fetch({ url }))).toMatchObject({
      code: 'server-not-reached',
      message: expect.stringMatching(/127\.0\.0\.1:9 cannot be reached: .+/),
      hint: expect.stringMatching(/HTTPS_PROXY/),
    });
  });

  it('as the disk is too small is not begun', async (context) => {
    serve('serve');
    mkdirSync(at('downloads'));
    const mount = ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', at('downloads')];
    if (spawnSync('mount', mount).status !== 0) context.skip('needs the right to mount a tmpfs');
    try {
      expect(await refusal(fetch)).toMatchObject({
        code: 'no-space',
        message: expect.stringMatching(/BUSI takes 0\.4 MB, and there is room for 0\.1 MB/),
      });
      expect(contentOf(at('downloads'))).toEqual([]);
    } finally {
      execFileSync('umount', [at('downloads')]);
    }
  });

  it('where nothing can be written says so', async () => {
    serve('serve');
    writeFileSync(at('downloads'), 'a file');
    expect(await refusal(fetch)).toMatchObject({
      code: 'file-not-accessible',
      message: expect.stringContaining(to()),
    });
  });

  it('as it is being fetched already', async () => {
    serve('stall');
    const abort = new AbortController();
    const ended = refusal(() => fetch({ signal: abort.signal }));
    await server.stalled();
    expect(await refusal(fetch)).toMatchObject({ code: 'output-busy' });
    abort.abort();
    await ended;
  });
});

function serveNothing(): void {
  server.treat('break-at-once');
}
