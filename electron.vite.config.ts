import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import vuetify from 'vite-plugin-vuetify';

/** Builds the command, the engine process, and the page that every host serves. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rollupOptions: {
        input: {
          cli: 'src/cli/index.ts',
          engine: 'src/main/engine/process/main.ts',
          'decode-worker': 'src/main/dicom/pixels/decode-worker.mjs',
          'interpolate-worker': 'src/main/services/interpolate-worker.mjs',
          'judge-worker': 'src/main/services/judge-worker.mjs',
        },
        output: {
          format: 'es',
          // A thread is started by the name that its source has.
          entryFileNames: ({ name }) => (name.endsWith('-worker') ? '[name].mjs' : '[name].js'),
        },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [vue(), vuetify()],
    build: { outDir: 'out/renderer', rollupOptions: { input: 'src/renderer/index.html' } },
  },
});
