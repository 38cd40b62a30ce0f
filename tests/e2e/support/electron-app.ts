import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { electronLaunch } from '../../support/electron.ts';
import type { App, AppOptions } from './app.ts';
import { desktopActions } from './desktop-actions.ts';
import { PATIENCE } from './patience.ts';

/** The built application in Electron, as `npm start -- <paths>` opens it. */
export async function openInElectron({ folder, root, open }: AppOptions): Promise<App> {
  const problems: string[] = [];
  let application: ElectronApplication;
  let page: Page;

  async function start(paths: readonly string[]): Promise<void> {
    const { env, ...launch } = electronLaunch();
    application = await _electron.launch({
      ...launch,
      args: [resolve(import.meta.dirname, '../../..'), ...paths],
      env: { ...env, MARGINALIA_WORKSPACE: join(folder, 'workspace') },
    });
    page = await application.firstWindow();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  }
  await start(open);

  return {
    get page() {
      return page;
    },
    root,
    problems,
    ...desktopActions((work, argument) => application.evaluate(work as never, argument)),
    async killHost() {
      const child = application.process();
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
    endHost: () => application.close(),
    startHost: () => start([]),
    close: () => application.close(),
  };
}
