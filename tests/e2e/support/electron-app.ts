import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { build, isBuilt } from '../../../bin/build.mjs';
import { CHANNELS } from '../../../src/shared/contract/desktop.ts';
import { answerDialogs, askBesidePage, engineProcess } from '../../support/electron-main.ts';
import { electronLaunch } from '../../support/electron.ts';
import type { App, AppOptions } from './app.ts';

/** The built application in Electron, as `npm start -- <paths>` opens it. */
export async function openInElectron({ folder, root, open }: AppOptions): Promise<App> {
  const problem = isBuilt() ? undefined : await build();
  if (problem !== undefined) throw new Error(problem);
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
    page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  }
  await start(open);

  return {
    get page() {
      return page;
    },
    root,
    problems,
    // It was opened with its host.
    visit: () => Promise.resolve(),
    exchange: (message) => application.evaluate(askBesidePage, { toMain: CHANNELS.toMain, toPage: CHANNELS.toPage, message }),
    async choose(press, paths, meanwhile) {
      await application.evaluate(answerDialogs, [...paths]);
      meanwhile?.();
      await press();
    },
    async killEngine() {
      const pid = await application.evaluate(engineProcess, 'Marginalia engine');
      process.kill(pid!, 'SIGKILL');
    },
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
} // prettier-ignore
