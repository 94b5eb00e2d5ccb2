import { notebookType } from '../notebook/open-notebooks.ts';
import * as vscode from 'vscode';

/** A model as the kernel picker shows it. */
export interface KernelModel {
  /** What notebooks call it. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** What is run with a kernel. */
export interface KernelRun {
  readonly cells: readonly vscode.NotebookCell[];
  readonly notebook: vscode.NotebookDocument;
  readonly controller: vscode.NotebookController;
}

/**
 * The kernels: one for each model, so that the kernel picker is the model picker, and "As the notebook says", which picks none and is
 * chosen for a notebook that is shown without one. VS Code remembers the choice of each notebook.
 */
export interface Kernels extends vscode.Disposable {
  /** Offers these models, and no others. */
  offer(models: readonly KernelModel[]): void;
  /** Offers one more. */
  add(model: KernelModel): void;
  /** The model picked for a notebook; undefined: as the notebook says. */
  picked(notebook: vscode.NotebookDocument): string | undefined;
  /** The kernel that runs a notebook's cells. */
  controller(notebook: vscode.NotebookDocument): vscode.NotebookController;
  /** Picks a model for the notebook of an editor; undefined: as the notebook says. */
  pick(editor: vscode.NotebookEditor, model: string | undefined): Promise<void>;
  /** Another kernel was picked for this notebook. */
  readonly onDidPick: vscode.Event<vscode.NotebookDocument>;
}

/** Languages of the cells that can be run. */
const languages = ['promptnb', 'json', 'yaml', 'csv', 'plaintext'];
const autoId = 'promptnb/auto';

export function createKernels({ extension, run }: { readonly extension: string; readonly run: (order: KernelRun) => Promise<void> }): Kernels {
  const selected = new Map<vscode.NotebookDocument, string>();
  const didPick = new vscode.EventEmitter<vscode.NotebookDocument>();
  const models = new Map<string, vscode.NotebookController>();

  const make = (id: string, label: string): vscode.NotebookController => {
    const controller = vscode.notebooks.createNotebookController(id, notebookType, label);
    controller.supportedLanguages = languages;
    controller.supportsExecutionOrder = true;
    controller.executeHandler = (cells, notebook, used) => run({ cells, notebook, controller: used });
    controller.onDidChangeSelectedNotebooks(({ notebook, selected: now }) => {
      if (now) selected.set(notebook, id);
      else if (selected.get(notebook) === id) selected.delete(notebook);
      didPick.fire(notebook);
    });
    return controller;
  };

  const add = ({ id, label, description, detail }: KernelModel): void => {
    let controller = models.get(id);
    if (controller === undefined) models.set(id, (controller = make(`promptnb/${id}`, label)));
    controller.label = label;
    if (description !== undefined) controller.description = description;
    if (detail !== undefined) controller.detail = detail;
  };
  const auto = make(autoId, 'As the notebook says');
  auto.description = 'The model of the cell, of the notebook, or the default';
  const pick = async (editor: vscode.NotebookEditor, model: string | undefined): Promise<void> => {
    await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor: editor, id: model === undefined ? autoId : `promptnb/${model}`, extension });
  };
  /** Whoever opens a notebook should not be asked for a kernel before anything can run. */
  const settle = async (editors: readonly vscode.NotebookEditor[]): Promise<void> => {
    for (const editor of editors) {
      const { notebook } = editor;
      if (notebook.notebookType !== notebookType || selected.has(notebook)) continue;
      auto.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
      // Whatever VS Code remembers of this notebook has been told when a question is answered that was asked after the kernels were made.
      await vscode.commands.executeCommand('setContext', 'promptnb.ready', true);
      if (!selected.has(notebook) && !notebook.isClosed) await pick(editor, undefined);
    }
  };
  const subscriptions = vscode.Disposable.from(
    auto, didPick,
    vscode.window.onDidChangeVisibleNotebookEditors((editors) => void settle(editors)),
    vscode.workspace.onDidCloseNotebookDocument((notebook) => void selected.delete(notebook)),
  );
  return {
    offer(offered) {
      const wanted = new Map(offered.map((model) => [model.id, model]));
      for (const [id, controller] of models) {
        if (wanted.has(id)) continue;
        controller.dispose();
        models.delete(id);
      }
      for (const model of offered) add(model);
      void settle(vscode.window.visibleNotebookEditors);
    },
    add,
    picked(notebook) {
      const id = selected.get(notebook);
      return id === undefined || id === autoId ? undefined : id.slice('promptnb/'.length);
    },
    controller: (notebook) => models.get((selected.get(notebook) ?? '').replace(/^promptnb\//, '')) ?? auto,
    pick,
    onDidPick: didPick.event,
    dispose() {
      for (const controller of models.values()) controller.dispose();
      subscriptions.dispose();
    },
  };
}
