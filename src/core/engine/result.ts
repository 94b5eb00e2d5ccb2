import type { AnswerSource, CheckResult, Cost, LimitName, RunError, RunStatus } from '../trace/event.ts';
import type { Json } from '../json.ts';
import type { Source } from '../prompt/message.ts';
import type { Usage } from '../models/model.ts';

/** What came of a cell in a run of a notebook. Unknown is null, never 0. */
export interface CellResult {
  /** Its place among the notebook's cells. */
  readonly index: number;
  /** Its number among the prompt cells, from 1. */
  readonly number: number;
  readonly name: string | null;
  /** null where it was not begun. */
  readonly runId: string | null;
  readonly status: RunStatus;
  readonly text: string;
  readonly value: Json;
  readonly taint: readonly Source[];
  readonly model: string | null;
  readonly source: AnswerSource | null;
  readonly calls: number;
  readonly usage: Usage | null;
  readonly cost: Cost | null;
  readonly durationMs: number | null;
  readonly checks: readonly CheckResult[];
  readonly attempts: number;
  readonly error: RunError | null;
  readonly limit: { readonly name: LimitName; readonly max: number; readonly used: number } | null;
  /** Hash of what went in; null where it was not begun. */
  readonly in: string | null;
  /** Where the record lies, relative to the notebook; null without one. */
  readonly record: string | null;
  /** Why the record is missing or not whole; null when it is. */
  readonly recordError: string | null;
}

/** Whether a result lets the cells that use it run: it is whole, and no check failed that would hold them back. */
export function isUsable(result: Pick<CellResult, 'status' | 'checks'>): boolean {
  return result.status === 'done' && result.checks.every((check) => check.passed === true || check.warn === true);
}

/** A cell that was not begun. */
export function notBegun(cell: Pick<CellResult, 'index' | 'number' | 'name'>, status: 'skipped' | 'failed' | 'cancelled', error: RunError | null): CellResult {
  return {
    index: cell.index, number: cell.number, name: cell.name, runId: null, status, text: '', value: null, taint: [], model: null, source: null, calls: 0,
    usage: null, cost: null, durationMs: null, checks: [], attempts: 0, error, limit: null, in: null, record: null, recordError: null,
  };
}
