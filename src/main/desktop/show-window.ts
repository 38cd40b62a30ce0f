import type { BrowserWindow } from 'electron';
import { reportStart } from './report-start.ts';

/** A page that has not been loaded by then is shown as it is: empty, but there. */
const SHOW_AFTER_MS = 5000;

/**
 * Shows a window when there is something to see in it, or when nothing says so: on Wayland
 * `ready-to-show` often comes only after a window has been shown (electron#48859).
 */
export function showWhenReady(window: BrowserWindow, { maximized }: { maximized: boolean }): void {
  let isShown = false;
  const show = (): void => {
    clearTimeout(timer);
    if (isShown || window.isDestroyed()) return;
    isShown = true;
    if (maximized) window.maximize();
    window.show();
    reportStart();
  };
  const timer = setTimeout(show, SHOW_AFTER_MS);
  window.once('ready-to-show', show);
  window.webContents.once('did-finish-load', show);
}
