import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { openSession, type Session } from '../../main/services/workstation/index.ts';
import { openRoots, startWebHost, type WebHost } from '../../main/web/index.ts';
import { defaultWorkspaceFolder, openWorkspace } from '../../main/workspace/index.ts';
import { MarginaliaError, toErrorInfo } from '../../shared/errors.ts';
import { canShowBrowser, openBrowser } from '../browser.ts';
import { commandHost } from '../host.ts';
import { interruptSignal } from '../interrupt.ts';
import { parseNumber } from '../parse.ts';

interface Options {
  /** Default: `USUAL_PORT`, or any that is free where it is taken. */
  readonly port?: number;
  /** Folders that pages may use. */
  readonly root?: readonly string[];
  readonly workspace: string;
  readonly pages?: string;
  /** Whether a browser is opened where that can be seen; default: yes. */
  readonly open?: boolean;
  /** What the first page opens; their folders may be used. */
  readonly paths?: readonly string[];
}

const USUAL_PORT = 8731;

const port = parseNumber(
  '--port',
  (n) => Number.isInteger(n) && n >= 0 && n <= 65_535,
  'a whole number from 0 to 65535',
);

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('open the workstation to a browser on this machine')
    .argument('[paths...]', 'folders, files or zips to open')
    .option(
      '--port <n>',
      `port on 127.0.0.1; 0 takes any that is free; default: ${USUAL_PORT} if it is free`,
      port,
    )
    .option(
      '--root <dir>',
      'folder that the browser may open and export to; may be given several times; default: those of what is opened, else the present one',
      collect,
    )
    .option(
      '--workspace <dir>',
      'folder of labels, settings and learned adapters',
      defaultWorkspaceFolder(),
    )
    .option('--pages <dir>', 'folder of the built page; default: the one of this installation')
    .option('--no-open', 'only print the address')
    .action((paths: readonly string[], options: Options) => serve({ ...options, paths }));
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Serves a workspace to browsers on this machine until Ctrl-C, or until the system ends it. */
export async function serve(options: Options): Promise<void> {
  const signal = interruptSignal();
  const pages = options.pages ?? builtPages();
  const paths = (options.paths ?? []).map((path) => resolve(path));
  const named = options.root ?? (paths.length > 0 ? [] : ['.']);
  const roots = await openRoots([...new Set([...named, ...paths.map(folderOf)])]);
  const session = openSession(
    commandHost({ mayUse: roots.mayUse, listPaths: roots.list }),
    openWorkspace(options.workspace),
  );
  try {
    const host = await startOn(options.port, (free) =>
      startWebHost({ session: openingFirst(session, paths), pages, port: free }),
    );
    console.log(`Open ${host.url}`);
    console.log('The address is a key: whoever has it can see and change what is open here.');
    console.log('Ctrl-C ends. For research use only.');
    const isSeen = canShowBrowser(process.env, process.platform, process.stdout.isTTY);
    if (options.open !== false && isSeen) await openBrowser(host.url);
    await until(signal);
    await host.close();
  } finally {
    await session.close();
  }
}

const folderOf = (path: string): string =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ? dirname(path) : path;

/** The same session, which has the first page that listens open paths. */
function openingFirst(session: Session, paths: readonly string[]): Session {
  let left = [...paths];
  return {
    ...session,
    onEvent(listener) {
      const end = session.onEvent(listener);
      if (left.length > 0) listener({ name: 'open-paths', data: { paths: left } });
      left = [];
      return end;
    },
  };
}

/** Another workstation may have the usual port, which the user did not ask for. */
async function startOn(
  wanted: number | undefined,
  start: (port: number) => Promise<WebHost>,
): Promise<WebHost> {
  if (wanted !== undefined) return start(wanted);
  return start(USUAL_PORT).catch((error: unknown) => {
    if (toErrorInfo(error).code === 'port-in-use') return start(0);
    throw error;
  });
}

/** The page as it was built, from the sources and from the build alike. */
export function builtPages(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const pages = join(folder, 'out', 'renderer');
    if (existsSync(join(pages, 'index.html'))) return pages;
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  throw new MarginaliaError(
    'no-pages',
    'The page of the workstation is not built.',
    'Build it with `npm run build`, or say with --pages where it is.',
  );
}

/** Ctrl-C, or the request of the system to end. */
const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGTERM', () => resolve());
  });
