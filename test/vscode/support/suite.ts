import Mocha from 'mocha';
import { join } from 'node:path';
import { failure } from './failure.ts';
import { hasPage, inPage } from './page.ts';
import * as vscode from 'vscode';

/** The bundle of the group's tests, beside this one. */
declare const TESTS: string;

/** What VS Code calls in the extension host: runs the group's tests, and fails when one does. */
export async function run(): Promise<void> {
  const settings = vscode.workspace.getConfiguration();
  for (const [name, value] of quiet) await settings.update(name, value, vscode.ConfigurationTarget.Global);
  const { PROMPTNB_REPORT: output = '', PROMPTNB_ROOT: root = '' } = process.env;
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, forbidOnly: true, reporter: join(root, 'scripts', 'mocha-reporter.cjs'), reporterOptions: { output }, ...(process.env['PROMPTNB_GREP'] !== undefined && { grep: process.env['PROMPTNB_GREP'] }) });
  mocha.addFile(join(__dirname, TESTS));
  const failures = await new Promise<number>((resolve) => {
    // What stood on the screen when a test failed is worth more than its message. It is taken at once, before anything is put away.
    mocha.run(resolve).on('fail', (test) => {
      if (hasPage) failure.picture = picture(join(root, 'artifacts', 'failures', `${test.fullTitle().replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 120)}.png`));
    });
  });
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}

async function picture(path: string): Promise<void> {
  await inPage(async (page, file) => void (await page.screenshot({ path: file })), path).catch(() => undefined);
}

/** Settings that keep what is not ours out of the way. */
const quiet: readonly (readonly [string, unknown])[] = [
  ['workbench.secondarySideBar.defaultVisibility', 'hidden'],
  ['chat.disableAIFeatures', true],
  ['workbench.startupEditor', 'none'],
  ['extensions.ignoreRecommendations', true],
  ['git.openRepositoryInParentFolders', 'never'],
  ['files.autoSave', 'off'],
];
