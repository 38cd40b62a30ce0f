import { resolve } from 'node:path';
import { _electron } from 'playwright-core';
import { describe } from 'vitest';
import { electronLaunch, electronMissing } from './electron.ts';
import { sharedBrowser } from '../e2e/support/shared-browser.ts';
import { chromiumMissing, SOFTWARE_WEBGL } from './chromium.ts';
import { openInChromium, openPage, type OpenPage } from './page.ts';

/** An empty page in a window of Electron, which draws WebGL in software. */
async function openInElectron(): Promise<OpenPage> {
  const args = [
    ...SOFTWARE_WEBGL.args.filter((arg) => arg !== '--no-sandbox'),
    resolve(import.meta.dirname, 'blank-window.mjs'),
  ];
  const application = await _electron.launch({ ...electronLaunch(), args });
  return { page: await application.firstWindow(), close: () => application.close() };
}

const WINDOWS = [
  ['Chromium', chromiumMissing, () => openInChromium(sharedBrowser)],
  ['Electron', electronMissing, openInElectron],
] as const;

/** The same suite of a page of tests/pages in Chromium and in Electron, each where it is there. */
export function onEachPage(
  title: string,
  suite: (openPage: (name: string) => Promise<OpenPage>) => void,
): void {
  for (const [window, missing, open] of WINDOWS) {
    const full = `${title} in ${window}${missing ? ` (skipped: ${missing})` : ''}`;
    describe.skipIf(missing !== undefined)(full, () => suite((name) => openPage(name, open)));
  }
}
