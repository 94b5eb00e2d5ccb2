import { askFirstSettings } from './confirm.ts';
import { askValues } from './ask-values.ts';
import type { CacheMode } from '../../core/techniques/cache.ts';
import type { EditorModels } from '../models/editor-models.ts';
import type { Kernels } from './kernels.ts';
import type { Keys } from '../models/keys.ts';
import type { Secrets } from '../../node/secrets.ts';
import type { Sessions } from './sessions.ts';
import * as vscode from 'vscode';

export interface CellsToRun {
  readonly notebook: vscode.NotebookDocument;
  readonly cells: readonly vscode.NotebookCell[];
  readonly cache?: CacheMode;
  /** The kernel that VS Code was asked with; else the one that is picked for the notebook. */
  readonly controller?: vscode.NotebookController;
}

/** Runs cells of a notebook with the model that is picked for it. */
export type RunCells = (order: CellsToRun) => Promise<void>;

export interface RunCellsOptions {
  readonly sessions: Sessions;
  readonly models: EditorModels;
  readonly kernels: () => Kernels;
  readonly keys: Keys;
  readonly secrets: Secrets;
  /** Answers of last time. */
  readonly remembered: vscode.Memento;
}

export function runCellsWith({ sessions, models, kernels, keys, secrets, remembered }: RunCellsOptions): RunCells {
  return async ({ notebook, cells, cache, controller }) => {
    if (!(await isTrusted())) return;
    secrets.know(await keys.all());
    const { runs, host, folder, notebook: open } = sessions.get(notebook);
    await runs.run({
      cells, host, controller: controller ?? kernels().controller(notebook), models: models.source({ host, folder }, kernels().picked(notebook)),
      askFirst: askFirstSettings(),
      values: (targets) => askValues(open, targets, remembered),
      ...(cache !== undefined && { cache }),
    });
  };
}

/** Running sends what a notebook says to where it says, so it waits for the person's word about the folder. */
async function isTrusted(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const chosen = await vscode.window.showWarningMessage('This folder is not trusted, so its notebooks are not run: they could send its files to a server. They can be read, edited and previewed.', manage);
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}
