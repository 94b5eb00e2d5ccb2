import { fromOutputs, toErrorOutput, toLiveOutput, toResultOutput } from '../notebook/outputs.ts';
import { liveItem, resultItem } from '../../core/trace/run-item.ts';
import { outputOf } from '../../core/engine/write-back.ts';
import type { CellResult } from '../../core/engine/result.ts';
import type * as vscode from 'vscode';

/** VS Code's execution of one cell, from waiting to its end. */
export interface CellExecution {
  readonly cell: vscode.NotebookCell;
  /** Aborts when the person stops this cell, or the cell is deleted. */
  readonly signal: AbortSignal;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  cancel(): void;
  /** The run of this id begins: the cell shows it. */
  start(run: string, model: string, order: number): void;
  /** Shows what came of it, and ends. */
  finish(result: CellResult): Promise<void>;
  /** Ends without any result: nothing was to be done, or it went well. */
  end(success: boolean | undefined): void;
}

/** @throws Error when the cell is executing already. */
export function executeCell(cell: vscode.NotebookCell, controller: vscode.NotebookController, now: () => number): CellExecution {
  const execution = controller.createNotebookCellExecution(cell);
  const before = fromOutputs(cell.outputs);
  const kept = [...cell.outputs];
  const abort = new AbortController();
  const cancel = (): void => abort.abort(new DOMException('The run was stopped.', 'AbortError'));
  const listening = execution.token.onCancellationRequested(cancel);
  if (execution.token.isCancellationRequested) cancel();
  let state: 'waiting' | 'running' | 'ended' = 'waiting';
  let resolve: () => void;
  const ended = new Promise<void>((done) => (resolve = done));
  const end = (success: boolean | undefined): void => {
    if (state === 'ended') return;
    if (state === 'waiting') execution.start(now());
    state = 'ended';
    listening.dispose();
    execution.end(success, now());
    resolve();
  };
  /** An output that can no longer be shown belongs to a cell that is gone. */
  const show = async (outputs: readonly vscode.NotebookCellOutput[]): Promise<void> => {
    try {
      await execution.replaceOutput([...outputs]);
    } catch (error) {
      if (!cell.notebook.isClosed && cell.index >= 0) throw error;
    }
  };
  return {
    cell,
    signal: abort.signal,
    ended,
    cancel,
    start(run, model, order) {
      if (state !== 'waiting') return;
      state = 'running';
      execution.start(now());
      execution.executionOrder = order;
      void show([toLiveOutput(liveItem(run, model), before)]);
    },
    async finish(result) {
      if (state === 'ended') return;
      if (state === 'waiting') {
        execution.start(now());
        state = 'running';
      }
      const written = outputOf(result, before);
      if (written !== null) await show([toResultOutput(resultItem(result), written)]);
      // A run that made nothing leaves what an earlier one made.
      else await show([...(result.status === 'cancelled' ? [] : [toErrorOutput(resultItem(result))]), ...kept.filter((output) => fromOutputs([output]) !== null)]);
      end(result.status === 'cancelled' ? undefined : result.status === 'done' && result.checks.every((check) => check.passed === true || check.warn === true));
    },
    end,
  };
}
