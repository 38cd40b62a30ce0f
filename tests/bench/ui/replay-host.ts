/**
 * A host as `marginalia serve`, which in place of asking the engine plays what the engine gave before,
 * from the workspace, at a pace that a fast machine would have: replay-host <workspace> <root>
 */
import { setTimeout } from 'node:timers/promises';
import { builtPages } from '../../../src/cli/commands/serve.ts';
import { commandHost } from '../../../src/cli/host.ts';
import { openSession, type Session } from '../../../src/main/services/workstation/index.ts';
import { openRoots, startWebHost } from '../../../src/main/web/index.ts';
import { openWorkspace } from '../../../src/main/workspace/index.ts';
import type { StreamFrame } from '../../../src/shared/contract/index.ts';
import { REPLAY } from './replay.ts';

const [workspace, root] = process.argv.slice(2) as [string, string];
const { mayUse, list } = await openRoots([root]);
const session = openSession(commandHost({ mayUse, listPaths: list }), openWorkspace(workspace));

/** Each map on the slice that is looked at, so that each is drawn. */
const replay: Session['streams']['suggestions.run'] = async (
  { stack, focus },
  { emit, signal },
) => {
  const frames: StreamFrame<'suggestions.run'>[] = [];
  for (const summary of await session.calls['suggestions.list']({ stack })) {
    const { label, index } = summary;
    const maps = await session.calls['suggestions.get']({ stack, label, index });
    if (maps) frames.push({ kind: 'slice', final: true, ...summary, ...maps, index: focus });
  }
  const begin = performance.now();
  for (let n = 0; n < REPLAY.maps; n++) {
    const due = begin + (n * 1000) / REPLAY.perSecond;
    await setTimeout(Math.max(0, due - performance.now()), undefined, { signal });
    emit(frames[n % frames.length]!);
  }
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${REPLAY.maps} of ${frames.length} different ones in ${seconds.toFixed(1)} s`);
  return { slices: frames.length };
};

const streams = { ...session.streams, 'suggestions.run': replay };
const host = await startWebHost({ session: { ...session, streams }, pages: builtPages(), port: 0 });
console.log(`Open ${host.url}`);
process.once('SIGTERM', () => void host.close().then(session.close));
