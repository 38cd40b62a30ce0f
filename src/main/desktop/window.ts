import { join } from 'node:path';
import { app, BrowserWindow, dialog, screen } from 'electron';
import { onceSettled } from './once-settled.ts';
import { endedOrGivenUp } from './quit-anyway.ts';
import { showWhenReady } from './show-window.ts';
import { isVisible, readPlace, writePlace, type Place } from './window-place.ts';
import type { Writing } from './writing.ts';

export interface WindowOptions {
  /** Path of the built preload script. */
  readonly preload: string;
  readonly writing: Pick<Writing, 'settled' | 'isUnderWay'>;
  /** The user leaves the system, and this process ends when this returns. */
  readonly onSessionEnd: () => void;
}

/** The background of the dark theme: nothing flashes before the page is there. */
const BACKGROUND = '#0e1013';
const TITLE = 'Marginalia';

/** The one window of the workstation, still empty. It is shown when there is something to see. */
export function openWindow({ preload, writing, onSessionEnd }: WindowOptions): BrowserWindow {
  const placeFile = join(app.getPath('userData'), 'window.json');
  const place = visiblePlace(placeFile);
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    ...place?.bounds,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: TITLE,
    backgroundColor: BACKGROUND,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      // Its dictionaries are fetched from a server.
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  showWhenReady(window, { maximized: place?.maximized ?? false });
  const rememberPlace = (): void =>
    writePlace(placeFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  // Closing waits for what is being written.
  const finish = (): Promise<void> => {
    rememberPlace();
    window.setTitle(`${TITLE} – saving …`);
    return endedOrGivenUp(window, writing.settled());
  };
  window.on(
    'close',
    onceSettled(finish, () => window.isDestroyed() || window.close()),
  );
  // Windows ends a session without `close` or `will-quit`; it may be asked to wait, not made to.
  window.on('query-session-end', (event) => {
    if (writing.isUnderWay()) event.preventDefault();
  });
  window.on('session-end', () => {
    rememberPlace();
    onSessionEnd();
  });
  offerReload(window);
  return window;
}

function visiblePlace(file: string): Place | undefined {
  const place = readPlace(file);
  const displays = screen.getAllDisplays().map(({ workArea }) => workArea);
  return place && isVisible(place.bounds, displays) ? place : undefined;
}

/** A page that died or hangs is read again if the user wants; what was labelled is in the workspace. */
function offerReload(window: BrowserWindow): void {
  const ask = async (message: string, buttons: readonly [string, string]): Promise<boolean> => {
    const { response } = await dialog.showMessageBox(window, {
      type: 'error',
      message,
      detail: 'Every label that was shown as saved is safe.',
      buttons: [...buttons],
      defaultId: 0,
      cancelId: 1,
      noLink: true,
    });
    return response === 0;
  };
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    void ask(`The window stopped working (${reason}).`, ['Reload', 'Quit']).then((again) => {
      if (window.isDestroyed()) return;
      if (again) window.webContents.reload();
      else app.quit();
    });
  });
  window.on('unresponsive', () => {
    void ask('The window does not answer.', ['Wait', 'Reload']).then((waits) => {
      if (!waits && !window.isDestroyed()) window.webContents.forcefullyCrashRenderer();
    });
  });
}
