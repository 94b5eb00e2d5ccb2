#!/usr/bin/env node
/**
 * Stands in for the program `code` where the desktop VS Code cannot be had: takes the arguments that `@vscode/test-electron` gives, and
 * starts VS Code's own server and workbench, in a headless Chromium. The extension host is VS Code's own, on Node.
 */
import { chromium, type Page } from 'playwright-core';
import { getChromium } from '../../../scripts/vscode/get-chromium.ts';
import { getVscode } from '../../../scripts/vscode/get-vscode.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBridge } from './bridge.ts';
import { readArguments } from './arguments.ts';
import { serveVscode } from '../../../scripts/vscode/serve.ts';
import { tmpdir } from 'node:os';

const args = readArguments(process.argv.slice(2));
const temporary = mkdtempSync(join(tmpdir(), 'promptnb-vscode-'));
const front: { page?: Page } = {};
const bridge = await openBridge(() => front.page!);
const served = await serveVscode({
  vscode: await getVscode(), data: args.data ?? temporary, ...(args.installed !== null && { extensions: args.installed }), trust: args.trust, driver: true,
  environment: { PROMPTNB_PAGE: bridge.url },
});
const browser = await chromium.launch({
  executablePath: getChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--js-flags=--expose-gc'],
});
let ending = false;
const end = async (code: number): Promise<void> => {
  if (ending) return;
  ending = true;
  bridge.close();
  await browser.close().catch(() => undefined);
  await served.close();
  rmSync(temporary, { recursive: true, force: true });
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(130));
served.process.once('exit', (code) => {
  if (!ending) console.error(`VS Code's server ended with status ${code}:\n${served.log().slice(-2000)}`);
  void end(1);
});

const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1, reducedMotion: 'reduce' });
await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: served.origin });
const page = await context.newPage();
front.page = page;
page.on('crash', () => {
  console.error('The page of VS Code crashed.');
  void end(1);
});
if (process.env['PROMPTNB_PAGE_LOG'] !== undefined) page.on('console', (message) => console.error(`page ${message.type()}: ${message.text().slice(0, 500)}`));
await page.exposeFunction('codeAutomationLog', () => undefined);
await page.exposeFunction('codeAutomationExit', (code: number) => void end(code));
const remote = (path: string): string => `vscode-remote://${new URL(served.origin).host}${path}`;
const payload = [
  ...args.extensions.map((path) => ['extensionDevelopmentPath', remote(path)]),
  ...(args.tests === null ? [] : [['extensionTestsPath', remote(args.tests)]]),
  ['skipWelcome', 'true'],
];
const where = args.folder === null ? '?ew=true' : `?folder=${encodeURIComponent(args.folder)}`;
await page.goto(`${served.origin}/${where}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
