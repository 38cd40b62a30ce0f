import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkspace } from '../../src/main/workspace/index.ts';
import { get, logIn, openLine, type Line } from '../web/browser.ts';
import { marginalia, startMarginalia } from './marginalia.ts';

type Server = ReturnType<typeof startMarginalia>;

let folder: string;
let servers: Server[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'marginalia-serve-')));
  for (const name of ['pages', 'data', 'other']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'pages', 'index.html'), '<!doctype html><title>Marginalia</title>');
  symlinkSync(join(folder, 'other'), join(folder, 'data', 'link'));
});
afterEach(async () => {
  for (const server of servers) server.kill('SIGKILL');
  await Promise.all(servers.map((server) => server.exitCode ?? once(server, 'close')));
  servers = [];
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const args = (): string[] => [
  '--port',
  '0',
  '--root',
  at('data'),
  '--workspace',
  at('workspace'),
  '--pages',
  at('pages'),
];

/** Starts the command, and waits for the address that it prints. */
async function serve(given = args()): Promise<{ url: string; server: Server }> {
  const server = startMarginalia(['serve', ...given]);
  servers.push(server);
  let said = '';
  return new Promise((resolveUrl, reject) => {
    const listen = (text: Buffer): void => {
      said += text.toString();
      const url = /^Open (http:\S+)$/m.exec(said)?.[1];
      if (url !== undefined) resolveUrl({ url, server });
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.on('close', () => reject(new Error(`It ended before it said where: ${said}`)));
  });
}

const open = async (url: string): Promise<Line> =>
  openLine(url, { cookie: await logIn(url), origin: new URL(url).origin });

async function ask(
  line: Line,
  kind: 'call' | 'stream',
  request: number,
  name: string,
  input: object,
): Promise<unknown> {
  line.say({ kind, request, name, input });
  return line.next(
    (message) =>
      (message.kind === 'result' || message.kind === 'error') && message.request === request,
  );
}

describe('marginalia serve', () => {
  it('gives the workstation to who has the address it prints, and only what was named', async () => {
    const { url } = await serve();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/);
    const { origin } = new URL(url);
    expect((await get(origin)).status).toBe(401);
    expect((await get(`${origin}/`, { cookie: await logIn(url) })).body).toContain('Marginalia');
    const line = await open(url);
    expect(await ask(line, 'call', 1, 'app.about', {})).toMatchObject({
      output: { host: 'web', electron: null },
    });
    expect(await ask(line, 'call', 2, 'paths.list', {})).toMatchObject({
      output: { entries: [{ path: at('data') }] },
    });
    for (const path of [at('other'), at('data/link'), at('workspace')]) {
      expect(await ask(line, 'stream', 3, 'sources.open', { paths: [path] })).toMatchObject({
        error: { code: 'path-not-allowed' },
      });
      line.heard.length = 0;
    }
    expect(await ask(line, 'call', 4, 'paths.choose', { what: 'folder', title: '' })).toMatchObject(
      { error: { code: 'no-dialogs' } },
    );
    line.socket.close();
  });

  it('has the first page open what was named, from a folder that pages may use then', async () => {
    const file = join(at('other'), 'a.dcm');
    writeFileSync(file, '');
    const { url } = await serve([...args(), file]);
    const first = await open(url);
    expect(await first.next(({ kind }) => kind === 'event')).toMatchObject({
      name: 'open-paths',
      data: { paths: [file] },
    });
    expect(await ask(first, 'call', 1, 'paths.list', {})).toMatchObject({
      output: { entries: [{ path: at('data') }, { path: at('other') }] },
    });
    const second = await open(url);
    await ask(second, 'call', 1, 'app.about', {});
    expect(second.heard.filter(({ kind }) => kind === 'event')).toEqual([]);
    for (const { socket } of [first, second]) socket.close();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends cleanly on %s, while pages are open',
    async (signal) => {
      const { url, server } = await serve();
      const line = await open(url);
      await ask(line, 'call', 1, 'settings.change', { theme: 'light' });
      server.kill(signal);
      expect(await once(server, 'close')).toEqual([0, null]);
      expect(await line.closed).toBe(1001);
      const workspace = openWorkspace(at('workspace'));
      expect([workspace.settings.read()['theme'], workspace.recovery]).toEqual([
        'light',
        undefined,
      ]);
      workspace.close();
    },
  );

  it('has a workspace for itself', async () => {
    await serve();
    const { code, err } = await marginalia(['serve', ...args()]);
    expect(code).toBe(1);
    expect(err).toMatch(/^marginalia: The workspace is in use by process \d+.*\n {2}hint: /);
  });

  it.each([
    [2, ['--port', 'http'], /--port cannot be “http”/],
    [1, ['--root', 'nowhere-at-all'], /There is no folder nowhere-at-all/],
  ])('exits with %i for %j', async (code, wrong, message) => {
    const outcome = await marginalia([
      'serve',
      '--pages',
      at('pages'),
      '--workspace',
      at('workspace'),
      ...wrong,
    ]);
    expect([outcome.code, outcome.err]).toEqual([code, expect.stringMatching(message)]);
  });
});
