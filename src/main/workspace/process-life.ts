import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';

/** The trace that a process has left. */
export interface ProcessTrace {
  readonly pid: number;
  /** Its `beginOf`; '' where its system does not give one. */
  readonly began: string;
  /** A moment at which it was running, ISO 8601. */
  readonly since: string;
  /** When it was last seen alive, ms since 1970. */
  readonly signOfLife: number;
}

/** What this machine tells of its processes; others are for tests. */
export interface ProcessTable {
  /** Whether there is any process of that number, ours or not. */
  readonly exists: (pid: number) => boolean;
  /** `beginOf`. */
  readonly beginOf: (pid: number) => string;
  /** When a process was started, ms since 1970; undefined where the system does not say. */
  readonly startOf: (pid: number) => number | undefined;
  /** When the machine was started, ms since 1970. */
  readonly bootedAt: () => number;
}

/** Tolerance: clocks are adjusted, and systems give times in whole seconds. */
const TOLERANCE_MS = 60_000;

/**
 * Whether the process that left this trace is still running. Numbers are used again, after a restart
 * of the machine at the latest: a process that began after the trace was left is another one. Where
 * nothing tells them apart the answer is yes.
 */
export function isAlive(trace: ProcessTrace, table: ProcessTable = thisMachine): boolean {
  const { pid, began, since, signOfLife } = trace;
  if (!table.exists(pid)) return false;
  // Linux counts from a boot that has an id: no clock is involved.
  const begins = table.beginOf(pid);
  if (began !== '' && begins !== '') return began === begins;
  if (signOfLife < table.bootedAt() - TOLERANCE_MS) return false;
  const start = table.startOf(pid);
  const left = Date.parse(since);
  return start === undefined || Number.isNaN(left) || start <= left + TOLERANCE_MS;
}

/** Id of the PID namespace, within which process ids are unique: each container has one; '' elsewhere. */
export function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/**
 * Id of the boot and the ticks since then, from /proc on Linux: field 22 of `stat`, counted behind the name
 * in brackets. '' on other systems.
 */
export function beginOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '';
  }
}

const thisMachine: ProcessTable = {
  exists(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // A process of another user (EPERM) is running as well.
      return (error as NodeJS.ErrnoException).code !== 'ESRCH';
    }
  },
  beginOf,
  startOf,
  bootedAt: () => Date.now() - uptime() * 1000,
};

/** Long enough for a shell that starts slowly, not for one that hangs. */
const ASK_LIMIT_MS = 10_000;

/** Rarely called: only where a lock is left by a process whose id is in use. */
function startOf(pid: number): number | undefined {
  const [command, args] =
    process.platform === 'win32'
      ? [
          'powershell.exe',
          [
            '-NoProfile',
            '-Command',
            `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`,
          ],
        ]
      : ['ps', ['-o', 'lstart=', '-p', String(pid)]];
  try {
    const said = execFileSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: ASK_LIMIT_MS,
      windowsHide: true,
    });
    const time = Date.parse(said.trim());
    return Number.isNaN(time) ? undefined : time;
  } catch {
    // Another user's process, or no such command.
    return undefined;
  }
}
