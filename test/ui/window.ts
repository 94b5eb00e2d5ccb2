import { chromium, type Browser, type Page } from 'playwright-core';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { getChromium } from '../../scripts/vscode/get-chromium.ts';
import { getVscode } from '../../scripts/vscode/get-vscode.ts';
import { installExtension } from '../../scripts/vscode/install-extension.ts';
import { join } from 'node:path';
import { serveVscode } from '../../scripts/vscode/serve.ts';
import { skip } from '../skip.ts';
import { tmpdir } from 'node:os';
import type { Context } from 'mocha';
import type * as Vscode from 'vscode';

/** A window of VS Code as a person has it: the extension is installed, and nothing knows of a test. */
export interface Window {
  readonly page: Page;
  /** The folder that is open. */
  readonly folder: string;
  /** Runs a function in the extension host. Its text is sent: it sees nothing but its arguments. */
  host<T, A = null>(use: (vscode: typeof Vscode, argument: A) => T | PromiseLike<T>, argument?: A): Promise<T>;
  /** Writes a file into the folder. */
  write(name: string, text: string): string;
  /** Opens a notebook of the folder in the editor. */
  open(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface WindowOptions {
  /** Whether folders are trusted without asking. */
  readonly trust?: boolean;
  readonly theme?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export const themes = { dark: 'Default Dark Modern', light: 'Default Light Modern', 'high-contrast': 'Default High Contrast', 'high-contrast-light': 'Default High Contrast Light' } as const;

export async function openWindow({ trust = true, theme = themes.dark, environment = {} }: WindowOptions = {}): Promise<Window> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'promptnb-ui-')));
  const [folder, extensions, hostFile] = [join(root, 'notebooks'), join(root, 'extensions'), join(root, 'host')];
  mkdirSync(folder);
  installExtension(extensions);
  cpSync(join(import.meta.dirname, 'host'), join(extensions, 'test.host-0.0.1'), { recursive: true });
  const served = await serveVscode({ vscode: await getVscode(), data: join(root, 'data'), extensions, trust, environment: { ...environment, PROMPTNB_HOST_FILE: hostFile } });
  const browser = await launch();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })).newPage();
  const close = async (): Promise<void> => {
    await browser.close();
    await served.close();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await page.goto(`${served.origin}/?folder=${encodeURIComponent(folder)}`);
    await waitFor(() => existsSync(hostFile) && readFileSync(hostFile, 'utf8') !== '', 'the extension host');
  } catch (error) {
    await close();
    throw error;
  }
  const address = readFileSync(hostFile, 'utf8');
  const host: Window['host'] = async (use, argument) => {
    const answer = await fetch(address, { method: 'POST', body: JSON.stringify({ code: use.toString(), argument: argument ?? null }) });
    const { value, error } = (await answer.json()) as { readonly value: Awaited<ReturnType<typeof use>>; readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  };
  await host(async (vscode, settings) => {
    for (const [name, value] of Object.entries(settings)) await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
  }, { 'workbench.colorTheme': theme, 'chat.disableAIFeatures': true, 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'workbench.startupEditor': 'none', 'git.openRepositoryInParentFolders': 'never' });
  return {
    page, folder, host, close,
    write(name, text) {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    open: (name) => host(async (vscode, path) => void (await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(path), 'promptnb')), join(folder, name)),
  };
}

/** In a `before`: skips the suite where VS Code cannot be had, with the reason. */
export function needsVscode(context: Context): void {
  if (process.env.PROMPTNB_NO_VSCODE !== undefined) skip(context, process.env.PROMPTNB_NO_VSCODE);
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: getChromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

/** Waits until something holds; fails with what it waited for. */
export async function waitFor(look: () => boolean | Promise<boolean>, what: string, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; !(await look()); ) {
    if (Date.now() > end) throw new Error(`Within ${ms} ms there was no ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
