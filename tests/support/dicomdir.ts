import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { missingCommand } from '../export/tools.ts';

/** Why none can be made here, undefined where one can. */
export const dicomdirMissing = missingCommand('dcmmkdir', 'dcmtk');

/**
 * Makes the DICOMDIR of a folder, by dcmtk.
 * @param names of files in it: eight capital letters or digits at most, without an ending.
 * @returns its path.
 */
export function makeDicomdir(folder: string, names: readonly string[]): string {
  const path = join(folder, 'DICOMDIR');
  execFileSync('dcmmkdir', [
    '--general-purpose',
    '--invent',
    '--input-directory',
    folder,
    '--output-file',
    path,
    ...names,
  ]);
  return path;
}
