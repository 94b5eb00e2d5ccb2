/** Installs the packages that the lock file names, where they are not there yet. Runs on any Node from 20 on, with nothing installed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

export const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** The Node that this project's own scripts and tests run on (it runs TypeScript as it is); a package like any other. */
export const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

/** @throws Error for people when npm fails. */
export function install() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new Error(`This needs Node 20 or newer; this is ${process.versions.node}.`);
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const mark = join(root, 'node_modules', '.promptnb-lock');
  if (existsSync(node) && existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  console.error('Installing packages …');
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  if (error !== undefined) throw new Error(`npm could not be started: ${error.message}`);
  if (status !== 0) throw new Error('npm ci failed: what it says stands above. It needs a network, or a registry that can be reached.');
  writeFileSync(mark, lock);
}

/** Runs one of this project's programs and gives its exit status. */
export function run(command, args, options = {}) {
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', ...options });
  if (error !== undefined) throw new Error(`${command} could not be started: ${error.message}`);
  return signal === 'SIGINT' ? 130 : (status ?? 1);
}
