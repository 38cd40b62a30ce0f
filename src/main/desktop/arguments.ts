import { resolve } from 'node:path';
import { z } from 'zod';

/** Paths among the arguments of a command line, absolute; switches of Chromium are none. */
export const pathsAmong = (args: readonly string[], folder: string): string[] =>
  args.filter((arg) => arg !== '' && !arg.startsWith('-')).map((arg) => resolve(folder, arg));

const Handed = z.object({ paths: z.array(z.string().max(4096)).max(1000) });

/** What a second start of the application hands to the first one: paths to open. */
export function pathsHanded(data: unknown): string[] {
  const parsed = Handed.safeParse(data);
  return parsed.success ? parsed.data.paths : [];
}
