import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import vuetify from 'vite-plugin-vuetify';

/**
 * Builds into `out/`: main (the desktop application, the command, the engine process, threads), the
 * preload script, and the page that every host serves. Packages stay where npm put them.
 */
export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        input: {
          index: 'src/main/index.ts',
          cli: 'src/cli/index.ts',
          engine: 'src/main/engine/process/main.ts',
          'decode-worker': 'src/main/dicom/pixels/decode-worker.mjs',
          'picture-worker': 'src/main/picture-files/picture-worker.mjs',
          'interpolate-worker': 'src/main/services/annotate/interpolate-worker.mjs',
          'judge-worker': 'src/main/services/learn/judge-worker.mjs',
          'join-worker': 'src/main/services/suggest/join-worker.mjs',
        },
        output: {
          format: 'es',
          // A thread is started by the name that its source has.
          entryFileNames: ({ name }) => (name.endsWith('-worker') ? '[name].mjs' : '[name].js'),
          // Beside the entries: what entries share looks for the engine and for threads beside itself.
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  },
  preload: {
    build: {
      rollupOptions: {
        input: { index: 'src/preload/index.ts' },
        // A sandboxed preload script is no module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [vue(), vuetify()],
    build: { rollupOptions: { input: 'src/renderer/index.html' } },
  },
});
