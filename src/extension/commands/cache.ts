import { activeEditor, type Command } from './command.ts';
import { join } from 'node:path';
import { readdir, rm, stat } from 'node:fs/promises';
import * as vscode from 'vscode';

/** Deletes the completions that are kept beside the notebook in front. Results in notebooks and records of runs stay. */
export const clearCache: Command = {
  id: 'promptnb.clearCache',
  async run({ sessions }) {
    const editor = activeEditor();
    if (editor === undefined) return;
    const folder = join(sessions.get(editor.notebook).folder, '.promptnb', 'cache');
    const { count, bytes } = await sizeOf(folder);
    if (count === 0) return void vscode.window.showInformationMessage('The cache is empty.');
    const clear = 'Clear Cache';
    const detail = `${count.toLocaleString('en-US')} completions, ${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0)} MB, for the notebooks in ${sessions.get(editor.notebook).folder}. Results in notebooks and records of runs stay. Models are asked anew.`;
    if ((await vscode.window.showWarningMessage('Delete the cached completions?', { modal: true, detail }, clear)) !== clear) return;
    await rm(folder, { recursive: true, force: true });
    vscode.window.setStatusBarMessage('$(check) Cache cleared', 2000);
  },
};

async function sizeOf(folder: string): Promise<{ readonly count: number; readonly bytes: number }> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  let count = 0;
  let bytes = 0;
  for (const name of names) {
    const file = await stat(join(folder, name)).catch(() => null);
    if (file?.isFile() !== true) continue;
    count += 1;
    bytes += file.size;
  }
  return { count, bytes };
}
