import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { failure } from './failure.ts';
import * as vscode from 'vscode';

/** A folder of the workspace for one test, and files in it. */
export interface Place {
  readonly folder: string;
  /** Writes a file. */
  write(name: string, text: string | Uint8Array): vscode.Uri;
  read(name: string): string;
}

/** A new folder in the workspace. */
export function newPlace(): Place {
  const folder = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, randomUUID().slice(0, 8));
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    write(name, text) {
      writeFileSync(join(folder, name), text);
      return vscode.Uri.file(join(folder, name));
    },
    read: (name) => readFileSync(join(folder, name), 'utf8'),
  };
}

/** Opens a notebook in an editor, and gives it the focus. */
export async function show(uri: vscode.Uri): Promise<vscode.NotebookEditor> {
  return vscode.window.showNotebookDocument(await vscode.workspace.openNotebookDocument(uri));
}

/** Writes a notebook into a folder of its own, and shows it. */
export async function showText(text: string, name = 'test.promptnb'): Promise<{ readonly place: Place; readonly editor: vscode.NotebookEditor; readonly notebook: vscode.NotebookDocument }> {
  const place = newPlace();
  const editor = await show(place.write(name, text));
  return { place, editor, notebook: editor.notebook };
}

export async function closeAll(): Promise<void> {
  await failure.picture;
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
