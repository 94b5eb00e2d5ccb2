/**
 * Bundles what runs: the command line, and the two programs that have a process or thread of their own. What is heavy is imported when
 * it is needed, and stays in chunks of its own, so that `promptnb check` starts at once.
 */
import { build } from 'esbuild';
import { chmod, readFile, rm } from 'node:fs/promises';

const { version } = JSON.parse(await readFile(new URL('./package.json', import.meta.url), 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outdir: 'dist',
  absWorkingDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  define: { PROMPTNB_VERSION: JSON.stringify(version) },
  // Packages in CommonJS ask for Node's own modules with `require`.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

await rm(new URL('./dist', import.meta.url), { recursive: true, force: true });
try {
  await Promise.all([
    // Chunks lie beside the entry, since code finds its neighbours (`regex-worker.js`) by its own place.
    build({ ...shared, entryPoints: { cli: 'src/cli/main.ts' }, splitting: true, chunkNames: '[name]-[hash]' }),
    build({ ...shared, entryPoints: { 'local-child': 'src/node/local/child.ts', 'regex-worker': 'src/node/regex/worker.ts' } }),
  ]);
} catch {
  // esbuild has printed what is wrong.
  process.exit(1);
}
await chmod(new URL('./dist/cli.js', import.meta.url), 0o755);
