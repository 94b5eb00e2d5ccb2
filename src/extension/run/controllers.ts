import { notebookType } from '../notebook/open-notebooks.ts';
import * as vscode from 'vscode';

/** What is run with a controller: the model that is picked with it, or none. */
export interface ControllerRun {
  readonly cells: readonly vscode.NotebookCell[];
  readonly notebook: vscode.NotebookDocument;
  readonly controller: vscode.NotebookController;
  readonly picked: string | undefined;
}

/** Languages of the cells that can be run. */
const languages = ['promptnb', 'json', 'yaml', 'csv', 'plaintext'];

/** The controller "As the notebook says", which picks no model. */
export function autoController(run: (order: ControllerRun) => Promise<void>): vscode.NotebookController {
  return makeController('promptnb/auto', 'As the notebook says', undefined, run);
}

/** The controller of one model. */
export function modelController(id: string, run: (order: ControllerRun) => Promise<void>): vscode.NotebookController {
  return makeController(`promptnb/${id}`, id, id, run);
}

function makeController(id: string, label: string, picked: string | undefined, run: (order: ControllerRun) => Promise<void>): vscode.NotebookController {
  const controller = vscode.notebooks.createNotebookController(id, notebookType, label);
  controller.supportedLanguages = languages;
  controller.supportsExecutionOrder = true;
  controller.executeHandler = (cells, notebook, used) => run({ cells, notebook, controller: used, picked });
  return controller;
}
