// Builds the page into web/dist, from where crates/server/build.rs embeds it. Names carry a hash of the content, so that
// the server may let browsers keep them for ever.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const own = (file: string) => fileURLToPath(new URL(`src/${file}`, import.meta.url));

export default defineConfig({
  base: '/graphiql/',
  // What GraphiQL brings and does not need: a third of the size.
  resolve: {
    alias: {
      'monaco-graphql/esm/monaco-editor.js': own('monaco.ts'),
      'prettier/parser-babel': own('json.ts'),
      'prettier/plugins/estree': own('json.ts'),
    },
  },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    // As files: the page's policy then needs no `data:` for them.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      // "use client" means nothing outside of a server that renders.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
  },
});
