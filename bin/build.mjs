#!/usr/bin/env node
// @ts-check
// Builds everything that runs from `out/`, where that is missing or older than the sources.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'out');
/** Written last: when the build began, in ms since 1970. */
const STAMP = 'built-at';
const SOURCES = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];

/** Whether what is built is what the sources say. An installation without sources is as it is. */
export function isBuilt() {
  if (!existsSync(join(out, STAMP))) return false;
  const builtAt = Number(readFileSync(join(out, STAMP), 'utf8'));
  return !SOURCES.some((name) => changedAt(join(root, name)) > builtAt);
}

/**
 * Time of the last change in a file, or in a folder and all below; of what is not there, never.
 * @param {string} path
 * @returns {number}
 */
function changedAt(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return -Infinity;
  if (!stats.isDirectory()) return stats.mtimeMs;
  // The time of a folder tells what was taken away.
  const inside = readdirSync(path).map((name) => changedAt(join(path, name)));
  return Math.max(stats.mtimeMs, ...inside);
}

/**
 * Builds beside the old build and takes its place in the end: a build that fails or is interrupted
 * changes nothing, and of two at once the first one stays.
 * @returns {Promise<string | undefined>} What went wrong.
 */
export async function build() {
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  if (!existsSync(builder)) return 'The tools to build it are not installed.';
  const cache = join(root, 'node_modules', '.cache');
  const fresh = join(cache, `marginalia-${process.pid}`);
  const old = `${fresh}-old`;
  const began = Date.now();
  try {
    const child = spawn(
      process.execPath,
      [builder, 'build', '--outDir', fresh, '--logLevel', 'error'],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => (said += text));
    }
    const [code] = await once(child, 'close');
    if (code !== 0) return said.trim();
    writeFileSync(join(fresh, STAMP), String(began));
    // Somebody else was faster.
    if (isBuilt()) return undefined;
    if (existsSync(out)) renameSync(out, old);
    renameSync(fresh, out);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds what is not built. Ends the process where that cannot be done. */
export async function ensureBuilt() {
  if (isBuilt()) return;
  process.stderr.write('Building Marginalia from its sources; this takes some seconds …\n');
  const problem = await build();
  if (problem === undefined) return;
  process.stderr.write(
    `marginalia: It could not be built.\n${problem.replace(/^/gm, '  ')}\n  hint: Run \`npm ci\`, then try again.\n`,
  );
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureBuilt();
