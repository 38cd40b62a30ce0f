import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { constants, runInNewContext, Script } from 'node:vm';
import type * as Electron from 'electron';
import type { DesktopApi } from '../../src/shared/contract/desktop.ts';

/**
 * The few APIs of Electron that the desktop uses, in Node: enough to load the built main module and
 * preload script as they are. Every part is checked against Electron's own types.
 */

const root = resolve(import.meta.dirname, '../..');
const PLACE = 'marginalia.electron';
const NAMES =
  'app, BrowserWindow, Menu, dialog, ipcMain, powerSaveBlocker, protocol, screen, session, utilityProcess';

/** Node resolves 'electron' to what lies in `PLACE`; one module for each module that asks. */
const HOOKS = `export async function resolve(specifier, context, next) {
  if (specifier !== 'electron') return next(specifier, context);
  const text = '/* ' + context.parentURL + ' */ export const { ${NAMES} } = globalThis[Symbol.for("${PLACE}")];';
  return { url: 'data:text/javascript,' + encodeURIComponent(text), shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
/** An import of Node, not of the test runner, which would transform what is built. */
const importBuilt = new Script('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}).runInThisContext() as (url: string) => Promise<unknown>;

type Frame = { url: string };
type Answer = (allowed: boolean) => void;
/** Whether a frame of such an address, or origin, may do it. */
type Allows = (permission: string, address?: string, isMainFrame?: boolean) => boolean;

/** What lies in the memory behind the arrays of a message and is not shown by them: Electron sends it. */
function bytesBeside(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.buffer.byteLength - value.byteLength;
  return Object.values(value).reduce((sum: number, item) => sum + bytesBeside(item), 0);
}

/** The contents of a window; `send` reaches the preload script of the page in it. */
function createContents() {
  const ipcRenderer = new EventEmitter();
  const state = {
    reloads: 0,
    crashes: 0,
    openHandler: undefined as
      Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined,
  };
  const mainFrame: Frame = { url: '' };
  const contents = Object.assign(new EventEmitter(), {
    mainFrame: mainFrame as Electron.WebFrameMain,
    isDestroyed: () => false,
    send: (channel, message) => {
      const copy: unknown = structuredClone(message);
      setImmediate(() => ipcRenderer.emit(channel, {}, copy));
    },
    reload: () => void state.reloads++,
    forcefullyCrashRenderer: () => void state.crashes++,
    setWindowOpenHandler: (handler) => void (state.openHandler = handler),
  } satisfies Partial<Electron.WebContents>);
  /** A navigation of the main frame, with Electron's events in its order. @returns whether it took place. */
  function navigate(url: string, byPage = false): boolean {
    contents.emit('did-start-navigation', { url, isMainFrame: true, isSameDocument: false });
    let isRefused = false;
    // Not for what the main process asks for.
    if (byPage) contents.emit('will-navigate', { url, preventDefault: () => (isRefused = true) });
    if (isRefused) return false;
    mainFrame.url = url;
    contents.emit('did-navigate', {}, url);
    return true;
  }
  return { contents, mainFrame, state, ipcRenderer, navigate };
}
export type Contents = ReturnType<typeof createContents>;

export function createElectron() {
  const windows: WindowDouble[] = [];
  const engines = new Set<Pick<Electron.ProcessMetric, 'pid' | 'serviceName'>>();
  /** Every utility process that was started, as main has it. */
  const utilities: Electron.UtilityProcess[] = [];
  const log = {
    privileged: [] as Electron.CustomScheme[],
    recents: [] as string[],
    errors: [] as string[],
    /** What dialogs for files and folders were asked to show. */
    dialogs: [] as Electron.OpenDialogOptions[],
    /** Messages of dialogs with buttons. */
    asked: [] as string[],
    menus: [] as Electron.MenuItemConstructorOptions[][],
    /** Bytes that messages to utility processes would have taken along in Electron. */
    dragged: 0,
    switches: [] as string[],
    /** What keeps the system awake now. */
    blockers: new Map<number, string>(),
    quits: 0,
    exits: [] as number[],
    sandboxed: false,
    handed: undefined as unknown,
    /** The profile of which there is to be one window. */
    lockedIn: undefined as string | undefined,
  };
  const answers = {
    isFirst: true,
    /** The code of the error that loading ends with. */
    loads: true as true | 'ERR_FAILED' | 'ERR_ABORTED',
    /** On Wayland a hidden window often paints nothing: `ready-to-show` comes after `show`. */
    paintsHidden: true,
    chosen: null as string[] | null,
    button: 0,
    /** Called with every utility process as it has spawned, before it can have said anything. */
    onSpawned: undefined as ((child: Electron.UtilityProcess) => void) | undefined,
  };
  let userData = '/nowhere';
  let isStarted = false;
  let ready!: () => void;
  const isReady = new Promise<void>((go) => (ready = go)).then(() => void (isStarted = true));
  /** Like Electron: closes the windows, then asks whoever wants to wait. */
  function quit(): void {
    log.quits++;
    const open = windows.filter(({ isGone }) => !isGone);
    for (const window of open) window.close();
    if (windows.some(({ isGone }) => !isGone)) return;
    let isStopped = false;
    app.emit('will-quit', { preventDefault: () => (isStopped = true) });
    if (!isStopped) app.emit('quit');
  }
  const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    getVersion: () => '9.9.9',
    getPath: () => userData,
    setPath: (_, path) => {
      // As Electron is.
      if (!existsSync(path)) throw new Error(`${path} does not exist`);
      userData = path;
    },
    requestSingleInstanceLock: (data) => {
      log.handed = data;
      log.lockedIn = userData;
      return answers.isFirst;
    },
    enableSandbox: () => void (log.sandboxed = true),
    commandLine: {
      // As Electron is: too late is silently too late.
      appendSwitch: (name: string) => void (isStarted || log.switches.push(name)),
    } as Electron.CommandLine,
    whenReady: () => isReady,
    addRecentDocument: (path) => void log.recents.push(path),
    getAppMetrics: () => [...engines] as Electron.ProcessMetric[],
    quit,
    exit: (code = 0) => void log.exits.push(code),
  } satisfies Partial<Electron.App>);

  class WindowDouble extends EventEmitter {
    static getAllWindows = (): WindowDouble[] => windows.filter(({ isGone }) => !isGone);
    readonly inside = createContents();
    readonly webContents = this.inside.contents as unknown as Electron.WebContents;
    readonly options: Electron.BrowserWindowConstructorOptions;
    isShown = false;
    isGone = false;
    title = '';
    constructor(options: Electron.BrowserWindowConstructorOptions) {
      super();
      this.options = options;
      windows.push(this);
      app.emit('web-contents-created', {}, this.webContents);
    }
    show = (): void => void (this.isShown = true);
    focus = (): void => undefined;
    restore = (): void => undefined;
    maximize = (): void => undefined;
    isMinimized = (): boolean => false;
    isMaximized = (): boolean => false;
    isDestroyed = (): boolean => this.isGone;
    getNormalBounds = (): Electron.Rectangle => ({ x: 40, y: 50, width: 1000, height: 700 });
    setTitle = (title: string): void => void (this.title = title);
    loadURL = (url: string): Promise<void> => {
      if (answers.loads !== true) {
        const error = new Error(`${answers.loads} loading '${url}'`);
        return Promise.reject(Object.assign(error, { code: answers.loads }));
      }
      this.inside.navigate(url);
      if (answers.paintsHidden) this.emit('ready-to-show');
      this.inside.contents.emit('did-finish-load');
      return Promise.resolve();
    };
    close = (): void => {
      let isStopped = false;
      this.emit('close', { preventDefault: () => (isStopped = true) });
      if (isStopped || this.isGone) return;
      this.isGone = true;
      this.inside.contents.emit('destroyed');
      if (windows.every(({ isGone }) => isGone)) app.emit('window-all-closed');
    };
  }
  const typedWindow: (
    options: Electron.BrowserWindowConstructorOptions,
  ) => Pick<
    Electron.BrowserWindow,
    | 'webContents'
    | 'show'
    | 'focus'
    | 'restore'
    | 'maximize'
    | 'isMinimized'
    | 'isMaximized'
    | 'isDestroyed'
    | 'getNormalBounds'
    | 'setTitle'
    | 'loadURL'
    | 'close'
  > = (options) => new WindowDouble(options);
  void typedWindow;

  const browserSession = {
    request: undefined as unknown as Allows,
    check: undefined as unknown as Allows,
    device: undefined as unknown as () => boolean,
    isCancelled: undefined as unknown as (url: string) => boolean,
  };
  const defaultSession = {
    setPermissionRequestHandler: (handler) => {
      browserSession.request = (permission, requestingUrl = '', isMainFrame = true) => {
        let allowed: boolean | undefined;
        const answer: Answer = (is) => (allowed = is);
        handler?.({} as never, permission as never, answer, { requestingUrl, isMainFrame });
        return allowed!;
      };
    },
    setPermissionCheckHandler: (handler) => {
      browserSession.check = (permission, origin = '', isMainFrame = true) =>
        handler!(null, permission as never, origin, { isMainFrame });
    },
    setDevicePermissionHandler: (handler) =>
      void (browserSession.device = () => handler!({} as never)),
    webRequest: {
      onBeforeRequest: (
        handler: (details: { url: string }, answer: (is: { cancel?: boolean }) => void) => void,
      ) => {
        browserSession.isCancelled = (url) => {
          let cancelled = false;
          handler({ url }, ({ cancel = false }) => (cancelled = cancel));
          return cancelled;
        };
      },
    } as unknown as Electron.WebRequest,
  } satisfies Partial<Electron.Session>;

  const ipcMain = new EventEmitter();
  let handler: (request: Request) => Response | Promise<Response>;
  const protocol = {
    registerSchemesAsPrivileged: (schemes) => void log.privileged.push(...schemes),
    handle: (_, given) => void (handler = given as never),
  } satisfies Partial<Electron.Protocol>;
  const dialog = {
    showErrorBox: (title, text) => void log.errors.push(`${title}: ${text}`),
    showOpenDialog: (...given: unknown[]) => {
      log.dialogs.push(given.at(-1) as Electron.OpenDialogOptions);
      return Promise.resolve({
        canceled: answers.chosen === null,
        filePaths: answers.chosen ?? [],
      });
    },
    showMessageBox: (_: unknown, options?: Electron.MessageBoxOptions) => {
      log.asked.push(options?.message ?? '');
      return Promise.resolve({ response: answers.button, checkboxChecked: false });
    },
  } satisfies Partial<Electron.Dialog>;
  const Menu = {
    buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template as never,
    setApplicationMenu: (menu: unknown) => void log.menus.push(menu as never),
    getApplicationMenu: () => null,
  } satisfies Partial<typeof Electron.Menu>;
  const screen = {
    getAllDisplays: () => [
      { workArea: { x: 0, y: 0, width: 1920, height: 1080 } } as Electron.Display,
    ],
  } satisfies Partial<Electron.Screen>;
  const utilityProcess = {
    fork: (path: string, _: string[], { serviceName = '' }: Electron.ForkOptions) => {
      const child = fork(resolve(import.meta.dirname, 'utility.mjs'), [pathToFileURL(path).href], {
        // As utility processes are since Electron 37.
        execArgv: ['--unhandled-rejections=warn'],
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      const stderr = new PassThrough();
      let hasSpawned = false;
      const double = Object.assign(new EventEmitter(), {
        stderr,
        postMessage: (message: unknown) => {
          log.dragged += bytesBeside(message);
          if (child.connected) child.send(message as object, () => undefined);
        },
        // As Electron is: there is nothing to kill before it has spawned (electron#44009).
        kill: () => hasSpawned && child.kill('SIGKILL'),
      } satisfies Partial<Electron.UtilityProcess>);
      child.on('message', (message) => double.emit('message', message));
      const metric = { pid: child.pid!, serviceName };
      engines.add(metric);
      setImmediate(() => {
        hasSpawned = true;
        double.emit('spawn');
        answers.onSpawned?.(double as unknown as Electron.UtilityProcess);
      });
      const written: Buffer[] = [];
      child.stderr!.on('data', (bytes: Buffer) => written.push(bytes));
      child.on('close', () => setImmediate(() => stderr.end(Buffer.concat(written))));
      child.on('exit', (code) => {
        engines.delete(metric);
        double.emit('exit', code ?? 0);
        // As Electron does (lib/browser/api/utility-process.ts): what was written last may come later.
        stderr.removeAllListeners();
      });
      utilities.push(double as unknown as Electron.UtilityProcess);
      return utilities.at(-1)!;
    },
  };

  let blockers = 0;
  const powerSaveBlocker = {
    start: (type) => {
      log.blockers.set(++blockers, type);
      return blockers;
    },
    stop: (id) => log.blockers.delete(id),
    isStarted: (id) => log.blockers.has(id),
  } satisfies Electron.PowerSaveBlocker;

  const main = {
    app,
    BrowserWindow: WindowDouble,
    Menu,
    dialog,
    ipcMain,
    powerSaveBlocker,
    protocol,
    screen,
    session: { defaultSession },
    utilityProcess,
  };

  /** A message to main from a page: its own main frame, unless said otherwise. */
  function sendToMain(
    channel: string,
    message: unknown,
    from: { sender: unknown; senderFrame: unknown },
  ): void {
    const copy: unknown = structuredClone(message);
    setImmediate(() => ipcMain.emit(channel, from, copy));
  }

  return {
    ...{ log, answers, windows, app, browserSession, ready, sendToMain, main, utilities },
    /** As the protocol's handler answers the page. */
    fetch: (url: string, init?: RequestInit) => handler(new Request(url, init)),
    /** Loads the built main module as Electron does. */
    async start(args: readonly string[] = [], switches: readonly string[] = []) {
      (globalThis as Record<symbol, unknown>)[Symbol.for(PLACE)] = main;
      const before = process.argv;
      process.argv = [process.execPath, ...switches, root, ...args];
      const url = pathToFileURL(resolve(root, 'out/main/index.js'));
      url.search = String(performance.now());
      await importBuilt(url.href);
      process.argv = before;
    },
    /** Runs the built preload script of a window, in a realm without Node. @returns what the page gets. */
    preload({ options, inside }: WindowDouble): { name: string; api: DesktopApi } {
      const exposed: { name: string; api: DesktopApi }[] = [];
      const { ipcRenderer } = inside;
      const from = { sender: inside.contents, senderFrame: inside.mainFrame };
      const renderer = {
        contextBridge: {
          exposeInMainWorld: (name, api: DesktopApi) => void exposed.push({ name, api }),
        },
        ipcRenderer: {
          send: (channel, message: unknown) => sendToMain(channel, message, from),
          on: (channel, listener) => ipcRenderer.on(channel, listener) as never,
          removeAllListeners: (channel) => ipcRenderer.removeAllListeners(channel) as never,
        },
        webUtils: { getPathForFile: (file) => `/dropped/${file.name}` },
      } satisfies {
        contextBridge: Partial<Electron.ContextBridge>;
        ipcRenderer: Partial<Electron.IpcRenderer>;
        webUtils: Partial<Electron.WebUtils>;
      };
      const require = (name: string): unknown => {
        if (name === 'electron') return renderer;
        throw new Error(`A sandboxed preload script cannot load ${name}.`);
      };
      runInNewContext(readFileSync(options.webPreferences!.preload!, 'utf8'), {
        require,
        module: {},
        exports: {},
      });
      if (exposed.length !== 1) throw new Error(`${exposed.length} objects are exposed.`);
      return exposed[0]!;
    },
  };
}
export type ElectronDouble = ReturnType<typeof createElectron>;
