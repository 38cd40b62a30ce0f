import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pathsAmong } from '../../src/main/desktop/arguments.ts';
import { createBridge, type Bridge } from '../../src/renderer/bridge/client.ts';
import { desktopCarrier } from '../../src/renderer/bridge/desktop.ts';
import { START_REPORT } from '../../src/shared/contract/desktop.ts';
import type { StreamInput } from '../../src/shared/contract/index.ts';
import { PATIENT } from '../support/patient.ts';
import { createElectron, type ElectronDouble } from './electron-double.ts';
import { openDesktop, quit, type Desktop } from './open-desktop.ts';

/** What Electron does otherwise than one expects, as its source and its issues say. */

const PAGE = 'marginalia://app/index.html';
const bridgeTo = ({ electron, window }: Desktop): Bridge =>
  createBridge(desktopCarrier(electron.preload(window).api), PAGE);

afterEach(() => vi.unstubAllEnvs());

/** Starts it, with what Electron answers, until its page has been loaded. */
async function openWith(answers: Partial<ElectronDouble['answers']>): Promise<ElectronDouble> {
  const electron = createElectron();
  Object.assign(electron.answers, answers);
  await electron.start();
  electron.ready();
  await vi.waitFor(() => expect(electron.windows).toHaveLength(1), PATIENT);
  return electron;
}

describe('the window', () => {
  it('is shown where a hidden window never paints, as on Wayland', async () => {
    const desktop = await openDesktop();
    await quit(desktop);
    const electron = await openWith({ paintsHidden: false });
    await vi.waitFor(() => expect(electron.windows[0]!.isShown).toBe(true), PATIENT);
    await quit({ ...desktop, electron });
  });

  it('draws in software where there is no GPU: Chromium is told so before it is ready', async () => {
    const desktop = await openDesktop();
    expect(desktop.electron.log.switches).toContain('enable-unsafe-swiftshader');
    await quit(desktop);
  });

  it('stays where its page is loaded again while it is loaded', async () => {
    const desktop = await openDesktop();
    await quit(desktop);
    const electron = await openWith({ loads: 'ERR_ABORTED' });
    await new Promise(setImmediate);
    expect([electron.log.exits, electron.log.errors]).toEqual([[], []]);
    await quit({ ...desktop, electron });
  });

  it('goes on with its page when that asked for another one and was refused', async () => {
    const desktop = await openDesktop();
    const bridge = bridgeTo(desktop);
    await bridge.call('models.list', {});
    expect(desktop.window.inside.navigate('https://example.org/', true)).toBe(false);
    expect(await bridge.call('models.list', {})).toContain('default');
    await quit(desktop);
  });

  it('hears a new page whose greeting came before the end of the navigation', async () => {
    const desktop = await openDesktop();
    const { contents } = desktop.window.inside;
    await bridgeTo(desktop).call('models.list', {});
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    const bridge = bridgeTo(desktop);
    await bridge.call('models.list', {});
    contents.emit('did-navigate', {}, PAGE);
    expect(await bridge.call('models.list', {})).toContain('default');
    await quit(desktop);
  });

  it('lets its page, and no other, put text into the clipboard', async () => {
    const desktop = await openDesktop();
    const { request, check } = desktop.electron.browserSession;
    const write = 'clipboard-sanitized-write';
    expect([request(write, PAGE), check(write, 'marginalia://app/')]).toEqual([true, true]);
    for (const [address, isMainFrame] of [
      ['https://example.org/', true],
      ['marginalia://other/', true],
      ['', true],
      [PAGE, false],
    ] as const) {
      expect(request(write, address, isMainFrame), address).toBe(false);
      expect(check(write, new URL(address || 'about:blank').origin, isMainFrame)).toBe(false);
    }
    expect(request('clipboard-read', PAGE)).toBe(false);
    await quit(desktop);
  });

  it('keeps the system awake during long work only', async () => {
    const desktop = await openDesktop();
    const bridge = bridgeTo(desktop);
    const { blockers } = desktop.electron.log;
    const started = vi.spyOn(blockers, 'set');
    const noStack: StreamInput<'export.run'> = {
      stack: 'none',
      folder: '/nowhere',
      formats: ['csv'],
      deidentify: true,
    };
    await expect(bridge.stream('export.run', noStack, () => undefined)).rejects.toThrow();
    expect(started.mock.calls.map(([, type]) => type)).toEqual(['prevent-app-suspension']);
    expect(blockers.size).toBe(0);
    await bridge.call('models.list', {});
    expect(started).toHaveBeenCalledTimes(1);
    await quit(desktop);
  });
});

describe('an end', () => {
  it('of the session of Windows leaves the place of the window, and lets go of the workspace', async () => {
    const desktop = await openDesktop();
    const preventDefault = vi.fn();
    desktop.window.emit('query-session-end', { preventDefault });
    expect(preventDefault).not.toHaveBeenCalled();
    desktop.window.emit('session-end', {});
    const file = join(desktop.folder, 'workspace', 'window', 'window.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ bounds: { x: 40 } });
    await quit(desktop);
  });

  it('is reported to the command that started it only when something was shown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'marginalia-start-'));
    const report = join(folder, 'report');
    vi.stubEnv(START_REPORT, report);
    const desktop = await openDesktop();
    await vi.waitFor(() => expect(desktop.window.isShown).toBe(true), PATIENT);
    expect(readFileSync(report, 'utf8')).toBe('started');
    await quit(desktop);
    rmSync(folder, { recursive: true });
  });
});

it('files that Linux’ file managers name by address are files', () => {
  expect(
    pathsAmong(['--flag', pathToFileURL('/data/a b.dcm').href, 'ct', 'file://host/x'], '/home'),
  ).toEqual([
    '/data/a b.dcm',
    '/home/ct',
    process.platform === 'win32' ? '\\\\host\\x' : 'file://host/x',
  ]);
});
