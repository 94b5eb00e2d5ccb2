import { makeOutput, readOutput } from '../notebook/output.ts';
import { setOutput } from '../notebook/edit.ts';
import type { CellResult } from './result.ts';
import type { Notebook } from '../notebook/types.ts';

/**
 * The notebook with results under their cells. A result that is what stands there already leaves its block untouched, so that diffs show
 * changes only; a run that made nothing leaves what an earlier one made.
 */
export function writeBack(notebook: Notebook, results: readonly CellResult[]): Notebook {
  let written = notebook;
  for (const result of results) {
    const cell = notebook.cells[result.index];
    if (result.runId === null || (result.status !== 'done' && result.text === '')) continue;
    const checks = result.checks.length === 0 ? null : { passed: result.checks.filter((check) => check.passed === true).length, total: result.checks.length };
    const before = cell?.output ?? null;
    if (before !== null) {
      const old = readOutput(before);
      const same = old.text === result.text && old.status === result.status && old.in === result.in && old.model === result.model && (old.checks?.passed ?? null) === (checks?.passed ?? null) && (old.checks?.total ?? null) === (checks?.total ?? null);
      if (same) continue;
    }
    const output = makeOutput(
      {
        runId: result.runId, in: result.in, status: result.status, model: result.model,
        tokens: result.usage === null ? null : { input: result.usage.inputTokens, output: result.usage.outputTokens },
        cost: result.cost?.usd ?? null, checks, limit: result.limit?.name ?? null,
      },
      result.text,
    );
    written = setOutput(written, result.index, output);
  }
  return written;
}
