import type { CellResult } from '../../core/engine/result.ts';
import type { Ran, Reporter } from './reporter.ts';
import type { Terminal } from '../terminal.ts';

/** One object at the end; unknown is null, never 0 (docs/cli.md). */
export function jsonReporter(terminal: Terminal, { notebook, status }: { readonly notebook: string; readonly status: (outcome: Ran) => string }): Reporter {
  return {
    event: () => undefined,
    result: () => undefined,
    end(outcome) {
      if (outcome === null) return;
      const { cells, calls, usage, cost } = outcome;
      terminal.out(`${JSON.stringify({ notebook, status: status(outcome), calls, usage, cost, cells: cells.map(cellJson) }, null, 2)}\n`);
    },
  };
}

function cellJson({ name, runId, status, text, value, model, source, calls, usage, cost, durationMs, checks, attempts, error, record }: CellResult): object {
  const told = error === null ? null : { code: error.code, message: error.message, hint: error.hint };
  return { name, runId, status, text, value, model, source, calls, usage, cost, durationMs, checks, attempts, error: told, record };
}

/** Every event as it happens, one a line, with the id of its run. */
export function jsonLinesReporter(terminal: Terminal): Reporter {
  return {
    event: (event, _cell, record) => terminal.out(`${JSON.stringify({ run: record.id, ...event })}\n`),
    result: () => undefined,
    end: () => undefined,
  };
}
