import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebHost, type WebHost } from '../../src/main/web/index.ts';
import { volumePath } from '../../src/shared/contract/index.ts';
import { fakeSession } from '../workstation/fake-session.ts';
import { PATIENT } from '../support/patient.ts';
import { get, logIn, openLine, send } from './browser.ts';

let folder: string;
let host: WebHost;
let origin: string;
let cookie: string;

const session = fakeSession({
  calls: { 'models.list': () => ['default'] },
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith('/broken')) throw new Error('/secret/path is on fire');
    return Promise.resolve(
      new Response(Uint8Array.of(1, 2, 3), { headers: { 'X-Path': pathname } }),
    );
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-web-'));
  const pages = join(folder, 'pages');
  mkdirSync(join(pages, 'assets'), { recursive: true });
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Marginalia</title>');
  writeFileSync(join(pages, 'assets', 'app.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  host = await startWebHost({ session, pages, port: 0 });
  origin = new URL(host.url).origin;
  cookie = await logIn(host.url);
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const withCookie = (headers: Record<string, string> = {}): Record<string, string> => ({
  cookie,
  ...headers,
});

describe('pages and data', () => {
  it('are for who was given the address', async () => {
    const page = await get(`${origin}/`, withCookie());
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body).toContain('Marginalia');
    const script = await get(`${origin}/assets/app.js`, withCookie());
    expect([script.status, script.body]).toEqual([200, 'export {};']);
    expect(script.headers['content-type']).toContain('javascript');
    const data = await get(`${origin}${volumePath('1.2#2')}`, withCookie());
    expect([data.status, data.body]).toEqual([200, '\x01\x02\x03']);
    expect(data.headers['x-path']).toBe('/data/volume/1.2%232');
  });

  it.each(['/', '/index.html', '/assets/app.js', '/data/volume/1.2', '/?token=', '/?token=guess'])(
    '%s is refused to everybody else',
    async (path) => {
      const { status, headers, body } = await get(`${origin}${path}`);
      expect([status, headers['set-cookie']]).toEqual([401, undefined]);
      expect(body).toContain('marginalia serve');
    },
  );

  it.each(['marginalia=1', 'marginalia-1=x', ''])('a cookie “%s” is none', async (other) => {
    expect((await get(`${origin}/`, { cookie: other })).status).toBe(401);
  });

  it.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    'x@localhost',
  ])('are not served under the name %s, not even with the secret', async (name) => {
    const answer = await get(`${origin}/`, withCookie({ host: name }));
    // 400 where it is no name at all.
    expect([400, 403]).toContain(answer.status);
    expect((await get(host.url, { host: name })).headers['set-cookie']).toBeUndefined();
  });

  it.each(['localhost', 'localhost:9000', '127.0.0.1:9000', '[::1]:9000'])(
    'are served at the end of a tunnel: %s',
    async (name) => {
      expect((await get(`${origin}/`, withCookie({ host: name }))).status).toBe(200);
    },
  );

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '//etc/passwd',
    '/..\\secret.txt',
    '/%00',
    '/missing.js',
  ])('are nothing but the pages: %s', async (path) => {
    const { status, body } = await get(`${origin}${path}`, withCookie());
    expect([400, 404]).toContain(status);
    expect(body).not.toContain('secret');
  });

  it('carry a policy that runs the page’s own scripts only, also where they are refused', async () => {
    for (const answer of [
      await get(`${origin}/`, withCookie()),
      await get(`${origin}/`),
      await get(`${origin}/nothing`, withCookie()),
      await get(`${origin}/`, { host: 'evil.example' }),
    ]) {
      const policy = answer.headers['content-security-policy'] as string;
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|evil/);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('that fail say nothing of the machine', async () => {
    const { status, body } = await get(`${origin}/data/volume/broken`, withCookie());
    expect([status, body]).toEqual([500, 'The request failed.']);
  });

  it('give a cookie that scripts and other pages cannot use', async () => {
    const [header] = (await get(host.url)).headers['set-cookie']!;
    expect(header).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(header).not.toContain(new URL(host.url).searchParams.get('token'));
  });

  it('are reached over the loopback only', async () => {
    const port = Number(new URL(origin).port);
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one !== undefined && !one.internal && one.family === 'IPv4');
    for (const { address } of others as { address: string }[]) {
      const reached = await new Promise((resolve) => {
        connectTcp({ host: address, port })
          .on('connect', () => resolve(true))
          .on('error', () => resolve(false));
      });
      expect(reached).toBe(false);
    }
  });
});

