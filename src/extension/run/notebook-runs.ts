import { executeCell, type CellExecution } from './cell-execution.ts';
import { notBegun, type CellResult } from '../../core/engine/result.ts';
import type { AskedValues } from './ask-values.ts';
import type { CacheMode } from '../../core/techniques/cache.ts';
import type { Host } from '../../core/engine/host.ts';
import type { LiveRuns } from './live-runs.ts';
import type { ModelSource } from '../../core/engine/open-models.ts';
import type { NotebookOutcome } from '../../core/engine/run-notebook.ts';
import type { OpenNotebook } from '../notebook/open-notebook.ts';
import type { PromptCell } from '../../core/engine/program.ts';
import type { Refusal } from '../../core/engine/refuse.ts';
import type * as vscode from 'vscode';

/** What a person asked to run, and how. */
export interface RunOrder {
  readonly cells: readonly vscode.NotebookCell[];
  readonly controller: vscode.NotebookController;
  readonly host: Host;
  readonly models: ModelSource;
  /** Values of parameters and inputs that nobody gave yet; null: the person went away, and nothing is to run. */
  readonly values: (targets: readonly PromptCell[]) => Promise<AskedValues | null>;
  readonly cache?: CacheMode;
  readonly askFirst: { readonly cost?: number; readonly calls?: number };
}

export interface NotebookRuns {
  /** Runs cells with what they need, after what was asked for before. A cell that is running is stopped first, and runs anew. */
  run(order: RunOrder): Promise<void>;
  isRunning(cell: vscode.NotebookCell): boolean;
  cancelAll(): void;
}

/** The runs of one notebook: one order after the other, each with its cells side by side as the program allows. */
export function notebookRuns(notebook: OpenNotebook, { live, onResult }: { readonly live: LiveRuns; readonly onResult: (result: CellResult) => void }): NotebookRuns {
  const executions = new Map<vscode.NotebookCell, CellExecution>();
  const all = new Set<AbortController>();
  let last: Promise<void> = Promise.resolve();
  let count = 0;

  const begin = (cell: vscode.NotebookCell, { controller, host }: RunOrder): CellExecution => {
    const execution = executeCell(cell, controller, () => host.now());
    executions.set(cell, execution);
    void execution.ended.then(() => {
      if (executions.get(cell) === execution) executions.delete(cell);
    });
    return execution;
  };

  const stopFirst = async (cells: readonly vscode.NotebookCell[]): Promise<void> => {
    const running = cells.flatMap((cell) => executions.get(cell) ?? []);
    for (const execution of running) execution.cancel();
    await Promise.all(running.map((execution) => execution.ended));
  };

  const execute = async (order: RunOrder, abort: AbortController): Promise<void> => {
    const { program } = notebook;
    const { host } = order;
    const targets = program.prompts.filter((cell) => order.cells.includes(notebook.cell(cell.index)));
    // A data cell has no more to do than to be right, which its squiggles tell.
    for (const cell of order.cells) {
      const index = notebook.indexOf(cell);
      if (targets.some((target) => target.index === index)) continue;
      executions.get(cell)?.end(!program.problems.some((one) => one.cell === index && one.problem.severity === 'error'));
    }
    if (targets.length === 0) return;
    const values = await order.values(targets);
    if (values === null) return;
    const editorCell = (cell: PromptCell): vscode.NotebookCell => notebook.cell(cell.index);
    const { runNotebook } = await import('../../core/engine/run-notebook.ts');
    const finishing: Promise<void>[] = [];
    const outcome = await runNotebook({
      program, targets, host, models: order.models, signal: abort.signal, notebook: notebook.document.uri.fsPath, ...values, askFirst: order.askFirst,
      ...(order.cache !== undefined && { cache: order.cache }),
      ...(order.cells.length === 1 && { again: true }),
      signalOf: (cell) => executions.get(editorCell(cell))?.signal,
      watch: (event, cell, record) => {
        if (event.type === 'run-start') {
          const execution = executions.get(editorCell(cell)) ?? begin(editorCell(cell), order);
          execution.start(event.id, event.model, (count += 1));
        }
        live.event(event, record);
      },
      onResult: (result) => {
        onResult(result);
        finishing.push(finish(result, order));
      },
    });
    await Promise.all(finishing);
    await settle(outcome, targets, order);
  };

  const finish = async (result: CellResult, order: RunOrder): Promise<void> => {
    const cell = notebook.cell(result.index);
    const execution = executions.get(cell) ?? (result.status === 'cancelled' ? undefined : begin(cell, order));
    await execution?.finish(result);
  };

  /** Shows why nothing was sent, at the cell that it concerns. */
  const settle = async (outcome: NotebookOutcome, targets: readonly PromptCell[], order: RunOrder): Promise<void> => {
    if (outcome.kind !== 'refused') return;
    const { refusals } = outcome;
    for (const target of targets) await finish({ ...notBegun(target, 'failed', errorFor(target, refusals)) }, order);
  };

  return {
    async run(order) {
      await stopFirst(order.cells);
      for (const cell of order.cells) begin(cell, order);
      const abort = new AbortController();
      all.add(abort);
      const turn = last.then(() => execute(order, abort));
      last = turn.then(
        () => undefined,
        () => undefined,
      );
      try {
        await turn;
      } finally {
        all.delete(abort);
        for (const cell of order.cells) executions.get(cell)?.end(undefined);
      }
    },
    isRunning: (cell) => executions.has(cell),
    cancelAll() {
      for (const abort of all) abort.abort(new DOMException('The notebook was closed.', 'AbortError'));
      for (const execution of executions.values()) execution.cancel();
    },
  };
}

/** The cell's own problem, else one of the whole notebook, else which other cell keeps it from running. */
function errorFor(cell: PromptCell, refusals: readonly Refusal[]): Refusal['error'] {
  const own = refusals.find((refusal) => refusal.cell === cell);
  const general = refusals.find((refusal) => refusal.cell === null);
  const [other] = refusals;
  return own?.error ?? general?.error ?? { ...other!.error, message: `Nothing was sent: ${other!.error.message}` };
}
