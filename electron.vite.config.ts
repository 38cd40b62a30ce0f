import { defineConfig } from 'electron-vite';

/** Builds what needs no window: the command and the engine process. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rollupOptions: {
        input: { cli: 'src/cli/index.ts', engine: 'src/main/engine/process/main.ts' },
        output: { format: 'es' },
      },
    },
  },
});
