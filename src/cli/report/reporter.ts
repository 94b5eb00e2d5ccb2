import type { CellResult } from '../../core/engine/result.ts';
import type { NotebookOutcome } from '../../core/engine/run-notebook.ts';
import type { PromptCell } from '../../core/engine/program.ts';
import type { RunEvent } from '../../core/trace/event.ts';
import type { RunRecord } from '../../core/trace/record.ts';

/** The cells of a run and what they took together. */
export type Ran = Extract<NotebookOutcome, { kind: 'ran' }>;

/** Tells a person or a program of a run. */
export interface Reporter {
  event(event: RunEvent, cell: PromptCell, record: RunRecord): void;
  result(result: CellResult): void;
  /** Nothing comes after this; null when nothing ran. */
  end(outcome: Ran | null): void;
}

/** Tells both, the first one first. */
export function together(first: Reporter, second: Reporter): Reporter {
  return {
    event(event, cell, record) {
      first.event(event, cell, record);
      second.event(event, cell, record);
    },
    result(result) {
      first.result(result);
      second.result(result);
    },
    end(outcome) {
      first.end(outcome);
      second.end(outcome);
    },
  };
}
