/**
 * Packs the extension for one platform, with the engine of local models for this platform and no other.
 *
 *     node scripts/package.ts [--target linux-x64] [--out FILE]
 */
import { bundle } from '../esbuild.mjs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createVSIX } from '@vscode/vsce';
import { existsSync } from 'node:fs';
import { getLlama } from './get-llama.ts';
import { join, resolve } from 'node:path';
import { llamaFolderName, thisTarget } from '../src/node/local/llama-folder.ts';
import { parseArgs } from 'node:util';
import { tmpdir } from 'node:os';

const root = join(import.meta.dirname, '..');

/** What is packed beside the bundles. */
const parts = ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'examples', 'media', 'syntaxes'];

/** @returns the file's path. */
export async function packExtension({ target = thisTarget(), out }: { readonly target?: string; readonly out?: string } = {}): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown> & { readonly name: string; readonly version: string };
  const file = resolve(out ?? join(root, 'artifacts', `${manifest.name}-${target}-${manifest.version}.vsix`));
  const folder = await mkdtemp(join(tmpdir(), 'promptnb-package-'));
  try {
    await bundle(join(folder, 'dist'));
    for (const part of parts) if (existsSync(join(root, part))) await cp(join(root, part), join(folder, part), { recursive: true });
    // Everything that runs is in the bundles.
    const { dependencies: _dependencies, devDependencies: _devDependencies, scripts: _scripts, private: _private, bin: _bin, allowScripts: _allowScripts, ...packed } = manifest;
    await writeFile(join(folder, 'package.json'), JSON.stringify(packed, null, 2));
    await prune(await getLlama({ target, to: join(folder, 'llama', llamaFolderName(target)) }));
    await mkdir(join(file, '..'), { recursive: true });
    await createVSIX({ cwd: folder, packagePath: file, target, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false });
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What nobody runs: types, maps, descriptions, and the links of programs, which zip files do not keep. Licences stay. */
async function prune(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    if (file.isSymbolicLink() || (file.isFile() && /\.(?:d\.[cm]?ts|[cm]?ts|map|md|markdown)$/i.test(file.name) && !/licen[cs]e|notice/i.test(file.name))) await rm(path, { force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
  try {
    console.log(await packExtension(values));
  } catch (error) {
    console.error(`The extension cannot be packed: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
