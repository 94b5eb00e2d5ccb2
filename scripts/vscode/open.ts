/**
 * Opens a notebook in a real VS Code with this extension: in the desktop's, where there is one on the path or one can be downloaded and
 * shown; else in VS Code's own server, whose address is printed, until Ctrl-C.
 *
 *     node scripts/vscode/open.ts NOTEBOOK
 */
import { cacheFolder } from '../../src/node/cache-folder.ts';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { getVscode } from './get-vscode.ts';
import { installExtension } from './install-extension.ts';
import { serveVscode } from './serve.ts';
import { canShowDesktop } from './desktop.ts';
import { spawnSync } from 'node:child_process';

const root = join(import.meta.dirname, '..', '..');

try {
  const notebook = resolve(process.argv[2] ?? join(root, 'examples', 'quickstart.promptnb'));
  const desktop = process.env['PROMPTNB_BROWSER'] === undefined ? await findDesktop() : null;
  if (desktop !== null) openDesktop(desktop, notebook);
  else await openInBrowser(notebook);
} catch (error) {
  console.error(`VS Code cannot be opened: ${(error as Error).message}\nInstall VS Code (https://code.visualstudio.com) so that \`code\` is on the path, or check the network, then run this again.`);
  process.exitCode = 1;
}

/** The program of a desktop VS Code: `code` where it is on the path and new enough, else one that is downloaded; null where none can be shown. */
async function findDesktop(): Promise<string | null> {
  const installed = spawnSync('code', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly engines: { readonly vscode: string } };
  if (installed.status === 0 && isNewEnough(installed.stdout.split('\n')[0] ?? '', engines.vscode)) return 'code';
  if (!(await canShowDesktop())) return null;
  console.error('Getting VS Code …');
  return downloadAndUnzipVSCode({ cachePath: join(cacheFolder(), 'vscode-desktop') });
}

function isNewEnough(version: string, wanted: string): boolean {
  const numbers = (text: string): readonly number[] => text.replace(/^\D+/, '').split('.').map(Number);
  const [major = 0, minor = 0] = numbers(version);
  const [atLeastMajor = 0, atLeastMinor = 0] = numbers(wanted);
  return major > atLeastMajor || (major === atLeastMajor && minor >= atLeastMinor);
}

function openDesktop(program: string, notebook: string): void {
  const { status, error } = spawnSync(program, ['--new-window', `--extensionDevelopmentPath=${root}`, dirname(notebook), notebook], { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`it ended with status ${status}.`);
}

async function openInBrowser(notebook: string): Promise<void> {
  const vscode = await getVscode();
  const data = join(cacheFolder(), 'vscode-data');
  const extensions = join(data, 'try-extensions');
  rmSync(extensions, { recursive: true, force: true });
  installExtension(extensions);
  const served = await serveVscode({ vscode, data, extensions, trust: true });
  const payload = JSON.stringify([['openFile', `vscode-remote://${new URL(served.origin).host}${notebook}`], ['skipWelcome', 'true']]);
  console.log(`\nVS Code is at ${served.origin}/?folder=${encodeURIComponent(dirname(notebook))}&payload=${encodeURIComponent(payload)}\nOpen this address in a browser. Ctrl-C ends it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void served.close());
  await new Promise((ended) => served.process.once('exit', ended));
}
