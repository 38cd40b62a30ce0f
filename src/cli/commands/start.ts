import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultWorkspaceFolder } from '../../main/workspace/index.ts';
import {
  electronExecutable,
  electronFolder,
  installElectron,
  runElectron,
  windowProblem,
} from '../electron.ts';
import { builtPages, serve } from './serve.ts';

interface Options {
  readonly workspace: string;
  readonly browser: boolean;
}

/** Electron's executable has about 110 MB. */
const INSTALL_LIMIT_MS = 180_000;

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('open the workstation in a window, or in a browser where there can be none')
    .argument('[paths...]', 'folders, files or zips to open')
    .option(
      '--workspace <dir>',
      'folder of labels, settings and learned adapters',
      defaultWorkspaceFolder(),
    )
    .option('--browser', 'in the browser in any case', false)
    .action(run);
}

async function run(paths: readonly string[], { workspace, browser }: Options): Promise<void> {
  const absolute = paths.map((path) => resolve(path));
  if (!browser) {
    const problem = await openWindow(absolute, workspace);
    if (problem === undefined) return;
    console.log(`There is no window (${problem}): the workstation opens in the browser instead.`);
  }
  // No folder was given: the page may list what its user can read on the desktop.
  await serve({ root: [homedir()], workspace, paths: absolute });
}

/** Resolves when the window is closed. @returns why none was opened. */
async function openWindow(
  paths: readonly string[],
  workspace: string,
): Promise<string | undefined> {
  const cannot = windowProblem();
  if (cannot !== undefined) return cannot;
  const folder = electronFolder();
  if (folder === undefined) return 'Electron is not installed';
  if (electronExecutable(folder) === undefined) {
    console.log('Fetching Electron, once; this may take some minutes …');
    const problem = await installElectron(folder, INSTALL_LIMIT_MS);
    if (problem !== undefined) return `Electron could not be installed: ${problem}`;
  }
  const application = join(builtPages(), '..', '..');
  const env = { ...process.env, MARGINALIA_WORKSPACE: resolve(workspace) };
  const end = await runElectron(electronExecutable(folder)!, [application, ...paths], env);
  if (end.kind === 'failed') return `Electron does not run here: ${end.reason}`;
  process.exitCode = end.code;
  return undefined;
}
