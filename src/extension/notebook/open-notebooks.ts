import { openNotebook, type OpenNotebook } from './open-notebook.ts';
import * as vscode from 'vscode';

export const notebookType = 'promptnb';

/** The open prompt notebooks of this window. */
export interface OpenNotebooks extends vscode.Disposable {
  get(document: vscode.NotebookDocument): OpenNotebook;
  readonly all: readonly OpenNotebook[];
  readonly onDidOpen: vscode.Event<OpenNotebook>;
  readonly onDidClose: vscode.Event<OpenNotebook>;
  /** A text, an output or the order of cells has changed. */
  readonly onDidChange: vscode.Event<OpenNotebook>;
}

export function openNotebooks(): OpenNotebooks {
  const open = new Map<vscode.NotebookDocument, OpenNotebook>();
  const didOpen = new vscode.EventEmitter<OpenNotebook>();
  const didClose = new vscode.EventEmitter<OpenNotebook>();
  const didChange = new vscode.EventEmitter<OpenNotebook>();
  const get = (document: vscode.NotebookDocument): OpenNotebook => {
    let notebook = open.get(document);
    if (notebook === undefined) {
      open.set(document, (notebook = openNotebook(document)));
      didOpen.fire(notebook);
    }
    return notebook;
  };
  const changed = (document: vscode.NotebookDocument): void => {
    const notebook = open.get(document);
    if (notebook === undefined) return;
    notebook.changed();
    didChange.fire(notebook);
  };
  const subscriptions = vscode.Disposable.from(
    vscode.workspace.onDidOpenNotebookDocument((document) => {
      if (document.notebookType === notebookType) get(document);
    }),
    vscode.workspace.onDidCloseNotebookDocument((document) => {
      const notebook = open.get(document);
      open.delete(document);
      if (notebook !== undefined) didClose.fire(notebook);
    }),
    // The text of a cell does not count as a change of its notebook everywhere.
    vscode.workspace.onDidChangeNotebookDocument(({ notebook }) => changed(notebook)),
    didOpen, didClose, didChange,
  );
  return {
    get,
    get all() {
      return [...open.values()];
    },
    onDidOpen: didOpen.event,
    onDidClose: didClose.event,
    onDidChange: didChange.event,
    dispose: () => void subscriptions.dispose(),
  };
}
