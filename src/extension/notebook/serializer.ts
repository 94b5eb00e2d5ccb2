import { decodeNotebook, encodeNotebook } from '../../core/notebook/bytes.ts';
import { fromEditor, toEditor } from '../../core/notebook/editor-cells.ts';
import { fromNotebookData, toNotebookData } from './vscode-cells.ts';
import { readNotebook } from '../../core/notebook/read.ts';
import { writeNotebook } from '../../core/notebook/write.ts';
import type * as vscode from 'vscode';

/** Reads and writes `.promptnb` for VS Code. A file that is not UTF-8 is refused, and stays as it is. */
export const serializer: vscode.NotebookSerializer = {
  deserializeNotebook: (bytes) => toNotebookData(toEditor(readNotebook(decodeNotebook(bytes)))),
  serializeNotebook: (data) => encodeNotebook(writeNotebook(fromEditor(fromNotebookData(data)))),
};
