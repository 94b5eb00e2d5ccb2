import type { Json } from '../json.ts';
import type { FinishReason, ModelErrorCode, ModelRequest, TokenLogprob, Usage } from '../models/model.ts';
import type { Source } from '../prompt/message.ts';

/** The number of a step in its run, from 1; 0 is the run itself. */
export type StepId = number;

/** How a run of a cell ended. */
export type RunStatus = 'done' | 'failed' | 'incomplete' | 'limited' | 'cancelled' | 'skipped';

/** Where the answers came from. */
export type AnswerSource = 'live' | 'cache' | 'replay' | 'mixed';

export type RunErrorCode =
  | ModelErrorCode
  | 'dependency' | 'problem' | 'limit' | 'budget' | 'model-missing' | 'no-model' | 'incomplete'
  | 'invalid-output' | 'missing-input' | 'file' | 'internal';

export interface RunError {
  readonly code: RunErrorCode;
  /** What happened, and why: one line. */
  readonly message: string;
  /** What to do next: one line. */
  readonly hint: string | null;
  /** HTTP status and the server's own words, where there were any. */
  readonly status?: number;
  readonly body?: string;
}

export interface Cost {
  /** US dollars; null is unknown. */
  readonly usd: number | null;
  /** `provider`: the server named it; `calculated`: usage times price; `estimate`: of counts that are estimates. */
  readonly kind: 'provider' | 'calculated' | 'estimate';
}

export interface CheckResult {
  readonly name: string;
  /** null: could not be decided, which counts as failed. */
  readonly passed: boolean | null;
  readonly reason: string;
  /** A failed check with `warn` does not hold dependents back. */
  readonly warn?: boolean;
}

/** What a model call is for. */
export type Purpose = 'answer' | 'judge' | 'repair';

/**
 * Everything that happens in a run, noun-verb. All times `at` are milliseconds since 1970; `step` names the step, `parent` the step
 * it is part of. `reduce` folds these to a record; the journal on disk is these, one a line.
 */
export type RunEvent =
  | {
      readonly type: 'run-start';
      readonly version: 1;
      readonly at: number;
      readonly id: string;
      /** Runs started together share a group. */
      readonly group: string;
      readonly notebook: string;
      readonly cell: string | null;
      /** Number among the runnable cells, from 1. */
      readonly index: number;
      /** Hash of what went in. */
      readonly in: string;
      readonly model: string;
    }
  | { readonly type: 'attempt-start'; readonly at: number; readonly step: StepId; readonly parent: StepId; readonly number: number; readonly of: number }
  | { readonly type: 'attempt-end'; readonly at: number; readonly step: StepId; readonly status: RunStatus; readonly text: string; readonly passed: number; readonly checks: number; readonly kept: boolean }
  | {
      readonly type: 'model-call-start';
      readonly at: number;
      readonly step: StepId;
      readonly parent: StepId;
      readonly purpose: Purpose;
      readonly model: string;
      readonly request: ModelRequest;
    }
  /** One HTTP request of a model call; a retry is another. */
  | { readonly type: 'request-start'; readonly at: number; readonly step: StepId; readonly try: number }
  | { readonly type: 'response-start'; readonly at: number; readonly step: StepId; readonly status?: number; readonly requestId?: string; readonly model?: string }
  | { readonly type: 'text-delta'; readonly at: number; readonly step: StepId; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly at: number; readonly step: StepId; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly at: number; readonly step: StepId; readonly text: string }
  | { readonly type: 'tool-call-delta'; readonly at: number; readonly step: StepId; readonly index: number; readonly id?: string; readonly name?: string; readonly arguments: string }
  | { readonly type: 'logprobs'; readonly at: number; readonly step: StepId; readonly tokens: readonly TokenLogprob[] }
  /** A try ended: `sent` says whether it counts as a call; `usage` is what it cost, when known. */
  | { readonly type: 'request-end'; readonly at: number; readonly step: StepId; readonly try: number; readonly sent: boolean; readonly usage: Usage | null; readonly cost: Cost; readonly error?: RunError }
  | { readonly type: 'wait-start'; readonly at: number; readonly step: StepId; readonly reason: 'queue' | 'retry' | 'rate-limit'; readonly until: number | null; readonly text: string }
  | { readonly type: 'wait-end'; readonly at: number; readonly step: StepId }
  | { readonly type: 'note'; readonly at: number; readonly step: StepId; readonly text: string }
  | {
      readonly type: 'model-call-end';
      readonly at: number;
      readonly step: StepId;
      readonly status: 'done' | 'failed' | 'incomplete' | 'cancelled';
      readonly finish: FinishReason | null;
      readonly source: 'live' | 'cache' | 'replay';
      readonly usage: Usage | null;
      readonly cost: Cost;
      readonly error?: RunError;
    }
  | { readonly type: 'tool-call-start'; readonly at: number; readonly step: StepId; readonly parent: StepId; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'tool-call-end'; readonly at: number; readonly step: StepId; readonly output: string; readonly error: boolean }
  | { readonly type: 'check-start'; readonly at: number; readonly step: StepId; readonly parent: StepId; readonly name: string; readonly kind: 'code' | 'judge' }
  | { readonly type: 'check-end'; readonly at: number; readonly step: StepId; readonly passed: boolean | null; readonly reason: string }
  | { readonly type: 'limit-reached'; readonly at: number; readonly limit: LimitName; readonly max: number; readonly used: number }
  | {
      readonly type: 'run-end';
      readonly at: number;
      readonly status: RunStatus;
      readonly text: string;
      readonly value: Json;
      readonly taint: readonly Source[];
      readonly checks: readonly CheckResult[];
      readonly attempts: number;
      readonly error: RunError | null;
    };

export type LimitName = 'calls' | 'steps' | 'tokens' | 'cost' | 'seconds';
