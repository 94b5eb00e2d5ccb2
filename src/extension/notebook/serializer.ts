import { decodeNotebook, encodeNotebook } from '../../core/notebook/bytes.ts';
import { fromEditor, toEditor } from '../../core/notebook/editor-cells.ts';
import { fromNotebookData, toNotebookData } from './vscode-cells.ts';
import { readNotebook } from '../../core/notebook/read.ts';
import { writeNotebook } from '../../core/notebook/write.ts';
import * as vscode from 'vscode';

/** Reads and writes `.promptnb` for VS Code. A file that is not UTF-8 is refused, and stays as it is. */
export const serializer: vscode.NotebookSerializer = {
  deserializeNotebook: (bytes) => toNotebookData(toEditor(readNotebook(decodeNotebook(bytes)))),
  serializeNotebook(data) {
    const notebook = fromNotebookData(data);
    const saved = keepsOutputs() ? notebook : { ...notebook, cells: notebook.cells.map((cell) => ({ ...cell, output: null })) };
    return encodeNotebook(writeNotebook(fromEditor(saved)));
  },
};

/** Whether results stand in the file. Backups for a restart of the window are written here, too, and lose them then. */
function keepsOutputs(): boolean {
  return vscode.workspace.getConfiguration('promptnb').get('outputs') !== 'none';
}
