import { notebookType } from '../notebook/open-notebooks.ts';
import { statusParts, type StatusPart } from '../../core/language/cell-status.ts';
import type { NotebookFacts } from './notebook-facts.ts';
import * as vscode from 'vscode';

const commands: Readonly<Record<StatusPart['action'], string>> = { rename: 'promptnb.renameCell', 'select-model': 'promptnb.selectModel', preview: 'promptnb.previewRequest', run: 'promptnb.runCell' };

/** How long after the last change the lines are made anew, in milliseconds: not at every key. */
const pause = 300;

export interface CellStatusBarOptions {
  readonly facts: NotebookFacts;
  /** Whatever may change a line. */
  readonly changes: readonly vscode.Event<unknown>[];
}

/** The line under each cell. */
export function cellStatusBar({ facts, changes }: CellStatusBarOptions): vscode.Disposable {
  const didChange = new vscode.EventEmitter<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => didChange.fire(), pause);
  };
  const registration = vscode.notebooks.registerNotebookCellStatusBarItemProvider(notebookType, {
    onDidChangeCellStatusBarItems: didChange.event,
    async provideCellStatusBarItems(cell, token) {
      const status = await facts.status(cell);
      if (status === null || token.isCancellationRequested) return [];
      return statusParts(status).map((part, index) => toItem(part, { cell, priority: 100 - index }));
    },
  });
  return vscode.Disposable.from(registration, didChange, ...changes.map((change) => change(soon)), new vscode.Disposable(() => clearTimeout(timer)));
}

function toItem({ action, icon, text, tooltip }: StatusPart, { cell, priority }: { readonly cell: vscode.NotebookCell; readonly priority: number }): vscode.NotebookCellStatusBarItem {
  const item = new vscode.NotebookCellStatusBarItem(icon === undefined ? text : `$(${icon}) ${text}`, vscode.NotebookCellStatusBarAlignment.Left);
  item.tooltip = tooltip;
  item.priority = priority;
  item.command = { command: commands[action], title: tooltip.split('\n').at(-1)!, arguments: [cell] };
  item.accessibilityInformation = { label: `${text}. ${tooltip.replaceAll('\n', ' ')}`, role: 'button' };
  return item;
}
