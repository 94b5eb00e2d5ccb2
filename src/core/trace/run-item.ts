import { readOutput } from '../notebook/output.ts';
import type { Output } from '../notebook/types.ts';
import type { CellResult } from '../engine/result.ts';
import type { AnswerSource, CheckResult, RunError, RunStatus } from './event.ts';
import type { Usage } from '../models/model.ts';
import type { Cost } from './event.ts';

/** The MIME type of what an editor's output holds for our own renderer; beside it stands `text/plain` for every other reader. */
export const runMimeType = 'application/vnd.promptnb.run+json';

/** The longest text that an item holds, in UTF-16 units. The rest is asked for when it is wanted. */
export const maxItemText = 100_000;

/** A result as its output in an editor holds it: bounded, and enough to be drawn without anything else. Unknown is null. */
export interface RunItem {
  readonly version: 1;
  readonly run: string | null;
  /** Whether the run goes on: what is new then comes by messages under `run`. */
  readonly live: boolean;
  readonly status: RunStatus | 'running';
  readonly model: string | null;
  /** The beginning of the text, at most {@link maxItemText}, and its whole length. */
  readonly text: string;
  readonly length: number;
  readonly usage: Usage | null;
  readonly cost: Cost | null;
  /** null in an output that was read from a file, which holds no times. */
  readonly durationMs: number | null;
  readonly source: AnswerSource | null;
  readonly calls: number | null;
  readonly attempts: number | null;
  /** With their reasons, where the run was in this session; else how many passed. */
  readonly checks: readonly CheckResult[] | { readonly passed: number; readonly total: number };
  readonly error: RunError | null;
  readonly limit: string | null;
}

/** Of a run that has just begun. */
export function liveItem(run: string, model: string): RunItem {
  return { ...nothing, run, model, live: true, status: 'running' };
}

/** Of a result in this session. */
export function resultItem(result: CellResult): RunItem {
  const { runId, status, model, text, usage, cost, durationMs, source, calls, attempts, checks, error, limit } = result;
  return { version: 1, run: runId, live: false, status, model, ...bounded(text), usage, cost, durationMs, source, calls, attempts, checks, error, limit: limit?.name ?? null };
}

/** Of an output in a file. */
export function fileItem(output: Output): RunItem {
  const { runId, status, model, tokens, cost, checks, limit, text } = readOutput(output);
  return {
    ...nothing, run: runId, status: status ?? 'done', model, ...bounded(text),
    usage: tokens === null ? null : { inputTokens: tokens.input, outputTokens: tokens.output, cachedInputTokens: null, reasoningTokens: null, kind: 'provider' },
    cost: cost === null ? null : { usd: cost, kind: 'calculated' }, checks: checks ?? [], limit,
  };
}

const nothing: RunItem = {
  version: 1, run: null, live: false, status: 'done', model: null, text: '', length: 0, usage: null, cost: null, durationMs: null, source: null, calls: null, attempts: null,
  checks: [], error: null, limit: null,
};

function bounded(text: string): { readonly text: string; readonly length: number } {
  if (text.length <= maxItemText) return { text, length: text.length };
  // Not between the halves of a character.
  const code = text.charCodeAt(maxItemText - 1);
  return { text: text.slice(0, code >= 0xd800 && code < 0xdc00 ? maxItemText - 1 : maxItemText), length: text.length };
}
