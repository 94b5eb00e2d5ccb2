import { cellOf, type Command } from './command.ts';
import { fromOutputs } from '../notebook/outputs.ts';
import { languageIdOf } from '../../core/notebook/editor-cells.ts';
import { toCellData } from '../notebook/vscode-cells.ts';
import * as vscode from 'vscode';

/** Copies the whole text of a cell's result. */
export const copyResult: Command = {
  id: 'promptnb.copyResult',
  async run(_services, argument) {
    const text = resultOf(cellOf(argument));
    if (text === null) return;
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage('$(check) Result copied', 2000);
  },
};

/** Puts a cell's result into a new data cell below it, to be kept, edited and used. */
export const insertResult: Command = {
  id: 'promptnb.insertResult',
  async run(_services, argument) {
    const cell = cellOf(argument);
    const text = resultOf(cell);
    if (cell === undefined || text === null) return;
    const data = toCellData({ kind: 'code', languageId: languageIdOf(isJson(text) ? 'json' : 'text'), text, metadata: {}, output: null });
    const edit = new vscode.WorkspaceEdit();
    edit.set(cell.notebook.uri, [vscode.NotebookEdit.insertCells(cell.index + 1, [data])]);
    await vscode.workspace.applyEdit(edit);
  },
};

function resultOf(cell: vscode.NotebookCell | undefined): string | null {
  if (cell === undefined) return null;
  const output = fromOutputs(cell.outputs);
  if (output === null || output.text === '') {
    void vscode.window.showInformationMessage('This cell has no result yet: run it first.');
    return null;
  }
  return output.text;
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
