import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import { beginOf, isAlive, processSpace } from './process-life.ts';

/** The process that holds a workspace. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Id of the PID namespace, within which process ids are unique: each container has one; '' elsewhere. */
  readonly space: string;
  /** When that process started, as `beginOf` gives it; '' where the system does not. */
  readonly began: string;
  readonly since: string;
}

export interface Lock {
  readonly release: () => void;
}

/** A lock without a readable owner may be half written; after this it is a leftover. */
const WRITTEN_WITHIN_MS = 5000;

/** Owners touch their lock regularly (a heartbeat), as processes in another container cannot be seen. */
const SIGN_OF_LIFE_MS = 10_000;
const DEAD_AFTER_MS = 90_000;

/** Folders held by this process. */
const held = new Set<string>();

/**
 * Locks a workspace for this process. The lock is a folder of numbered files: the process that creates the
 * file after the last one holds it, and only one can. A file is not removed before a later one exists, not
 * even when its owner releases the lock, so that no two processes can count from different ends.
 * @param folder of the lock.
 * @throws MarginaliaError `workspace-in-use` where its owner is running, or may be.
 */
export function takeLock(folder: string): Lock {
  const place = resolve(folder);
  mkdirSync(place, { recursive: true });
  for (;;) {
    const last = numbers(place).at(-1) ?? 0;
    if (last > 0) refuseIfHeld(place, String(last));
    const mine = join(place, String(last + 1));
    try {
      createWhole(mine, JSON.stringify(thisProcess()));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      // A full disk leaves a name without an owner.
      rmSync(mine, { force: true });
      throw error;
    }
    // A faster process may have taken the next one already, and removed the last.
    if (numbers(place).at(-1) !== last + 1) {
      rmSync(mine, { force: true });
      continue;
    }
    for (const n of numbers(place)) if (n <= last) rmSync(join(place, String(n)), { force: true });
    for (const name of readdirSync(place))
      if (DRAFT.test(name)) rmSync(join(place, name), { force: true });
    held.add(place);
    const signs = setInterval(() => touch(mine), SIGN_OF_LIFE_MS).unref();
    return {
      release: () => {
        clearInterval(signs);
        if (held.delete(place)) writeFileSync(mine, 'free');
      },
    };
  }
}

/** A temporary file that will be linked to its number; leftovers of killed processes are removed. */
const DRAFT = /^\d+\.draft-/;

/**
 * Creates a file atomically: it exists with its text or not at all, wherever the process is killed. On
 * drives without hard links (exFAT, some network drives) it can be seen empty for a moment.
 * @throws EEXIST where there is one.
 */
function createWhole(path: string, text: string): void {
  const draft = `${path}.draft-${randomUUID()}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', flush: true });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    writeFileSync(path, text, { flag: 'wx', flush: true });
  } finally {
    rmSync(draft, { force: true });
  }
}

const numbers = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

function refuseIfHeld(place: string, name: string): void {
  const path = join(place, name);
  const text = readIfThere(path);
  if (text === undefined || text === 'free') return;
  const owner = parse(text);
  const age = Math.abs(Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  if (owner === undefined) {
    if (age > WRITTEN_WITHIN_MS) return;
    throw inUse('Another process is opening the workspace now.', 'Try again in a few seconds.');
  }
  const { pid, host, since } = owner;
  const me = thisProcess();
  const message = `The workspace is in use by process ${pid} on ${host}, since ${since}.`;
  if (host !== me.host) {
    throw inUse(
      message,
      `Close Marginalia there. If it no longer runs there, delete the folder ${place}.`,
    );
  }
  if (owner.space !== me.space) {
    if (age > DEAD_AFTER_MS) return;
    const seconds = DEAD_AFTER_MS / 1000;
    throw inUse(
      message,
      `It runs in another container. If it has ended, try again in ${seconds} s.`,
    );
  }
  const signOfLife = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (pid === process.pid ? held.has(place) : isAlive({ ...owner, signOfLife })) {
    throw inUse(message, 'Close the other Marginalia, or use another workspace folder.');
  }
}

const inUse = (message: string, hint: string): MarginaliaError =>
  new MarginaliaError('workspace-in-use', message, hint);

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // A folder that is gone shows with the next edit.
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner?.pid === 'number' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

const thisProcess = (): Owner => ({
  pid: process.pid,
  host: hostname(),
  space: processSpace(),
  began: beginOf(process.pid),
  since: new Date().toISOString(),
});
