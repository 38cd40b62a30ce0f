import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

interface Builder {
  readonly isBuilt: () => boolean;
  readonly build: () => Promise<string | undefined>;
}

const root = resolve(import.meta.dirname, '../..');
/** A project with the real build script and a page of one line. */
let folder: string;
const at = (name: string): string => join(folder, name);
const load = (): Promise<Builder> =>
  import(/* @vite-ignore */ pathToFileURL(at('bin/build.mjs')).href);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-build-'));
  cpSync(join(root, 'bin'), at('bin'), { recursive: true });
  for (const name of ['src', 'node_modules']) mkdirSync(at(name));
  for (const name of ['electron-vite', 'vite', 'electron'])
    symlinkSync(join(root, 'node_modules', name), at(`node_modules/${name}`));
  writeFileSync(at('package.json'), '{"type":"module"}');
  writeFileSync(at('src/index.html'), '<!doctype html><title>first</title>');
  writeFileSync(
    at('electron.vite.config.ts'),
    `export default { renderer: { root: 'src', build: { rollupOptions: { input: 'src/index.html' } } } };`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is done where it is missing or older than the sources, and not otherwise', async () => {
  const { isBuilt, build } = await load();
  expect(isBuilt()).toBe(false);
  expect(await build()).toBe(undefined);
  expect(isBuilt()).toBe(true);
  expect(readFileSync(at('out/renderer/index.html'), 'utf8')).toContain('first');

  writeFileSync(at('src/index.html'), '<!doctype html><title>second</title>');
  const afterwards = new Date(Number(readFileSync(at('out/built-at'), 'utf8')) + 1000);
  utimesSync(at('src/index.html'), afterwards, afterwards);
  expect(isBuilt()).toBe(false);
  // What cannot be built leaves the build before as it is, and nothing beside.
  writeFileSync(at('electron.vite.config.ts'), 'export default (');
  expect(await build()).toMatch(/electron\.vite\.config/);
  expect(readFileSync(at('out/renderer/index.html'), 'utf8')).toContain('first');
  expect(existsSync(at(`node_modules/.cache/marginalia-${process.pid}`))).toBe(false);
}, 120_000);

it('says so where its tools are missing', async () => {
  rmSync(at('node_modules/electron-vite'));
  expect(await (await load()).build()).toMatch(/not installed/);
});
