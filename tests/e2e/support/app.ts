import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { SOFTWARE_WEBGL } from '../../support/page.ts';
import { startHost, type Host } from './serve.ts';

/** The workstation as a user has it: a host with its engine and workspace, and the page in a browser. */
export interface App {
  readonly page: Page;
  /** Folder that the page may open and export to. */
  readonly root: string;
  /** What went wrong in the page that nobody caught. */
  readonly problems: readonly string[];
  /** Ends the host without a warning; the page stays. */
  killHost(): Promise<void>;
  /** Starts the host again, on the same workspace and the same port. */
  startHost(): Promise<void>;
  /** Opens the page by the address of the present host: in the same window, or in another one. */
  visit(page?: Page): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param roots further folders that the page may open.
 * @param open what the command is given to open.
 */
export async function openApp(
  roots: readonly string[] = [],
  open: readonly string[] = [],
): Promise<App> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'marginalia-e2e-')));
  const root = join(folder, 'data');
  mkdirSync(root);
  const options = { pages: inject('pages'), roots: [root, ...roots], workspace: join(folder, 'workspace') }; // prettier-ignore
  let host: Host = await startHost({ ...options, port: 0, open });
  const port = Number(new URL(host.url).port);
  const browser = await chromium.launch({ ...SOFTWARE_WEBGL, args: [...SOFTWARE_WEBGL.args] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  const visit = async (where = page): Promise<void> => {
    await where.goto(host.url);
    await where.waitForURL((url) => url.search === '');
  };
  await visit();
  return {
    page,
    root,
    problems,
    visit,
    killHost: () => host.kill(),
    async startHost() {
      host = await startHost({ ...options, port });
    },
    async close() {
      await browser.close();
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
