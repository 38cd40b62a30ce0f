import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';

const CHROMIUM = '/usr/bin/chromium';
/** Below localhost, where browsers allow what they allow secure pages. */
const ORIGIN = 'http://pages.localhost';
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }; // prettier-ignore

/** Why pages cannot be opened here, undefined where they can. */
export const chromiumMissing = existsSync(CHROMIUM)
  ? undefined
  : `needs ${CHROMIUM} (Debian package chromium)`;

/** How Chromium is started that draws WebGL in software. */
export const SOFTWARE_WEBGL = {
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'], // prettier-ignore
} as const;

export interface OpenPage {
  readonly page: Page;
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * Builds a page of tests/pages as the application is built, and opens it in Chromium with WebGL in
 * software. Nothing is served: requests of the page are answered from the built files.
 */
export async function openPage(name: string, args: readonly string[] = []): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-page-'));
  await build({
    root: resolve(import.meta.dirname, '../pages', name),
    logLevel: 'warn',
    configFile: false,
    build: { outDir: folder, emptyOutDir: true, minify: false, target: 'es2023' },
  });
  const browser = await chromium.launch({ ...SOFTWARE_WEBGL, args: [...SOFTWARE_WEBGL.args, ...args] }); // prettier-ignore
  const page = await browser.newPage({ viewport: { width: 700, height: 500 } });
  await page.route(`${ORIGIN}/**`, async (route) => {
    const path = join(folder, new URL(route.request().url()).pathname);
    if (!existsSync(path)) return route.fulfill({ status: 404 });
    const contentType = TYPES[extname(path)] ?? 'application/octet-stream';
    return route.fulfill({ contentType, body: await readFile(path) });
  });
  await page.goto(`${ORIGIN}/index.html`);
  return {
    page,
    browser,
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
