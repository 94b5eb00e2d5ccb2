import type { Services } from '../services.ts';
import { notebookType } from '../notebook/open-notebooks.ts';
import * as vscode from 'vscode';

/** A command of the palette, of a menu or of a button; package.json says where it stands and when. */
export interface Command {
  /** `promptnb.selectModel`. */
  readonly id: string;
  run(services: Services, ...args: readonly unknown[]): Promise<unknown>;
}

/** The prompt notebook in front; undefined, and a word about it, when there is none. */
export function activeEditor(): vscode.NotebookEditor | undefined {
  const editor = vscode.window.activeNotebookEditor;
  if (editor?.notebook.notebookType === notebookType) return editor;
  void vscode.window.showInformationMessage('Open a prompt notebook first: this command works on the one in front.');
  return undefined;
}

/** The cell that a menu was opened on, else the selected one of the notebook in front. */
export function cellOf(argument: unknown): vscode.NotebookCell | undefined {
  if (isCell(argument)) return argument;
  const editor = activeEditor();
  return editor === undefined || editor.notebook.cellCount === 0 ? undefined : editor.notebook.cellAt(Math.min(editor.selection.start, editor.notebook.cellCount - 1));
}

function isCell(value: unknown): value is vscode.NotebookCell {
  return typeof value === 'object' && value !== null && 'notebook' in value && 'document' in value && 'outputs' in value;
}

/** Which editor shows a notebook, the one in front first. */
export function editorOf(notebook: vscode.NotebookDocument): vscode.NotebookEditor | undefined {
  const active = vscode.window.activeNotebookEditor;
  return active?.notebook === notebook ? active : vscode.window.visibleNotebookEditors.find((editor) => editor.notebook === notebook);
}
