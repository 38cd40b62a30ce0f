import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll } from 'vitest';

/** Below node_modules, where a program finds the packages that it imports. */
const PLACE = resolve(import.meta.dirname, '../../node_modules/.cache');

/**
 * Bundles a TypeScript program for the tests of a file, so that hundreds of its processes start
 * without a compiler.
 * @param file path of its source.
 * @returns the path of the JavaScript file, once the tests run.
 */
export function bundledProgram(file: string): () => string {
  let folder: string;
  beforeAll(async () => {
    mkdirSync(PLACE, { recursive: true });
    folder = mkdtempSync(join(PLACE, 'marginalia-program-'));
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: file,
        outDir: folder,
        rolldownOptions: { output: { entryFileNames: '[name].mjs' } },
      },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, `${basename(file, '.ts')}.mjs`);
}
