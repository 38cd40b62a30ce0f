import { writeFileSync } from 'node:fs';
import { START_REPORT } from '../../shared/contract/desktop.ts';

/**
 * Says to the command that started this application that the user has seen something of it: a
 * window, or why there is none. An end without it is one that nobody could see.
 */
export function reportStart(): void {
  const file = process.env[START_REPORT];
  if (file === undefined) return;
  try {
    writeFileSync(file, 'started');
  } catch {
    // Who asked for it is gone.
  }
}
