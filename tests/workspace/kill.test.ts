import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import { bundledProgram } from '../support/bundled.ts';
import { killWhereItWaits } from '../support/kill.ts';
import { LONG } from '../support/long.ts';
import { changesIn, DAY, imaginedDay, type ImaginedDay } from './session.ts';
import { close, newFolder, open } from './stack.ts';

/** How often the painter is killed before a change of each kind that every sitting has. */
const ROUNDS = LONG ? 6 : 1;
/** Steps of a sitting: enough for SQLite to bring its log into its file in the middle. */
const STEPS = 15;

const program = bundledProgram(join(import.meta.dirname, 'painter.ts'));

interface Sitting {
  readonly firstStep: number;
  /** Before which change to be killed: the n-th of a kind. */
  readonly kind: string;
  readonly n: number;
}

/** Lets a painter sit down again and again, until it is killed where it is meant to be. */
async function paintUntilKilled(folder: string, { firstStep, kind, n }: Sitting): Promise<number> {
  const numbers = [firstStep, STEPS, kind, n, 4].map(String);
  const { at, said } = await killWhereItWaits(program(), [folder, ...numbers]);
  expect(at).toBe(kind);
  return Number(said.at(-1) ?? 0);
}

/** One sitting that nobody disturbs. @returns how many changes of each kind it makes to files. */
async function kindsOfChange(folder: string, firstStep: number): Promise<Map<string, number>> {
  const numbers = [firstStep, STEPS, 'all', 0, 1].map(String);
  const { said } = await killWhereItWaits(program(), [folder, ...numbers]);
  const counts = new Map<string, number>();
  for (const line of said.filter((line) => Number.isNaN(Number(line))))
    counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** Opens what a killed painter left: all that it acknowledged is there, and nothing by halves. */
function requireWhole(folder: string, day: ImaginedDay, acknowledged: number): void {
  const workspace = open(folder);
  expect(workspace.recovery).toBeUndefined();
  const kept = changesIn(workspace);
  expect([acknowledged, acknowledged + 1]).toContain(kept);
  while (day.changes < kept) day.take();
  if (kept > 0) {
    const labels = day.state.labels.map((_, k) => workspace.slices.read(DAY.stack, k));
    expect(labels.every((slice, k) => Buffer.compare(slice, day.state.labels[k]!) === 0)).toBe(
      true,
    );
    expect(workspace.slices.reviews(DAY.stack)).toEqual(day.state.reviews);
  }
  close(workspace);
}

describe('a painter that is killed before any change to a file', () => {
  it('loses nothing that was acknowledged', { timeout: 3_600_000 }, async () => {
    const folder = newFolder();
    const first = await kindsOfChange(folder, 0);
    const second = await kindsOfChange(folder, STEPS);
    const ofNewWorkspace = [...first.keys()].filter((kind) => !second.has(kind));
    expect(ofNewWorkspace).toContain('opening rename workspace.sqlite');
    expect([...second.keys()]).toEqual(
      expect.arrayContaining([
        'painting write workspace.sqlite-wal',
        'painting write workspace.sqlite',
        'closing write workspace.sqlite',
      ]),
    );

    for (const kind of ofNewWorkspace) {
      const fresh = newFolder();
      await paintUntilKilled(fresh, { firstStep: 0, kind, n: 1 });
      requireWhole(fresh, imaginedDay(), 0);
    }

    const random = keyedState('kills');
    const day = imaginedDay();
    while (day.next < 2 * STEPS) day.take();
    let inTheAir = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const [kind, count] of second) {
        const n = 1 + ((nextInt32(random) >>> 0) % count);
        const { changes: before, next: firstStep } = day;
        const said = await paintUntilKilled(folder, { firstStep, kind, n });
        const acknowledged = Math.max(before, said);
        requireWhole(folder, day, acknowledged);
        inTheAir += day.changes - acknowledged;
      }
    }
    // Some of the kills fell behind a commit, before it was acknowledged.
    expect(inTheAir).toBeGreaterThan(0);

    const workspace = open(folder);
    while (workspace.journal.undo(DAY.stack) !== undefined);
    expect(workspace.slices.painted(DAY.stack)).toEqual([]);
    expect(workspace.slices.reviews(DAY.stack).every((state) => state === 'unseen')).toBe(true);
  });
});
