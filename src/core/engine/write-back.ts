import { makeOutput, readOutput } from '../notebook/output.ts';
import { setOutput } from '../notebook/edit.ts';
import type { CellResult } from './result.ts';
import type { Notebook } from '../notebook/types.ts';

/**
 * The notebook with results under their cells. A result that is what stands there already leaves its block untouched, so that diffs show
 * changes only; a run that made nothing leaves what an earlier one made. With `none` no output stays under a cell that ran.
 */
export function writeBack(notebook: Notebook, results: readonly CellResult[], outputs: 'result' | 'none' = 'result'): Notebook {
  let written = notebook;
  for (const result of results) {
    const cell = notebook.cells[result.index];
    if (result.runId === null || (result.status !== 'done' && result.text === '')) continue;
    if (outputs === 'none') {
      if (cell?.output != null) written = setOutput(written, result.index, null);
      continue;
    }
    const checks = result.checks.length === 0 ? null : { passed: result.checks.filter((check) => check.passed === true).length, total: result.checks.length };
    const output = makeOutput(
      {
        runId: result.runId, in: result.in, status: result.status, model: result.model,
        tokens: result.usage === null ? null : { input: result.usage.inputTokens, output: result.usage.outputTokens },
        cost: result.cost?.usd ?? null, checks, limit: result.limit?.name ?? null,
      },
      result.text,
    );
    const before = cell?.output ?? null;
    if (before !== null && sayTheSame(readOutput(before), readOutput(output))) continue;
    written = setOutput(written, result.index, output);
  }
  return written;
}

/** Whether two outputs are of the same result: what a run took, and its id, differ from run to run. */
function sayTheSame(a: ReturnType<typeof readOutput>, b: ReturnType<typeof readOutput>): boolean {
  return a.text === b.text && a.status === b.status && a.in === b.in && a.model === b.model && a.limit === b.limit && a.checks?.passed === b.checks?.passed && a.checks?.total === b.checks?.total;
}
