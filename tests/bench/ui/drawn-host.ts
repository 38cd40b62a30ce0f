/**
 * A host as `marginalia serve`, which in place of asking the engine suggests drawn shapes, as fast as the
 * page takes them in, and reads single maps back as if it had kept them: drawn-host <workspace> <root>
 */
import { builtPages } from '../../../src/cli/commands/serve.ts';
import { commandHost } from '../../../src/cli/host.ts';
import { openSession, type Session } from '../../../src/main/services/workstation/index.ts';
import { openRoots, startWebHost } from '../../../src/main/web/index.ts';
import { openWorkspace } from '../../../src/main/workspace/index.ts';

const [workspace, root] = process.argv.slice(2) as [string, string];
const { mayUse, list } = await openRoots([root]);
const session = openSession(commandHost({ mayUse, listPaths: list }), openWorkspace(workspace));

const SIZE = 512;
const SLICES = 500;
/** Middles and radii along i, j and k, in parts of the volume: as large as liver, spleen and kidney. */
const SHAPES = [
  { middle: [0.35, 0.45, 0.5], radii: [0.19, 0.16, 0.3] },
  { middle: [0.72, 0.5, 0.6], radii: [0.08, 0.1, 0.15] },
  { middle: [0.65, 0.62, 0.4], radii: [0.06, 0.06, 0.18] },
] as const;
/** Labels in their order, and slices that are suggested. */
const labels: string[] = [];
const suggested = new Set<number>();

/** Probability falls off over the border, where the doubt is highest. */
function mapsOf(label: string, slice: number) {
  const { middle, radii } = SHAPES[labels.indexOf(label) % SHAPES.length]!;
  const probability = new Uint8Array(SIZE * SIZE);
  const total = new Uint8Array(SIZE * SIZE);
  const z = (slice / SLICES - middle[2]) / radii[2];
  for (let v = 0; v < SIZE; v++) {
    const y = (v / SIZE - middle[1]) / radii[1];
    for (let u = 0; u < SIZE; u++) {
      const far = Math.hypot((u / SIZE - middle[0]) / radii[0], y, z);
      const p = Math.min(1, Math.max(0, 0.5 + 3 * (1 - far)));
      if (p === 0) continue;
      probability[u + SIZE * v] = Math.round(255 * p);
      total[u + SIZE * v] = Math.round(255 * 4 * p * (1 - p));
    }
  }
  const planes: 'acquired'[] = ['acquired'];
  return {
    samplesUsed: 4,
    probability,
    total,
    aleatoric: total,
    epistemic: total,
    evidence: null,
    planes,
  };
}

const run: Session['streams']['suggestions.run'] = async (
  { labels: ids, slices: [first, last], focus },
  { emit, signal, ready },
) => {
  labels.splice(0, labels.length, ...ids);
  const order = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  order.sort((a, b) => Math.abs(a - focus) - Math.abs(b - focus));
  for (const [n, index] of order.entries()) {
    for (const label of ids) {
      await ready();
      signal.throwIfAborted();
      emit({
        kind: 'slice',
        label,
        index,
        final: true,
        score: 1,
        doubt: 0.1,
        ...mapsOf(label, index),
      });
    }
    suggested.add(index);
    const text = `Suggested ${n + 1} of ${order.length} slices`;
    emit({ kind: 'progress', text, done: (n + 1) / order.length, secondsLeft: null });
  }
  return { slices: order.length };
};

const calls: Session['calls'] = {
  ...session.calls,
  'suggestions.list': () =>
    [...suggested].flatMap((index) =>
      labels.map((label) => {
        const planes: 'acquired'[] = ['acquired'];
        return { label, index, samplesUsed: 4, score: 1, doubt: 0.1, evidence: null, planes };
      }),
    ),
  'suggestions.get': ({ label, index }) => (suggested.has(index) ? mapsOf(label, index) : null),
};
const streams = { ...session.streams, 'suggestions.run': run };
const host = await startWebHost({
  session: { ...session, calls, streams },
  pages: builtPages(),
  port: 0,
});
console.log(`Open ${host.url}`);
process.once('SIGTERM', () => void host.close().then(session.close));
