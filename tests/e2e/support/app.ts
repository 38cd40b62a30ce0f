import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import type { FromMain } from '../../../src/shared/contract/index.ts';
import { electronMissing } from '../../support/electron.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { openInBrowser } from './browser-app.ts';
import { openInDouble } from './double-app.ts';
import { openInElectron } from './electron-app.ts';

/** A call of the contract. */
export interface Call {
  readonly kind: 'call';
  /** Of no request of the page. */
  readonly request: number;
  readonly name: string;
  readonly input: unknown;
}

/** The workstation as a user has it: a host with its engine and workspace, and the page in a window. */
export interface App {
  /** Another one after a window was closed with its host. */
  readonly page: Page;
  /** Folder that the page may open and export to. */
  readonly root: string;
  /** What went wrong in the page that nobody caught. */
  readonly problems: readonly string[];
  /** Asks the host beside the page. @returns its answer to this call. */
  exchange(call: Call): Promise<FromMain>;
  /**
   * Chooses a folder, or files of one folder, in the dialog that a press opens.
   * @param meanwhile what happens while the dialog is open.
   */
  choose(
    press: () => Promise<void>,
    paths: readonly string[],
    meanwhile?: () => void,
  ): Promise<void>;
  /** Ends the engine's process without a warning. */
  killEngine(): Promise<void>;
  /**
   * Ends the host without a warning; the page in a browser stays, a window of Electron goes too. In
   * the double main is the test's own process.
   */
  killHost(): Promise<void>;
  /** Ends the host as users do. */
  endHost(): Promise<void>;
  /** Starts the host again, on the same workspace. */
  startHost(): Promise<void>;
  /** Opens the page of the present host: in the same window, or in another one of a browser. */
  visit(page?: Page): Promise<void>;
  close(): Promise<void>;
}

export interface AppOptions {
  /** Folder for the workspace and for `root`. */
  readonly folder: string;
  readonly root: string;
  /** Further folders that the page may open. */
  readonly roots: readonly string[];
  /** What the command is given to open. */
  readonly open: readonly string[];
}

/** Opens the workstation over a new workspace. */
export type OpenApp = (roots?: readonly string[], open?: readonly string[]) => Promise<App>;

/** The double of Electron stands in where Electron is missing. */
export type WindowKind = 'browser' | 'electron' | 'double';

const inNewFolder =
  (open: (options: AppOptions) => Promise<App>): OpenApp =>
  async (roots = [], paths = []) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'marginalia-e2e-')));
    const root = join(folder, 'data');
    mkdirSync(root);
    const app = await open({ folder, root, roots, open: paths });
    const { close } = app;
    app.close = async () => {
      await close();
      rmSync(folder, { recursive: true, force: true });
    };
    return app;
  };

const doubleMissing = electronMissing === undefined ? 'Electron itself is here' : chromiumMissing;

const WINDOWS = [
  ['browser', 'the browser', chromiumMissing, inNewFolder(openInBrowser)],
  ['electron', 'the window of Electron', electronMissing, inNewFolder(openInElectron)],
  ['double', 'the double of Electron', doubleMissing, inNewFolder(openInDouble)],
] as const;

/** The same suite in a browser with the loopback host and in Electron, each where it is there. */
export function inEachWindow(
  title: string,
  suite: (openApp: OpenApp, kind: WindowKind) => void,
): void {
  for (const [kind, name, missing, openApp] of WINDOWS) {
    const full = `${title} in ${name}${missing ? ` (skipped: ${missing})` : ''}`;
    describe.skipIf(missing !== undefined)(full, () => suite(openApp, kind));
  }
}
