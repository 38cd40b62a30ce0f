import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canShowBrowser } from '../../src/cli/browser.ts';
import { electronExecutable, installElectron, runElectron } from '../../src/cli/electron.ts';

/** A stand-in for Electron's package: an install script, and the executable that it fetches. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-electron-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

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
  const run = (text: string, env: NodeJS.ProcessEnv = {}) =>
    runElectron(executable(text), [at('app'), at('a file')], { ...process.env, ...env });

  it('gets the application and what to open, as Electron and not as Node', async () => {
    const end = await run(
      `echo "$1|$2|$ELECTRON_RUN_AS_NODE|$MARGINALIA_WORKSPACE" > ${at('said')}`,
      { ELECTRON_RUN_AS_NODE: '1', MARGINALIA_WORKSPACE: '/w' },
    );
    expect(end).toEqual({ kind: 'closed', code: 0 });
    expect(readFileSync(at('said'), 'utf8').trim()).toBe(`${at('app')}|${at('a file')}||/w`);
  });

  it.each([
    ['exit 1', { kind: 'closed', code: 1 }],
    ['kill -TERM $$', { kind: 'closed', code: 0 }],
    ['kill -TRAP $$', { kind: 'failed', reason: 'it ended with SIGTRAP' }],
    ['exit 127', { kind: 'failed', reason: 'it ended with 127' }],
  ])('that does %j is %j', async (text, end) => {
    expect(await run(text)).toEqual(end);
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
