import { CHANNELS } from '../../../src/shared/contract/desktop.ts';
import {
  answerDialogs,
  askBesidePage,
  engineProcess,
  type Main,
} from '../../support/electron-main.ts';
import type { App } from './app.ts';

/** Runs a function of `electron-main` where Electron's main process is. */
export type InMain = <A, R>(
  work: (main: Main, argument: A) => R | Promise<R>,
  argument: A,
) => Promise<R>;

/** What users do, and what befalls them, that goes through the main process of the desktop. */
export const desktopActions = (
  inMain: InMain,
): Pick<App, 'visit' | 'exchange' | 'choose' | 'killEngine'> => ({
  // The page was opened with its host.
  visit: () => Promise.resolve(),
  exchange: (message) =>
    inMain(askBesidePage, { toMain: CHANNELS.toMain, toPage: CHANNELS.toPage, message }),
  async choose(press, paths, meanwhile) {
    await inMain(answerDialogs, [...paths]);
    meanwhile?.();
    await press();
  },
  async killEngine() {
    process.kill((await inMain(engineProcess, 'Marginalia engine'))!, 'SIGKILL');
  },
});
