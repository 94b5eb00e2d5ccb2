import { dollars } from '../../core/language/cell-status.ts';
import { embeddedModel, type EditorModels } from '../models/editor-models.ts';
import { notebookType } from '../notebook/open-notebooks.ts';
import type { Kernels } from '../run/kernels.ts';
import type { Sessions } from '../run/sessions.ts';
import type { Spending, Spent } from './spending.ts';
import * as vscode from 'vscode';

export interface WindowStatusOptions {
  readonly kernels: Kernels;
  readonly models: EditorModels;
  readonly sessions: Sessions;
  readonly spending: Spending;
}

/** The window's status bar: the model of the notebook in front, and what the notebook took so far today. */
export function windowStatus({ kernels, models, sessions, spending }: WindowStatusOptions): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('promptnb.model', vscode.StatusBarAlignment.Right, 100);
  item.name = 'Prompt Notebook';
  item.command = 'promptnb.selectModel';
  const show = (): void => {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    if (notebook?.notebookType !== notebookType) return item.hide();
    const { folder, notebook: open } = sessions.get(notebook);
    const picked = kernels.picked(notebook);
    const model = picked ?? open.program.options.model ?? models.list(folder).default ?? embeddedModel;
    const spent = spending.today(notebook);
    item.text = [`$(server-environment) ${model}`, ...spentParts(spent)].join(' · ');
    item.tooltip = `${picked === undefined ? 'The model of this notebook, where a cell names no other.' : 'The model that is picked for this notebook.'}\n${spentParts(spent).length === 0 ? 'Nothing was spent today.' : 'What the notebook took so far today, answers from the cache excepted.'}\nClick to select another model.`;
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item, vscode.window.onDidChangeActiveNotebookEditor(show), kernels.onDidPick(show), models.onDidChange(show), spending.onDidChange(show),
    vscode.workspace.onDidChangeNotebookDocument(({ notebook }) => {
      if (notebook === vscode.window.activeNotebookEditor?.notebook) show();
    }),
  );
}

function spentParts({ usage, cost }: Spent): readonly string[] {
  const tokens = usage === null ? 0 : (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
  const sure = usage?.kind === 'provider' || usage?.kind === 'exact';
  return [...(tokens === 0 ? [] : [`${sure ? '' : '≈ '}${tokens.toLocaleString('en-US')} tokens today`]), ...(cost === null ? [] : [cost.usd === null ? 'cost unknown' : dollars(cost.usd)])];
}
