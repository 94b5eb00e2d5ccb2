/**
 * `node esbuild.mjs [FOLDER]` bundles what runs into dist/: the command line, and the two programs that have a process or a thread of
 * their own. What is heavy is imported when it is needed, and stays in chunks of its own, so that `promptnb check` starts at once.
 * Runs on any Node from 20 on.
 */
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));

/** The bundles: what each is called in the folder, and where it begins. Code finds its neighbours by these names. */
const programs = {
  cli: 'src/cli/main.ts',
  extension: 'src/extension/extension.ts',
  'local-child': 'src/node/local/child.ts',
  'regex-worker': 'src/node/regex/worker.ts',
  'token-worker': 'src/node/tokens/worker.ts',
};

/** Bundles into a fresh folder, which then takes the place of `to`: a build that fails leaves the last one whole. */
export async function bundle(to = join(root, 'dist')) {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await mkdir(dirname(to), { recursive: true });
  const fresh = await mkdtemp(`${to}-`);
  try {
    /** @type {import('esbuild').BuildOptions} */
    const shared = {
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outdir: fresh,
      absWorkingDir: root,
      define: { PROMPTNB_VERSION: JSON.stringify(version) },
      // Packages in CommonJS ask for Node's own modules with `require`.
      banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
      // Names stay, so that a stack trace says where.
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      logLevel: 'warning',
      metafile: true,
    };
    const { cli, extension, 'token-worker': counts, ...alone } = programs;
    const [chunked, whole, page] = await Promise.all([
      // Chunks lie beside the entry, since code finds its neighbours (`regex-worker.js`) by its own place.
      build({ ...shared, entryPoints: { cli, extension, 'token-worker': counts }, splitting: true, chunkNames: '[name]-[hash]', external: ['vscode'] }),
      build({ ...shared, entryPoints: alone }),
      build({ ...shared, entryPoints: { renderer: 'src/renderer/renderer.ts' }, platform: 'browser', target: 'es2024', banner: {} }),
    ]);
    await chmod(join(fresh, 'cli.js'), 0o755);
    await chmod(fresh, 0o755);
    await rm(to, { recursive: true, force: true });
    await rename(fresh, to);
    return { outputs: { ...chunked.metafile.outputs, ...whole.metafile.outputs, ...page.metafile.outputs } };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await bundle(process.argv[2] === undefined ? undefined : resolve(process.argv[2]));
  } catch (error) {
    // What is wrong in the code, esbuild has printed itself.
    if (error.code === 'ERR_MODULE_NOT_FOUND') console.error('Nothing can be built before the packages are installed: run `npm ci`, or `npm start`, which does it all.');
    else console.error(`The build failed: ${error.message}`);
    process.exitCode = 1;
  }
}
