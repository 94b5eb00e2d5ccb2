import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** What is packed: docs and sources stay behind. */
const parts = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'dist', 'examples', 'media', 'syntaxes'];

/** Puts the extension, as it was built last, into a folder where VS Code's server looks for installed ones. */
export function installExtension(extensions: string): void {
  const { publisher, name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly publisher: string; readonly name: string; readonly version: string };
  const folder = join(extensions, `${publisher}.${name}-${version}`);
  mkdirSync(folder, { recursive: true });
  for (const part of parts) if (existsSync(join(root, part))) cpSync(join(root, part), join(folder, part), { recursive: true });
}
