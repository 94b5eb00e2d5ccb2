import { notebookType } from '../notebook/open-notebooks.ts';
import { embeddedModel } from '../models/editor-models.ts';
import type { Command } from './command.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

/** Counts the tokens of what is selected in any text editor, or of its whole text. */
export const countTokens: Command = {
  id: 'promptnb.countTokensInSelection',
  async run(services) {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) return void vscode.window.showInformationMessage('Put the cursor into a text first: its selection is counted, or all of it.');
    const selected = editor.selections.filter((selection) => !selection.isEmpty).map((selection) => editor.document.getText(selection));
    const texts = selected.length > 0 ? selected : [editor.document.getText()];
    const { id, tokenizer } = tokenizerOf(editor.document, services);
    const counted = await services.counts.count(texts.map((text) => text.replaceAll('\r\n', '\n')), tokenizer);
    if (counted === null) return void vscode.window.showErrorMessage('The tokens could not be counted. Try again.');
    const tokens = counted.counts.reduce((sum, one) => sum + one, 0);
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    const what = selected.length > 1 ? `${selected.length} selections` : selected.length === 1 ? 'the selection' : 'the whole text';
    const kind = counted.kind === 'exact' ? `exact for ${id}` : `an estimate for ${id}`;
    void vscode.window.showInformationMessage(`${tokens.toLocaleString('en-US')} ${tokens === 1 ? 'token' : 'tokens'} in ${what} (${characters.toLocaleString('en-US')} ${characters === 1 ? 'character' : 'characters'}): ${kind}.`);
  },
};

/** The model of the notebook that the text belongs to, else the default. */
function tokenizerOf(document: vscode.TextDocument, { sessions, models, kernels, facts }: Services): { readonly id: string; readonly tokenizer: string } {
  const notebook = vscode.workspace.notebookDocuments.find((one) => one.notebookType === notebookType && one.getCells().some((cell) => cell.document === document));
  const folder = notebook === undefined ? (vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath ?? '/') : sessions.get(notebook).folder;
  const cell = notebook?.getCells().find((one) => one.document === document);
  const open = notebook === undefined ? undefined : sessions.get(notebook).notebook;
  const prompt = open === undefined || cell === undefined ? undefined : open.program.prompts.find((one) => one.index === open.indexOf(cell));
  const id = (prompt !== undefined && open !== undefined ? facts.modelOf(prompt, open).id : undefined) ?? (notebook === undefined ? undefined : kernels.picked(notebook)) ?? models.list(folder).default ?? embeddedModel;
  const config = models.config(id, folder);
  return { id, tokenizer: config?.tokenizer ?? config?.model ?? id };
}
