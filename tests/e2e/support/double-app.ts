import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { vi } from 'vitest';
import type { DesktopApi } from '../../../src/shared/contract/desktop.ts';
import type { FromMain, ToMain } from '../../../src/shared/contract/index.ts';
import { createElectron, type ElectronDouble } from '../../desktop/electron-double.ts';
import { PATIENT } from '../../support/patient.ts';
import type { App, AppOptions } from './app.ts';
import { desktopActions } from './desktop-actions.ts';
import { PATIENCE } from './patience.ts';
import { sharedBrowser } from './shared-browser.ts';

/** Where the page is in Chromium, which knows no scheme of ours. */
const ORIGIN = 'http://app.localhost';

/** In the page: what the preload script puts there, with its messages carried by the debugger. */
interface Carried {
  carryToMain(message: ToMain | null): Promise<void>;
  heard(message: FromMain): void;
  marginalia: DesktopApi;
}

/**
 * The built application in the double of Electron, with its page in Chromium: everything but Electron
 * is as it is.
 */
export async function openInDouble({ folder, root, open }: AppOptions): Promise<App> {
  const browser = await sharedBrowser();
  const problems: string[] = [];
  let electron: ElectronDouble;
  let page: Page;

  async function start(paths: readonly string[]): Promise<void> {
    process.env['MARGINALIA_WORKSPACE'] = join(folder, 'workspace');
    electron = createElectron();
    await electron.start(paths);
    electron.ready();
    await vi.waitFor(() => {
      if (electron.windows.length === 0) throw new Error(electron.log.errors.join() || 'no window');
    }, PATIENT);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
    await page.route(`${ORIGIN}/**`, async (route) => {
      const address = route.request().url().replace(ORIGIN, 'marginalia://app');
      const answer = await electron.fetch(address);
      const body = Buffer.from(await answer.arrayBuffer());
      // Given up in the meantime, perhaps.
      await route
        .fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body })
        .catch(() => undefined);
    });
    const { api } = electron.preload(electron.windows[0]!);
    /** Main has answered the page: what is asked beside it from then on is answered, too. */
    let answered = (): void => undefined;
    const isConnected = new Promise<void>((resolve) => (answered = resolve));
    await page.exposeFunction('carryToMain', (message: ToMain | null) => {
      if (message !== null) return api.post(message);
      api.subscribe((said) => {
        answered();
        void page
          .evaluate((one) => (globalThis as never as Carried).heard(one), said)
          .catch(() => undefined);
      });
    });
    await page.addInitScript(() => {
      const carried = globalThis as never as Carried;
      carried.marginalia = {
        // As Electron does, which throws at what cannot be cloned.
        post: (message) => void carried.carryToMain(structuredClone(message)),
        subscribe(handler) {
          carried.heard = handler;
          void carried.carryToMain(null);
        },
        pathOf: () => '',
      };
    });
    await page.goto(`${ORIGIN}/index.html`);
    await isConnected;
  }
  await start(open);

  async function endHost(): Promise<void> {
    const ended = new Promise((resolve) => electron.app.once('quit', resolve));
    electron.app.quit();
    await ended;
    await page.close();
  }

  return {
    get page() {
      return page;
    },
    root,
    problems,
    // Main is this very process.
    ...desktopActions(async (work, argument) => work(electron.main as never, argument)),
    killHost: () => Promise.reject(new Error('The double cannot be killed.')),
    endHost,
    startHost: () => start([]),
    async close() {
      await endHost();
      await browser.close();
    },
  };
}
