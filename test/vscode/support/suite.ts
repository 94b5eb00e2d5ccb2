import Mocha from 'mocha';
import { join } from 'node:path';
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
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed.`);
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
