import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/**
 * Paths among the arguments of a command line, absolute; switches of Chromium are none. Linux'
 * file managers give addresses of files where they could give paths.
 */
export const pathsAmong = (args: readonly string[], folder: string): string[] =>
  args.filter((arg) => arg !== '' && !arg.startsWith('-')).map((arg) => pathOf(arg, folder));

function pathOf(arg: string, folder: string): string {
  if (!/^file:\/\//i.test(arg)) return resolve(folder, arg);
  try {
    return fileURLToPath(arg);
  } catch {
    // It is of another machine, or broken: whoever opens it says so.
    return arg;
  }
}

const Handed = z.object({ paths: z.array(z.string().max(4096)).max(1000) });

/** What a second start of the application hands to the first one: paths to open. */
export function pathsHanded(data: unknown): string[] {
  const parsed = Handed.safeParse(data);
  return parsed.success ? parsed.data.paths : [];
}
