import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { forkEngine } from '../../main/engine/process/spawn.ts';
import { openSession, type Host } from '../../main/services/workstation/index.ts';
import { openRoots, startWebHost, type Roots } from '../../main/web/index.ts';
import { defaultWorkspaceFolder, openWorkspace } from '../../main/workspace/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { interruptSignal } from '../interrupt.ts';
import { parseNumber } from '../parse.ts';
import { VERSION } from '../version.ts';

interface Options {
  readonly port: number;
  readonly root?: string[];
  readonly workspace: string;
  readonly pages?: string;
}

const port = parseNumber(
  '--port',
  (n) => Number.isInteger(n) && n >= 0 && n <= 65_535,
  'a whole number from 0 to 65535',
);

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('open the workstation to a browser on this machine')
    .option('--port <n>', 'port on 127.0.0.1; 0 takes any that is free', port, 8731)
    .option('--root <dir>', 'folder that the browser may open and export to; may be given several times; default: the present one', collect)
    .option('--workspace <dir>', 'folder of labels, settings and learned adapters', defaultWorkspaceFolder())
    .option('--pages <dir>', 'folder of the built page; default: the one of this installation')
    .action(run); // prettier-ignore
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

async function run(options: Options): Promise<void> {
  const signal = interruptSignal();
  const pages = options.pages ?? builtPages();
  const roots = await openRoots(options.root ?? ['.']);
  const session = openSession(webHost(roots), openWorkspace(options.workspace));
  try {
    const host = await startWebHost({ session, pages, port: options.port });
    console.log(`Open ${host.url}`);
    console.log('The address is a key: whoever has it can see and change what is open here.');
    console.log('Ctrl-C ends. For research use only.');
    await until(signal);
    await host.close();
  } finally {
    await session.close();
  }
}

function webHost(roots: Roots): Host {
  return {
    kind: 'web',
    version: VERSION,
    electron: null,
    spawnEngine: forkEngine,
    mayUse: roots.mayUse,
    listPaths: roots.list,
    choosePaths: () =>
      Promise.reject(
        new MarginaliaError(
          'no-dialogs',
          'A browser cannot show the dialogs of this machine.',
          'Choose from the list of folders.',
        ),
      ),
  };
}

/** The page as it was built, from the sources and from the build alike. */
function builtPages(): string {
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
    'Build it with `npx electron-vite build`, or say with --pages where it is.',
  );
}

/** Ctrl-C, or the request of the system to end. */
const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGTERM', () => resolve());
  });
