import vue from '@vitejs/plugin-vue';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import vuetify from 'vite-plugin-vuetify';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built page. */
    readonly pages: string;
  }
}

/** Builds the page once for all specs, as electron.vite.config.ts does. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-pages-'));
  await build({
    root: resolve(import.meta.dirname, '../../../src/renderer'),
    configFile: false,
    logLevel: 'warn',
    plugins: [vue(), vuetify()],
    build: { outDir: folder, emptyOutDir: true, minify: false, chunkSizeWarningLimit: 10_000 },
  });
  project.provide('pages', folder);
  return () => rm(folder, { recursive: true, force: true });
}
