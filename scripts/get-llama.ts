/**
 * Installs the engine for local models (node-llama-cpp, with the one binary package of the target platform) into a folder of its own:
 * in the person's cache folder, or where `--to` says, for the packager. Does nothing when it is there already.
 *
 *     node scripts/get-llama.ts [--target linux-x64] [--to FOLDER]
 */
import { binaryPackages, isLlamaFolder, llamaFolderIn, llamaVersion, thisTarget } from '../src/node/local/llama-folder.ts';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cacheFolder } from '../src/node/cache-folder.ts';
import { dirname, join, resolve } from 'node:path';
import { npm } from './npm.ts';
import { parseArgs } from 'node:util';

interface Lock {
  readonly packages: Record<string, { optionalDependencies?: Record<string, string> } | undefined>;
}

/** @returns the folder. @throws Error for people when it cannot be installed. */
export async function getLlama({ target = thisTarget(), to }: { readonly target?: string; readonly to?: string } = {}): Promise<string> {
  const binary = binaryPackages[target];
  if (binary === undefined) throw new Error(`There is no binary of node-llama-cpp for ${target}. There is one for: ${Object.keys(binaryPackages).join(', ')}.`);
  const folder = to === undefined ? llamaFolderIn(cacheFolder(), target) : resolve(to);
  if (isLlamaFolder(folder, target)) return folder;
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    await install(temporary, { target, binary });
    if (!isLlamaFolder(temporary, target)) throw new Error(`npm installed node-llama-cpp ${llamaVersion} without ${binary}.`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(temporary, folder);
  } catch (error) {
    // Another process may have put it there in the meantime.
    if (!isLlamaFolder(folder, target)) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function install(folder: string, { target, binary }: { readonly target: string; readonly binary: string }): Promise<void> {
  const source = join(import.meta.dirname, 'llama');
  const lock = JSON.parse(await readFile(join(source, 'package-lock.json'), 'utf8')) as Lock;
  const locked = onlyBinary(lock, binary);
  await cp(join(source, 'package.json'), join(folder, 'package.json'));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock, null, 2));
  const [os = '', cpu = ''] = target.split('-');
  const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(os === 'linux' ? ['--libc=glibc'] : [])];
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(['ci', ...platform, ...quiet], folder);
  // A binary that the lock does not hold is fixed by its exact version only.
  if (!locked) await npm(['install', '--no-save', '--force', ...platform, ...quiet, `${binary}@${llamaVersion}`], folder);
  // The source of llama.cpp, for building it: 34 MB that prebuilt binaries have no use for.
  await rm(join(folder, 'node_modules', 'node-llama-cpp', 'llama', 'gitRelease.bundle'), { force: true });
}

/** Takes every binary package but this one out of the lock; whether this one is in it. */
function onlyBinary(lock: Lock, binary: string): boolean {
  const kept = `node_modules/${binary}`;
  for (const path of Object.keys(lock.packages)) {
    if (path.startsWith('node_modules/@node-llama-cpp/') && path !== kept) delete lock.packages[path];
  }
  const locked = lock.packages[kept] !== undefined;
  const owner = lock.packages['node_modules/node-llama-cpp'];
  if (owner?.optionalDependencies !== undefined) owner.optionalDependencies = locked ? { [binary]: llamaVersion } : {};
  return locked;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { target: { type: 'string' }, to: { type: 'string' } } });
  try {
    const folder = await getLlama(values);
    console.log(`The engine for local models is in ${folder}`);
  } catch (error) {
    console.error(`The engine for local models cannot be installed: ${(error as Error).message}\nWithout it, local: models do not run; everything else works. Check the network, then run this again.`);
    process.exitCode = 1;
  }
}
