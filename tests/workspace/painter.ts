/**
 * Works through the day of session.ts in sittings: opens the workspace, takes steps, closes it, and
 * again. Says how many changes are done after each step, and waits to be killed before the n-th
 * change of one kind to a file: what kill.test.ts kills.
 */
import { openWorkspace, type Workspace } from '../../src/main/workspace/index.ts';
import { beforeFileChanges } from '../support/file-changes.ts';
import { say, waitToBeKilled } from '../support/waiting-program.ts';
import { beginDay, changesIn, takeStep } from './session.ts';

const [, , folder, firstStep, steps, kind, n, sittings] = process.argv;

let doing: 'opening' | 'painting' | 'closing';
let seen = 0;
beforeFileChanges(folder!, ({ call, path }) => {
  // Locks are numbered, and their drafts have names that nobody else has.
  const now = `${doing} ${call} ${path.replace(/\d+(\.draft-.*)?$/, (_, draft) => (draft ? 'draft' : 'n'))}`;
  if (kind === 'all') say(now);
  if (now === kind && ++seen === Number(n)) waitToBeKilled(now);
});

function during<T>(what: typeof doing, work: () => T): T {
  doing = what;
  return work();
}

let step = Number(firstStep);
for (let sitting = 0; sitting < Number(sittings); sitting++) {
  const workspace = during('opening', (): Workspace => {
    const opened = openWorkspace(folder!, { user: 'painter' });
    beginDay(opened);
    return opened;
  });
  during('painting', () => {
    for (const end = step + Number(steps); step < end; step++) {
      takeStep(workspace, step);
      say(`${changesIn(workspace)}`);
    }
  });
  during('closing', () => workspace.close());
}
