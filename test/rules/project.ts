import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';

export const root = join(import.meta.dirname, '..', '..');

/** Paths of the project's own files: tracked, and new ones that git does not ignore. */
export function projectFiles(...patterns: string[]): readonly string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  return list.split('\0').filter((path) => path !== '' && exists(path)).sort();
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function exists(path: string): boolean {
  try {
    readFileSync(join(root, path));
    return true;
  } catch {
    return false;
  }
}
