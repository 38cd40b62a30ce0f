import { mkdirSync } from 'node:fs';
import { app, dialog, session as browserSessions, type BrowserWindow } from 'electron';
import { atMost } from '../../shared/at-most.ts';
import { MarginaliaError, toErrorInfo } from '../../shared/errors.ts';
import type { Host, Session } from '../services/workstation/index.ts';
import { createAppMenu, type AppMenu } from './app-menu.ts';
import { pathsAmong, pathsHanded } from './arguments.ts';
import { withoutSleep } from './awake.ts';
import { confine, confineSession } from './confine.ts';
import { createPathChooser } from './dialogs.ts';
import { utilityEngine } from './engine.ts';
import { openPageConnection } from './page-connection.ts';
import { onceSettled } from './once-settled.ts';
import { PAGE_URL, registerPageScheme, servePages } from './pages.ts';
import { reportStart } from './report-start.ts';
import { openWindow } from './window.ts';
import { watchWriting } from './writing.ts';

/** An engine that does not die, or a disk that does not answer, holds nothing up for longer. */
const CLOSE_LIMIT_MS = 10_000;

export interface DesktopOptions {
  /** Folder for what the window itself stores; created where missing. Each one has one window. */
  readonly profile: string;
  /** Folder of the built page. */
  readonly pages: string;
  /** Paths of the built preload script and of the engine's built main module. */
  readonly preload: string;
  readonly engine: string;
  readonly openSession: (host: Host) => Session;
}

/** What the system asked for, from the start on. */
interface Inbox {
  take: (paths: readonly string[]) => void;
}

/**
 * The life of the desktop application: one process, one session, one window. Called before Electron
 * is ready. A second start with the same profile hands its files to the first one and ends.
 */
export function startDesktop(options: DesktopOptions): void {
  try {
    mkdirSync(options.profile, { recursive: true });
    app.setPath('userData', options.profile);
  } catch (error) {
    return giveUp(error);
  }
  const words = pathsAmong(process.argv.slice(1), process.cwd());
  // Where it is not packaged, the first word, behind switches if there are any, is the application.
  const given = app.isPackaged ? words : words.slice(1);
  if (!app.requestSingleInstanceLock({ paths: given })) {
    reportStart();
    return app.quit();
  }
  // Chromium draws WebGL in software only when asked to: a machine without a GPU that it trusts
  // would show no image. The page is ours alone, which is what makes it safe.
  app.commandLine.appendSwitch('enable-unsafe-swiftshader');
  registerPageScheme();
  app.enableSandbox();
  app.on('web-contents-created', (_, contents) => confine(contents));
  app.on('window-all-closed', () => app.quit());

  let early: string[] = given;
  const inbox: Inbox = { take: (paths) => void (early = [...early, ...paths]) };
  app.on('open-file', (event, path) => {
    event.preventDefault();
    inbox.take([path]);
  });
  app.on('second-instance', (_, __, ___, data) => inbox.take(pathsHanded(data)));
  app
    .whenReady()
    .then(() => {
      inbox.take = run(options);
      if (early.length > 0) inbox.take(early);
    })
    .catch(giveUp);
}

/** @returns what opens paths in the window. */
function run({ pages, preload, engine, openSession }: DesktopOptions): Inbox['take'] {
  const desktop: { window?: BrowserWindow; menu?: AppMenu } = {};
  const choosePaths = createPathChooser();
  const session = openSession({
    kind: 'desktop',
    version: app.getVersion(),
    electron: process.versions['electron'] ?? null,
    spawnEngine: utilityEngine(engine),
    mayUse: () => true,
    choosePaths: (input) => choosePaths(desktop.window, input),
    listPaths: () => Promise.reject(usesDialogs()),
    showMenu: (items) => desktop.menu?.show(items),
  });
  // The engine ends and the workspace is let go of before the process is.
  app.on(
    'will-quit',
    onceSettled(
      () => atMost(CLOSE_LIMIT_MS, session.close()),
      () => app.quit(),
    ),
  );

  const writing = watchWriting(withRecents(withoutSleep(session), () => void showRecents()));
  const pageConnection = openPageConnection(writing.session);
  const open = (paths: readonly string[]): void => {
    if (paths.length > 0)
      pageConnection.announce({ name: 'open-paths', data: { paths: [...paths] } });
    show(desktop.window);
  };
  const menu = createAppMenu({
    run: (name) => pageConnection.announce({ name: 'command', data: { name } }),
    undoInField: () => desktop.window?.webContents.undo(),
    redoInField: () => desktop.window?.webContents.redo(),
    open,
  });
  async function showRecents(): Promise<void> {
    const recents = await Promise.resolve(session.calls['recents.list']({}));
    menu.setRecents(recents.filter(({ exists }) => exists).slice(0, 10));
  }

  desktop.menu = menu;
  void showRecents();
  confineSession(browserSessions.defaultSession);
  servePages(pages, session);
  const window = openWindow({
    preload,
    writing,
    onSessionEnd: () => void session.close(),
  });
  desktop.window = window;
  pageConnection.attach(window.webContents);
  window.loadURL(PAGE_URL).catch((error: unknown) => {
    // Nothing would ever be shown. A page that is read again while it is read is not that.
    if (!window.isDestroyed() && !isAborted(error)) giveUp(error);
  });
  return open;
}

/** Tells the system what was opened, for its own lists, and whoever keeps ours. */
function withRecents(session: Session, changed: () => void): Session {
  const opened = async <T extends { readonly paths: readonly string[] }>(
    work: Promise<T>,
  ): Promise<T> => {
    const source = await work;
    for (const path of source.paths) app.addRecentDocument(path);
    changed();
    return source;
  };
  const { calls, streams } = session;
  return {
    ...session,
    calls: {
      ...calls,
      async 'recents.forget'(input) {
        const answer = await calls['recents.forget'](input);
        changed();
        return answer;
      },
    },
    streams: {
      ...streams,
      'sources.open': (...given) => opened(streams['sources.open'](...given)),
      'sources.demo': (...given) => opened(streams['sources.demo'](...given)),
    },
  };
}

function show(window: BrowserWindow | undefined): void {
  if (!window || window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.focus();
}

/** Chromium's `ERR_ABORTED`: another navigation came before this one had ended. */
const isAborted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED';

function giveUp(error: unknown): void {
  const { message, hint } = toErrorInfo(error);
  const text = hint === undefined ? message : `${message}\n\n${hint}`;
  reportStart();
  dialog.showErrorBox('Marginalia cannot start', text);
  app.exit(1);
}

const usesDialogs = (): MarginaliaError =>
  new MarginaliaError('uses-dialogs', 'Folders are chosen by the dialogs of the system here.');
