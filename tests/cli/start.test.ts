import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canShowBrowser } from '../../src/cli/browser.ts';
import {
  electronExecutable,
  installElectron,
  runElectron,
  whyNoWindow,
} from '../../src/cli/electron.ts';
import { START_REPORT } from '../../src/shared/contract/desktop.ts';

/** A stand-in for Electron's package: an install script, and the executable that it fetches. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-electron-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
/** The script has the name that Electron's has; modules of this folder are CommonJS. */
function installs(text: string): void {
  writeFileSync(at('package.json'), '{}');
  writeFileSync(at('install.js'), text);
}
function executable(text: string): string {
  mkdirSync(at('dist'), { recursive: true });
  writeFileSync(at('dist/electron'), `#!/bin/sh\n${text}\n`);
  chmodSync(at('dist/electron'), 0o755);
  writeFileSync(at('path.txt'), 'electron');
  return electronExecutable(folder)!;
}

describe('Electron', () => {
  it('is not there before its executable is', () => {
    expect(electronExecutable(folder)).toBe(undefined);
    writeFileSync(at('path.txt'), 'electron');
    expect(electronExecutable(folder)).toBe(undefined);
    expect(executable('exit 0')).toBe(at('dist/electron'));
  });

  it('of another distribution needs no file that the install script writes', () => {
    const inside = {
      darwin: 'Electron.app/Contents/MacOS/Electron',
      win32: 'electron.exe',
    } as Partial<Record<NodeJS.Platform, string>>;
    const path = join(at('elsewhere'), inside[process.platform] ?? 'electron');
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', at('elsewhere'));
    try {
      expect(electronExecutable(folder)).toBe(undefined);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
      expect(electronExecutable(folder)).toBe(path);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('is fetched by its own script', async () => {
    installs(`
      const { mkdirSync, writeFileSync } = require('node:fs');
      mkdirSync(__dirname + '/dist');
      writeFileSync(__dirname + '/dist/electron', '');
      writeFileSync(__dirname + '/path.txt', 'electron');`);
    expect(await installElectron(folder, 60_000)).toBe(undefined);
    expect(electronExecutable(folder)).toBe(at('dist/electron'));
  });

  it.each([
    [
      'fails',
      `console.error(new Error('getaddrinfo ENOTFOUND example.org').stack); process.exit(1)`,
      'getaddrinfo ENOTFOUND example.org',
    ],
    ['does nothing', '', 'its install script ended with 0'],
    ['is not there', undefined, expect.stringContaining('Cannot find module')],
  ])('is told to be missing, in one line, where its script %s', async (_, text, reason) => {
    if (text !== undefined) installs(text);
    const told = await installElectron(folder, 60_000);
    expect(told).toEqual(reason);
    expect(told).not.toContain('\n');
  });

  it('is not waited for longer than the limit', async () => {
    installs('setInterval(() => undefined, 1000)');
    expect(await installElectron(folder, 500)).toBe('it took longer than 1 s');
  });
});

describe.skipIf(process.platform === 'win32')('a window', () => {
  /** As the application does once its window is shown. */
  const SHOWN = `echo started > "$${START_REPORT}"`;
  const run = (text: string, env: NodeJS.ProcessEnv = {}) =>
    runElectron(executable(text), [at('app'), at('a file')], { ...process.env, ...env });

  it('gets the application and what to open, as Electron and not as Node', async () => {
    const end = await run(
      `${SHOWN}; echo "$1|$2|$ELECTRON_RUN_AS_NODE|$MARGINALIA_WORKSPACE" > ${at('said')}`,
      { ELECTRON_RUN_AS_NODE: '1', MARGINALIA_WORKSPACE: '/w' },
    );
    expect(end).toEqual({ kind: 'closed', code: 0 });
    expect(readFileSync(at('said'), 'utf8').trim()).toBe(`${at('app')}|${at('a file')}||/w`);
  });

  it.each([
    [`${SHOWN}; exit 0`, { kind: 'closed', code: 0 }],
    [`${SHOWN}; exit 1`, { kind: 'closed', code: 1 }],
    [`${SHOWN}; kill -SEGV $$`, { kind: 'closed', code: 1 }],
    ['kill -TERM $$', { kind: 'closed', code: 0 }],
    ['kill -TRAP $$', { kind: 'failed', reason: expect.stringMatching(/SIGTRAP|AppArmor/) }],
    ['exit 127', { kind: 'failed', reason: expect.stringContaining('127') }],
    ['exit 1', { kind: 'failed', reason: expect.stringContaining('it ended with 1') }],
    ['exit 0', { kind: 'failed', reason: expect.stringContaining('it ended with 0') }],
  ])('that does %j is %j', async (text, end) => {
    expect(await run(text)).toEqual(end);
  });

  it('that AppArmor gives no sandbox says how it gets one', () => {
    const [on, off] = [at('on'), at('off')];
    writeFileSync(on, '1\n');
    writeFileSync(off, '0\n');
    const why = (end: NodeJS.Signals, file: string): string =>
      whyNoWindow(end, '/opt/electron/dist/electron', file);
    expect(why('SIGTRAP', on)).toMatch(
      /AppArmor.*chmod 4755 '\/opt\/electron\/dist\/chrome-sandbox'/,
    );
    for (const other of [why('SIGTRAP', off), why('SIGTRAP', at('none')), why('SIGSEGV', on)])
      expect(other).toContain('before it showed anything');
  });

  it('whose program is none has failed', async () => {
    const end = await runElectron(at('nothing'), [], process.env);
    expect(end).toMatchObject({ kind: 'failed', reason: expect.stringContaining('ENOENT') });
  });
});

it.each([
  [true, { DISPLAY: ':0' }, 'linux', true],
  [true, { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
  [false, {}, 'linux', true],
  [false, { DISPLAY: ':0' }, 'linux', false],
  [true, {}, 'darwin', true],
  [false, {}, 'win32', false],
] as const)('a browser is opened: %s, for %j on %s with terminal %s', (is, env, platform, tty) => {
  expect(canShowBrowser(env, platform, tty)).toBe(is);
});
