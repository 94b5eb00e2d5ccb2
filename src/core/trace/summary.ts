import type { AnswerSource, CheckResult, Cost, RunStatus } from './event.ts';
import type { Usage } from '../models/model.ts';

/** What a summary tells of a run. Unknown is null, and is left out or shown as unknown, never as 0. */
export interface Summarized {
  readonly status: RunStatus | 'running' | 'interrupted';
  readonly model: string | null;
  readonly usage: Usage | null;
  readonly cost: Cost | null;
  readonly durationMs: number | null;
  readonly checks: readonly CheckResult[];
  readonly source: AnswerSource | null;
  readonly calls: number;
  readonly attempts: number;
}

/** The parts of the line under a result, in their one order: model, tokens, cached, cost, time, checks, where the answer came from. */
export function summaryParts(run: Summarized): readonly string[] {
  const parts: string[] = [];
  if (run.status !== 'done') parts.push(run.status);
  if (run.model !== null) parts.push(run.model);
  // A cached answer took nothing, and says so by one word.
  const free = run.calls === 0 && run.source === 'cache';
  if (run.usage !== null && !free) parts.push(tokens(run.usage));
  if ((run.usage?.cachedInputTokens ?? 0) > 0) parts.push(`${count(run.usage!.cachedInputTokens)} cached`);
  if (run.cost !== null && !free) parts.push(money(run.cost));
  if (run.calls > 1) parts.push(`${run.calls} calls`);
  if (run.durationMs !== null) parts.push(seconds(run.durationMs));
  if (run.checks.length > 0) parts.push(`checks ${run.checks.filter((check) => check.passed === true).length}/${run.checks.length}`);
  if (run.attempts > 1) parts.push(`${run.attempts} attempts`);
  if (run.source !== null) parts.push({ live: 'live', cache: 'cached', replay: 'replayed', mixed: 'partly cached' }[run.source]);
  return parts;
}

/** `61 → 46 tokens`; `~` marks what is not from the server or the model's own tokenizer. */
export function tokens(usage: Usage): string {
  const mark = usage.kind === 'estimate' || usage.kind === 'calibrated' ? '~' : '';
  return `${mark}${count(usage.inputTokens)} → ${count(usage.outputTokens)} tokens`;
}

/** US dollars with two digits that count: `$0.00008`, `$0.012`, `$1.20`. */
export function money({ usd, kind }: Cost): string {
  if (usd === null) return 'cost unknown';
  const mark = kind === 'estimate' ? '~' : '';
  if (usd === 0) return `${mark}$0`;
  const digits = usd >= 1 ? 2 : Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(usd))));
  return `${mark}$${usd.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, '$1')}`;
}

export function seconds(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  if (Math.round(ms / 100) < 600) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function count(value: number | null): string {
  return value === null ? '?' : value.toLocaleString('en-US');
}
