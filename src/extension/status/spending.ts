import { addCost, addUsage } from '../../core/trace/usage.ts';
import type { CellResult } from '../../core/engine/result.ts';
import type { Cost } from '../../core/trace/event.ts';
import type { Usage } from '../../core/models/model.ts';
import * as vscode from 'vscode';

/** What a notebook took on one day. */
export interface Spent {
  readonly usage: Usage | null;
  readonly cost: Cost | null;
}

/** Tokens and cost of each notebook since midnight, kept over reloads of the window. */
export interface Spending {
  note(notebook: vscode.NotebookDocument, result: CellResult): void;
  today(notebook: vscode.NotebookDocument): Spent;
  readonly onDidChange: vscode.Event<vscode.NotebookDocument>;
}

const key = 'promptnb.spentToday';

interface Kept {
  readonly day: string;
  readonly notebooks: Readonly<Record<string, Spent>>;
}

export function spendingIn(state: vscode.Memento, now: () => Date): Spending {
  const didChange = new vscode.EventEmitter<vscode.NotebookDocument>();
  const day = (): string => {
    const date = now();
    return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  };
  const read = (): Kept => {
    const kept = state.get<Kept>(key);
    return kept?.day === day() ? kept : { day: day(), notebooks: {} };
  };
  const today = (notebook: vscode.NotebookDocument): Spent => read().notebooks[notebook.uri.toString()] ?? { usage: null, cost: null };
  return {
    note(notebook, { usage, cost }) {
      if (usage === null && cost === null) return;
      const before = today(notebook);
      const kept = read();
      void state.update(key, { day: kept.day, notebooks: { ...kept.notebooks, [notebook.uri.toString()]: { usage: addUsage(before.usage, usage), cost: addCost(before.cost, cost) } } } satisfies Kept);
      didChange.fire(notebook);
    },
    today,
    onDidChange: didChange.event,
  };
}
