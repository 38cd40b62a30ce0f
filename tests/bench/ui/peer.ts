import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const RUNS = 3;

/**
 * What dcm2niix takes to read a series and write it uncompressed, the least of three runs in ms;
 * undefined where it is not installed.
 * @param place for what it writes, which is removed.
 */
export function timeOfDcm2niix(folder: string, place: string): number | undefined {
  const out = mkdtempSync(join(place, 'dcm2niix-'));
  try {
    const runs = Array.from({ length: RUNS }, (_, n) => {
      const begin = performance.now();
      const options = ['-z', 'n', '-f', String(n), '-o', out, folder];
      const { error, status } = spawnSync('dcm2niix', options, { stdio: 'ignore' });
      return error || status !== 0 ? undefined : performance.now() - begin;
    });
    const took = runs.filter((run) => run !== undefined);
    return took.length > 0 ? Math.min(...took) : undefined;
  } finally {
    rmSync(out, { recursive: true });
  }
}
