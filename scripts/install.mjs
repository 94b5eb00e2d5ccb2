/** Installs the packages that the lock file names, where they are not there yet. Runs on any Node from 20 on, with nothing installed. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that this project's own scripts and tests run on (it runs TypeScript as it is): a package like any other. */
export const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The oldest Node that may run this, as `engines` in package.json says. */
const oldestNode = 20;

/** @throws Error for people, when it cannot be done. */
export function install() {
  if (Number(process.versions.node.split('.')[0]) < oldestNode) {
    throw new Error(`This needs Node ${oldestNode} or newer, and this is ${process.versions.node}. Install a newer one, then run this again.`);
  }
  if (existsSync(node) && isInstalled(readJson('package-lock.json'), readJson('node_modules/.package-lock.json'))) return;
  console.error('Installing packages …');
  const { status, error } = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (error !== undefined) throw new Error(`npm could not be started (${error.message}). It comes with Node: install it, then run this again.`);
  if (status !== 0) throw new Error('The packages could not be installed: what npm says stands above. It needs the network, or a registry that can be reached (`npm config get registry`). Run this again when it has one.');
  if (!existsSync(node)) {
    throw new Error('The package `node` came without its program. npm runs the script that gets it only when scripts are allowed (`npm config get ignore-scripts` must say false). Allow them, then run this again.');
  }
}

/** Whether npm's own list of what it installed holds every package of the lock, in its version. What is optional may be for other platforms. */
export function isInstalled(lock, installed) {
  if (lock === null || installed === null) return false;
  return Object.entries(lock.packages).every(([path, { version, optional }]) => {
    const there = installed.packages[path];
    return path === '' || (there === undefined ? optional === true : there.version === version);
  });
}

/** Runs one of this project's programs, and gives its exit status (130 after Ctrl-C). */
export function run(command, args, options = {}) {
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
  if (error !== undefined) throw new Error(`${command} could not be started: ${error.message}`);
  return signal === 'SIGINT' ? 130 : (status ?? 1);
}

/** The environment of this project's programs: a `node` that they start is the project's own, as under `npm run`. */
export function environment(more = {}) {
  const separator = process.platform === 'win32' ? ';' : ':';
  return { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(separator), ...more };
}

function npm(args) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] };
  // Under `npm start` this is the very npm that runs; else the one on the path.
  const own = process.env.npm_execpath;
  if (own !== undefined && /npm-cli\.c?js$/.test(own)) return spawnSync(process.execPath, [own, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return null;
  }
}
