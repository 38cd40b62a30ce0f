import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { forkEngine, type EngineSpawner } from '../../src/main/engine/process/spawn.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { openSession, type Session } from '../../src/main/services/workstation/index.ts';
import { openWorkspace } from '../../src/main/workspace/index.ts';
import { openRoots } from '../../src/main/web/index.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { openPage, type Page } from './page.ts';

export interface Workstation {
  /** Holds everything; pages may use `root` in it. */
  readonly folder: string;
  readonly root: string;
  readonly session: Session;
  readonly page: Page;
  readonly close: () => Promise<void>;
  /** Ends the session and opens another over the same workspace, as after a restart. */
  readonly restart: () => Promise<Workstation>;
  /** The same after it was closed. */
  readonly reopen: () => Promise<Workstation>;
}

const open: Session[] = [];
const folders: string[] = [];
afterAll(async () => {
  for (const session of open) await session.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

export const PHANTOM = { seed: 3, slices: 12, size: 32 };

/** The real session over a new workspace, a tiny model and a small phantom series in `root/ct`. */
export async function openWorkstation(
  spawn: EngineSpawner = forkEngine,
  moreRoots: readonly string[] = [],
): Promise<Workstation> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'marginalia-workstation-')));
  folders.push(folder);
  const root = join(folder, 'root');
  mkdirSync(root);
  // Engines of tests read prompts by themselves: the one of the bundle has room for three words.
  writeTinyBundle(join(root, 'model'), spawn === forkEngine ? {} : { tokenizer: null });
  await writePhantomSeries(join(root, 'ct'), PHANTOM);
  const station = await start(folder, [root, ...moreRoots], spawn);
  await station.page.call('settings.change', {
    model: join(root, 'model'),
    samples: 4,
    tolerance: 0,
    device: 'cpu',
  });
  return station;
}

async function start(
  folder: string,
  folders: readonly string[],
  spawn: EngineSpawner,
): Promise<Workstation> {
  const [root = ''] = folders;
  const roots = await openRoots(folders);
  const host = {
    kind: 'web',
    version: '0.0.0',
    electron: null,
    spawnEngine: spawn,
    mayUse: roots.mayUse,
    listPaths: roots.list,
    choosePaths: () => Promise.resolve(null),
  } as const;
  const session = openSession(host, openWorkspace(join(folder, 'workspace'), { user: 'ada' }));
  open.push(session);
  const page = openPage(session);
  const close = (): Promise<void> => {
    page.close();
    open.splice(open.indexOf(session), 1);
    return session.close();
  };
  return {
    folder,
    root,
    session,
    page,
    close,
    async restart() {
      await close();
      return start(folder, folders, spawn);
    },
    reopen: () => start(folder, folders, spawn),
  };
}

/** Opens the phantom series, or that of another folder. @returns the id of its stack. */
export async function openSeries({ page, root }: Workstation, folder = 'ct'): Promise<string> {
  const source = await page.stream('sources.open', { paths: [join(root, folder)] }).result;
  const [stack] = source.stacks;
  await page.stream('volumes.open', { stack: stack!.id, resample: false }).result;
  return stack!.id;
}
