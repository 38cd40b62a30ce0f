import { forkEngine } from '../main/engine/process/spawn.ts';
import type { Host } from '../main/services/workstation/index.ts';
import { MarginaliaError } from '../shared/errors.ts';
import { VERSION } from './version.ts';

/** A command may use every path that the system lets its user use. */
export const EVERYWHERE: Pick<Host, 'mayUse' | 'listPaths'> = {
  mayUse: () => true,
  listPaths: () => Promise.resolve({ path: null, parent: null, entries: [] }),
};

/** A host of sessions on the command line: without dialogs. */
export const commandHost = (paths: Pick<Host, 'mayUse' | 'listPaths'>): Host => ({
  kind: 'web',
  version: VERSION,
  electron: null,
  spawnEngine: forkEngine,
  ...paths,
  choosePaths: () =>
    Promise.reject(
      new MarginaliaError(
        'no-dialogs',
        'A browser cannot show the dialogs of this machine.',
        'Choose from the list of folders.',
      ),
    ),
});
