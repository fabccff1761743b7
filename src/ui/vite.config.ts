import { defineConfig } from 'vite';

/** Builds the page into `dist`, which is kept in the repository so that nothing has to be built to run. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  // Said here, so that the environment of whoever builds it changes nothing.
  mode: 'production',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
