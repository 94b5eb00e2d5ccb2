/**
 * Finds Chromium, or gets it: with the system's package manager where this may use it, else from where Playwright keeps it.
 *
 *     node scripts/vscode/get-chromium.ts
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { spawnSync } from 'node:child_process';

/** What the browser is called by different systems. */
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'msedge', 'microsoft-edge'];

/** @returns the program's path. @throws Error for people when there is none and none can be had. */
export function getChromium(say: (line: string) => void = console.error): string {
  const found = find();
  if (found !== null) return found;
  const failures: string[] = [];
  for (const { how, steps } of ways()) {
    say(`Getting Chromium with ${how} …`);
    const failure = steps.map(([command, ...args]) => run(command!, args)).find((one) => one !== null);
    const got = find();
    if (got !== null) return got;
    failures.push(`With ${how}: ${failure ?? 'it is not where it should be.'}`);
  }
  throw new Error(`Chromium cannot be had.\n${failures.join('\n')}`);
}

function find(): string | null {
  const named = process.env['PROMPTNB_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, process.platform === 'win32' ? `${name}.exe` : name)));
  const usual = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium', 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'];
  return [...onPath, ...usual, chromium.executablePath()].find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function ways(): readonly { readonly how: string; readonly steps: readonly (readonly string[])[] }[] {
  const root = process.getuid?.() === 0;
  const apt = existsSync('/usr/bin/apt-get') && root ? [{ how: 'apt-get', steps: [['apt-get', 'update', '-q'], ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']] }] : [];
  const playwright = { how: 'Playwright', steps: [[process.execPath, join(import.meta.dirname, '..', '..', 'node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium', '--no-shell']] };
  return [...apt, playwright];
}

/** null when it went well, else the end of what it said. */
function run(command: string, args: readonly string[]): string | null {
  const { status, error, stderr, stdout } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 10 * 60_000 });
  if (status === 0) return null;
  return error?.message ?? `status ${status}: ${`${stdout}\n${stderr}`.trim().split('\n').at(-1)}`;
}

if (process.argv[1] === import.meta.filename) {
  try {
    console.log(getChromium());
  } catch (error) {
    console.error(`${(error as Error).message}\nInstall Chromium or Chrome, or name one in PROMPTNB_CHROMIUM, then run this again.`);
    process.exitCode = 1;
  }
}
