import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { launchChromium } from './chromium.ts';
import { PATIENT } from './patient.ts';

/** Below localhost, where browsers allow what they allow secure pages. */
const ORIGIN = 'http://pages.localhost';
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

export interface OpenPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** An empty page in Chromium, by default in one of its own. */
export async function openInChromium(openBrowser = launchChromium): Promise<OpenPage> {
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 700, height: 500 } });
  return { page, close: () => browser.close() };
}

/**
 * Builds a page of tests/pages as the application is built, and opens it in a window with WebGL in
 * software. Nothing is served: requests of the page are answered from the built files.
 */
export async function openPage(
  name: string,
  openWindow = (): Promise<OpenPage> => openInChromium(),
): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-page-'));
  await build({
    root: resolve(import.meta.dirname, '../pages', name),
    logLevel: 'warn',
    configFile: false,
    build: { outDir: folder, emptyOutDir: true, minify: false, target: 'es2023' },
  });
  const { page, close } = await openWindow();
  page.setDefaultTimeout(PATIENT.timeout);
  await page.route(`${ORIGIN}/**`, async (route) => {
    const path = join(folder, new URL(route.request().url()).pathname);
    if (!existsSync(path)) return route.fulfill({ status: 404 });
    const contentType = TYPES[extname(path)] ?? 'application/octet-stream';
    return route.fulfill({ contentType, body: await readFile(path) });
  });
  await page.goto(`${ORIGIN}/index.html`);
  return {
    page,
    async close() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
