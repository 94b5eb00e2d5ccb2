import { makeOutput, readOutput } from '../notebook/output.ts';
import { setOutput } from '../notebook/edit.ts';
import type { CellResult } from './result.ts';
import type { Notebook, Output } from '../notebook/types.ts';

/**
 * The notebook with results under their cells. A result that is what stands there already leaves its block untouched, so that diffs show
 * changes only; a run that made nothing leaves what an earlier one made. With `none` no output stays under a cell that ran.
 */
export function writeBack(notebook: Notebook, results: readonly CellResult[], outputs: 'result' | 'none' = 'result'): Notebook {
  let written = notebook;
  for (const result of results) {
    const before = notebook.cells[result.index]?.output ?? null;
    const output = outputOf(result, before);
    if (output === null || (outputs === 'result' && output === before)) continue;
    if (outputs === 'result') written = setOutput(written, result.index, output);
    else if (before !== null) written = setOutput(written, result.index, null);
  }
  return written;
}

/** The output that the file gets for a result: the one that stands there, where it says the same; null where the run made nothing. */
export function outputOf(result: CellResult, before: Output | null): Output | null {
  if (result.runId === null || (result.status !== 'done' && result.text === '')) return null;
  const checks = result.checks.length === 0 ? null : { passed: result.checks.filter((check) => check.passed === true).length, total: result.checks.length };
  const output = makeOutput(
    {
      runId: result.runId, in: result.in, status: result.status, model: result.model,
      tokens: result.usage === null ? null : { input: result.usage.inputTokens, output: result.usage.outputTokens },
      cost: result.cost?.usd ?? null, checks, limit: result.limit?.name ?? null,
    },
    result.text,
  );
  return before !== null && sayTheSame(readOutput(before), readOutput(output)) ? before : output;
}

/** Whether two outputs are of the same result: what a run took, and its id, differ from run to run. */
function sayTheSame(a: ReturnType<typeof readOutput>, b: ReturnType<typeof readOutput>): boolean {
  return a.text === b.text && a.status === b.status && a.in === b.in && a.model === b.model && a.limit === b.limit && a.checks?.passed === b.checks?.passed && a.checks?.total === b.checks?.total;
}