describe('what a page writes', () => {
  it('is taken from a page of this server alone', async () => {
    const put = async (headers: Record<string, string>): Promise<number> =>
      (await send('PUT', `${origin}/data/drop/1?path=a`, headers)).status;
    expect(await put(withCookie({ origin }))).toBe(200);
    expect(await put(withCookie())).toBe(403);
    expect(await put(withCookie({ origin: 'http://evil.example' }))).toBe(403);
    expect(await put(withCookie({ origin: 'null' }))).toBe(403);
    expect(await put(withCookie({ origin: 'http://evil.example', host: 'evil.example' }))).toBe(
      403,
    );
    expect(await put({ origin })).toBe(401);
  });

  it('goes below the data only', async () => {
    expect((await send('PUT', `${origin}/index.html`, withCookie({ origin }))).status).toBe(404);
    expect((await send('POST', `${origin}/data/drop/1`, withCookie({ origin }))).status).toBe(404);
  });
});

describe('a line', () => {
  it('is opened by a page of this server', async () => {
    const line = await openLine(host.url, { cookie, origin });
    line.say({ kind: 'call', request: 1, name: 'models.list', input: {} });
    expect(await line.next(({ kind }) => kind === 'result')).toMatchObject({ output: ['default'] });
    line.socket.close();
    await line.closed;
    await expect.poll(() => session.listeners, PATIENT).toBe(0);
  });

  it.each([
    ['401', 'no cookie', {}],
    ['401', 'a wrong cookie', { cookie: 'marginalia-1=x' }],
    ['403', 'another origin', { origin: 'http://evil.example' }],
    ['403', 'no origin', { origin: undefined }],
    ['403', 'a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['403', 'an opaque origin', { origin: 'null' }],
    ['403', 'another host', { host: 'evil.example', origin: 'http://evil.example' }],
  ])('is refused with %s to %s', async (status, _what, change) => {
    const own =
      'cookie' in change || Object.keys(change).length === 0 ? { origin } : { origin, cookie };
    const headers = Object.fromEntries(
      Object.entries({ ...own, ...change }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    await expect(openLine(host.url, headers)).rejects.toThrow(status);
    expect(session.listeners).toBe(0);
  });

  it('is at one address', async () => {
    const answer = new Promise<string>((resolve) => {
      const socket = connectTcp({ host: '127.0.0.1', port: Number(new URL(origin).port) }, () =>
        socket.write(
          `GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: ${cookie}\r\n\r\n`,
        ),
      );
      socket.on('data', (data) => resolve(data.toString()));
    });
    expect(await answer).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('a server', () => {
  it('says so where its port is taken', async () => {
    const port = Number(new URL(origin).port);
    await expect(startWebHost({ session, pages: folder, port })).rejects.toMatchObject({
      code: 'port-in-use',
    });
  });

  it('closes its lines when it ends', async () => {
    const other = await startWebHost({ session, pages: folder, port: 0 });
    const line = await openLine(other.url, {
      cookie: await logIn(other.url),
      origin: new URL(other.url).origin,
    });
    await other.close();
    expect(await line.closed).toBe(1001);
    await expect(get(other.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes no cookie of another server on this machine', async () => {
    const other = await startWebHost({ session, pages: folder, port: 0 });
    expect((await get(new URL(other.url).origin, { cookie })).status).toBe(401);
    await other.close();
  });
});
