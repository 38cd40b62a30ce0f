import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FromMain } from '../../src/shared/contract/index.ts';
import { CHANNELS, type DesktopApi } from '../../src/shared/contract/desktop.ts';
import { PATIENT } from '../support/patient.ts';
import { openDesktop, quit, type Desktop } from './open-desktop.ts';

const OWN = 'marginalia://app/index.html';
let desktop: Desktop;
beforeAll(async () => {
  desktop = await openDesktop();
}, 60_000);
afterAll(() => quit(desktop), 60_000);

describe('the window', () => {
  it('shows a page that is sandboxed, isolated, and has no Node', () => {
    expect(desktop.electron.log.sandboxed).toBe(true);
    expect(desktop.window.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
    });
    expect(desktop.window.inside.mainFrame.url).toBe(OWN);
    expect(desktop.window.isShown).toBe(true);
  });

  it('stays with its page, and opens no other', () => {
    const { contents, state } = desktop.window.inside;
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      for (const url of [
        'https://example.org/',
        'file:///etc/passwd',
        'marginalia://application/',
        'javascript:1',
      ]) {
        const preventDefault = vi.fn();
        contents.emit(event, { url, preventDefault });
        expect(preventDefault, `${event} ${url}`).toHaveBeenCalled();
      }
    }
    const preventDefault = vi.fn();
    contents.emit('will-attach-webview', { preventDefault });
    expect(preventDefault).toHaveBeenCalled();
    expect(state.openHandler!({ url: 'https://example.org' } as never)).toEqual({ action: 'deny' });
  });

  it('may use no device, and reach nothing outside of the machine', () => {
    const { browserSession } = desktop.electron;
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'usb',
      'fileSystem',
      'openExternal',
    ]) {
      expect(browserSession.request(permission)).toBe(false);
      expect(browserSession.check(permission)).toBe(false);
    }
    expect(browserSession.device()).toBe(false);
    for (const url of [
      'https://example.org',
      'http://127.0.0.1:8731/',
      'ws://localhost/',
      'file:///etc/passwd',
    ]) {
      expect(browserSession.isCancelled(url), url).toBe(true);
    }
    for (const url of [OWN, 'blob:marginalia://app/1', 'data:,x'])
      expect(browserSession.isCancelled(url)).toBe(false);
  });
});

describe('the scheme of the page', () => {
  it('is one of an origin, and overrules no policy', () => {
    expect(desktop.electron.log.privileged).toEqual([
      { scheme: 'marginalia', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });

  it('gives the built page under a policy that allows its own scripts only', async () => {
    const answer = await desktop.electron.fetch(OWN);
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
    const html = await answer.text();
    const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)![1]!;
    const code = await desktop.electron.fetch(`marginalia://app/${script}`);
    expect(code.headers.get('Content-Type')).toContain('javascript');
    for (const { headers } of [answer, code]) {
      const policy = headers.get('Content-Security-Policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self';");
      expect(policy).not.toContain('unsafe-eval');
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
    expect(html).not.toMatch(/<script>|onload=/);
  });

  it.each([
    ['marginalia://app/../main/index.js', undefined, 404],
    ['marginalia://app/%2e%2e%2fmain/index.js', undefined, 404],
    ['marginalia://app/..%5cmain%5cindex.js', undefined, 404],
    ['marginalia://app/%ff', undefined, 404],
    ['marginalia://app/%00', undefined, 404],
    ['marginalia://app/assets', undefined, 404],
    ['marginalia://other/index.html', undefined, 404],
    ['marginalia://app/data/volume/none', undefined, 404],
    [OWN, { method: 'POST' }, 405],
  ])('answers %s %j with %i', async (url, init, status) => {
    expect((await desktop.electron.fetch(url, init)).status).toBe(status);
  });
});

describe('messages', () => {
  let api: DesktopApi;
  let heard: FromMain[];
  beforeAll(async () => {
    heard = [];
    api = desktop.electron.preload(desktop.window).api;
    api.subscribe((message) => heard.push(message));
    api.post({ kind: 'call', request: 0, name: 'models.list', input: {} });
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENT);
    heard.length = 0;
  });

  it('come by one object with three functions', () => {
    const { name, api: exposed } = desktop.electron.preload(desktop.window);
    expect(name).toBe('marginalia');
    expect(Object.keys(exposed).sort()).toEqual(['pathOf', 'post', 'subscribe']);
    expect(exposed.pathOf(new File([], 'a.dcm'))).toBe('/dropped/a.dcm');
  });

  it('are heard from the main frame of our own page only', async () => {
    const { contents, mainFrame } = desktop.window.inside;
    const ask = (request: number) =>
      ({ kind: 'call', request, name: 'models.list', input: {} }) as const;
    const foreign = [
      { sender: contents, senderFrame: null },
      { sender: contents, senderFrame: { url: OWN } },
      { sender: {}, senderFrame: mainFrame },
    ];
    foreign.forEach((from, n) => desktop.electron.sendToMain(CHANNELS.toMain, ask(n), from));
    mainFrame.url = 'https://example.org/';
    api.post(ask(10));
    await new Promise(setImmediate);
    mainFrame.url = OWN;
    api.post(ask(11));
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENT);
    expect(heard).toMatchObject([{ kind: 'result', request: 11 }]);
  });

  it('that are none of the contract are refused', async () => {
    heard.length = 0;
    api.post({ kind: 'eval', request: 5 } as never);
    await vi.waitFor(
      () =>
        expect(heard).toMatchObject([
          { kind: 'error', request: 5, error: { code: 'bad-message' } },
        ]),
      PATIENT,
    );
  });

  it('of a page end when it is read again', async () => {
    heard.length = 0;
    const ask = (request: number) =>
      ({ kind: 'call', request, name: 'models.list', input: {} }) as const;
    api.post(ask(1));
    desktop.window.inside.navigate(OWN);
    // Neither what was asked before is answered, nor what is asked by nobody's page; the page that is
    // there afterwards is.
    api.post(ask(2));
    desktop.electron.preload(desktop.window).api.subscribe((message) => heard.push(message));
    api.post(ask(3));
    await vi.waitFor(() => expect(heard).not.toEqual([]), PATIENT);
    expect(new Set(heard.map((message) => 'request' in message && message.request))).toEqual(
      new Set([3]),
    );
  });
});
