import { join } from 'node:path';
import { readFileSync } from 'node:fs';

/** The version of `node-llama-cpp`, and of its binary packages, that this code was written and tested against. */
export const llamaVersion = '3.22.1';

/** The package with the native binary of each platform that has one which runs on any machine of that platform. */
export const binaryPackages: Readonly<Record<string, string>> = {
  'linux-x64': '@node-llama-cpp/linux-x64',
  'linux-arm64': '@node-llama-cpp/linux-arm64',
  'linux-arm': '@node-llama-cpp/linux-armv7l',
  'darwin-arm64': '@node-llama-cpp/mac-arm64-metal',
  'darwin-x64': '@node-llama-cpp/mac-x64',
  'win32-x64': '@node-llama-cpp/win-x64',
  'win32-arm64': '@node-llama-cpp/win-arm64',
};

/** `linux-x64`: what folders and packages of this machine are called, in Node's own words for platform and processor. */
export function thisTarget(): string {
  return `${process.platform}-${process.arch}`;
}

/** The folder's name for a target, beside the bundles or in the cache: `3.22.1-linux-x64`. */
export function llamaFolderName(target: string): string {
  return `${llamaVersion}-${target}`;
}

/** Where `scripts/get-llama.ts` puts the engine: `<cache>/llama/3.22.1-linux-x64`. */
export function llamaFolderIn(cache: string, target: string): string {
  return join(cache, 'llama', llamaFolderName(target));
}

/**
 * The folder whose `node_modules` holds the engine: beside the folder of the bundles (`<root>/llama/<name>`, where the packager
 * copies it), else in the cache; `undefined` when it is in neither.
 *
 * @param code the folder of the running bundle.
 */
export function findLlama(code: string, cache: string): string | undefined {
  const name = llamaFolderName(thisTarget());
  return [join(code, '..', 'llama', name), join(cache, 'llama', name)].find((folder) => isLlamaFolder(folder));
}

/** Whether this folder holds the engine, whole, in the right version, with the binary of `target`. */
export function isLlamaFolder(folder: string, target = thisTarget()): boolean {
  const binary = binaryPackages[target];
  return binary !== undefined && versionIn(folder, 'node-llama-cpp') === llamaVersion && versionIn(folder, binary) === llamaVersion;
}

function versionIn(folder: string, name: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
