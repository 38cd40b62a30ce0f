import { readdirSync, readFileSync } from 'node:fs';

/** MB by kind of process; pages that several share count in part (PSS, Linux). */
export type Memory = Readonly<Record<string, number>>;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}

function kindOf(command: string): string {
  if (/cli\.js.*serve/.test(command)) return 'host';
  if (command.includes('engine')) return 'engine';
  if (!command.includes('chromium')) return 'other';
  return `chromium ${/--type=([\w-]+)/.exec(command)?.[1] ?? 'browser'}`;
}

/** What the processes that this one started take, and those that they started. */
export function memoryOfChildren(): Memory {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isOurs = (pid: number): boolean => {
    for (let at = parents.get(pid); at; at = parents.get(at)) if (at === process.pid) return true;
    return false;
  };
  const memory: Record<string, number> = {};
  for (const pid of [...parents.keys()].filter(isOurs)) {
    const kind = kindOf(read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
    const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
    if (kind !== 'other') memory[kind] = (memory[kind] ?? 0) + (kilobytes * 1024) / 1e6;
  }
  return memory;
}

export const sumOf = (memory: Memory): number =>
  Object.values(memory).reduce((sum, megabytes) => sum + megabytes, 0);

/** Looks again and again, and keeps what was most in all. */
export function watchMemory(): { readonly peak: () => Memory; readonly stop: () => void } {
  let peak = memoryOfChildren();
  const timer = setInterval(() => {
    const memory = memoryOfChildren();
    if (sumOf(memory) > sumOf(peak)) peak = memory;
  }, 200);
  return { peak: () => peak, stop: () => clearInterval(timer) };
}
