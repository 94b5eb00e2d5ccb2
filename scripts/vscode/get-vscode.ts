/**
 * Gets VS Code's own server and workbench, which the npm package code-server carries, into the person's cache folder, for machines where
 * the desktop VS Code cannot be downloaded. Does nothing when it is there already.
 *
 *     node scripts/vscode/get-vscode.ts
 */
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { cacheFolder } from '../../src/node/cache-folder.ts';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { npm } from '../npm.ts';
import { thisTarget } from '../../src/node/local/llama-folder.ts';

/** code-server 4.139.1 carries VS Code 1.139.1. */
const version = '4.139.1';

/** Parts in C++ that the server uses. Where they cannot be built, the server runs without most of them. */
const native = ['@vscode/spdlog', '@vscode/native-watchdog', 'node-pty', '@parcel/watcher', '@vscode/deviceid'];

/** @returns the folder of VS Code's server. @throws Error for people when it cannot be installed. */
export async function getVscode({ cache = cacheFolder(), say = console.error }: { readonly cache?: string; readonly say?: (line: string) => void } = {}): Promise<string> {
  const folder = join(cache, 'vscode', `${version}-${thisTarget()}`);
  if (existsSync(join(folder, 'whole'))) return folder;
  say(`Getting VS Code (code-server ${version}) with npm …`);
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    for (const file of ['package.json', 'package-lock.json']) await cp(join(import.meta.dirname, file), join(temporary, file));
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await npm(['ci', ...quiet], temporary);
    const server = join(temporary, 'node_modules', 'code-server', 'lib', 'vscode');
    await npm(['install', '--omit=dev', ...quiet], server);
    await npm(['install', '--omit=dev', ...quiet], join(server, 'extensions'));
    await build(server, say);
    await writeFile(join(server, 'whole'), version);
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(server, folder);
  } catch (error) {
    // Another process may have put it there in the meantime.
    if (!existsSync(join(folder, 'whole'))) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function build(server: string, say: (line: string) => void): Promise<void> {
  // Headers of the Node that runs this come with its package, so that nothing is downloaded for them.
  const home = dirname(dirname(process.execPath));
  const headers = [home, join(home, 'node_modules', `node-${thisTarget()}`)].find((folder) => existsSync(join(folder, 'include', 'node', 'node.h')));
  const environment = headers === undefined ? {} : { npm_config_nodedir: headers };
  for (const name of native) {
    try {
      await npm(['rebuild', name], server, environment);
    } catch (error) {
      say(`${name} cannot be built here, and is left out: ${(error as Error).message.split('\n').at(-1)}`);
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    console.log(`VS Code is in ${await getVscode()}`);
  } catch (error) {
    console.error(`VS Code cannot be had: ${(error as Error).message}\nCheck the network, then run this again.`);
    process.exitCode = 1;
  }
}
