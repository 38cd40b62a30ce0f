import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

/**
 * Bundles a TypeScript file of this folder, so that hundreds of processes start without a compiler.
 * @returns the path of the JavaScript file, in `outDir`.
 */
export async function bundled(name: string, outDir: string): Promise<string> {
  const sqlite = createRequire(import.meta.url).resolve('node-sqlite3-wasm');
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, name),
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        external: ['node-sqlite3-wasm'],
        output: {
          entryFileNames: '[name].mjs',
          paths: { 'node-sqlite3-wasm': pathToFileURL(sqlite).href },
        },
      },
    },
  });
  return join(outDir, `${basename(name, '.ts')}.mjs`);
}
