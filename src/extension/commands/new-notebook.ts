import { basename, extname } from 'node:path';
import { decodeNotebook } from '../../core/notebook/bytes.ts';
import { notebookType } from '../notebook/open-notebooks.ts';
import { readNotebook } from '../../core/notebook/read.ts';
import { readNotebookOptions } from '../../core/engine/notebook-options.ts';
import { toEditor } from '../../core/notebook/editor-cells.ts';
import { toNotebookData } from '../notebook/vscode-cells.ts';
import type { Command } from './command.ts';
import * as vscode from 'vscode';

/** A new notebook with the beginning of a program: something to write over, which already runs. */
export const newNotebook: Command = {
  id: 'promptnb.newNotebook',
  async run() {
    const editor = await showNew('# Untitled\n\n```{prompt}\n\n```\n');
    editor.selection = new vscode.NotebookRange(1, 2);
    await vscode.commands.executeCommand('notebook.cell.edit');
  },
};

/** Opens one of the examples as a new notebook, so that the example stays as it is. */
export const openExample: Command = {
  id: 'promptnb.openExample',
  async run({ context }) {
    const folder = vscode.Uri.joinPath(context.extensionUri, 'examples');
    const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name).filter((name) => name.endsWith('.promptnb'));
    const items = await Promise.all(names.map(async (name) => {
      const text = decodeNotebook(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name)));
      const [first] = readNotebook(text).cells;
      const title = first?.kind === 'front-matter' ? readNotebookOptions(first.text).title : null;
      return { label: title ?? basename(name, extname(name)), description: name, text };
    }));
    const order = (name: string): number => (name === 'quickstart.promptnb' ? 0 : 1);
    const chosen = await vscode.window.showQuickPick(items.sort((a, b) => order(a.description) - order(b.description) || a.label.localeCompare(b.label)), { title: 'Open Example', placeHolder: 'It opens as a new notebook', matchOnDescription: true });
    if (chosen !== undefined) await showNew(chosen.text);
  },
};

async function showNew(text: string): Promise<vscode.NotebookEditor> {
  const document = await vscode.workspace.openNotebookDocument(notebookType, toNotebookData(toEditor(readNotebook(text))));
  return vscode.window.showNotebookDocument(document);
}

