import type { Json } from '../json.ts';
import type { FinishReason, ModelRequest, TokenLogprob, Usage } from '../models/model.ts';
import type { Source, ToolCall } from '../prompt/message.ts';
import type { AnswerSource, CheckResult, Cost, LimitName, Purpose, RunError, RunStatus, StepId } from './event.ts';

/** A record of one run of a cell: what views draw, what `promptnb trace` prints. Made by `reduce` only. Times in ms since 1970. */
export interface RunRecord {
  version: 1;
  id: string;
  group: string;
  notebook: string;
  cell: string | null;
  index: number;
  in: string;
  model: string;
  startedAt: number;
  /** null while running. */
  endedAt: number | null;
  /** `interrupted` where the journal ends without the run's end: a crash, a kill. */
  status: RunStatus | 'running' | 'interrupted';
  text: string;
  value: Json;
  taint: readonly Source[];
  checks: readonly CheckResult[];
  attempts: number;
  error: RunError | null;
  limit: { name: LimitName; max: number; used: number } | null;
  /** Requests that reached a model, retries, repairs and judges included. */
  calls: number;
  usage: Usage | null;
  cost: Cost | null;
  source: AnswerSource | null;
  /** In the order they began; `parent` makes them a tree. */
  steps: Step[];
  /** Lines of the journal that could not be read, and were left out. */
  damaged: number;
}

interface StepBase {
  step: StepId;
  parent: StepId;
  startedAt: number;
  endedAt: number | null;
}

export type Step = AttemptStep | ModelCallStep | ToolCallStep | CheckStep;

export interface AttemptStep extends StepBase {
  kind: 'attempt';
  number: number;
  of: number;
  status: RunStatus | null;
  text: string;
  passed: number;
  checks: number;
  kept: boolean;
}

export interface ModelCallStep extends StepBase {
  kind: 'model-call';
  purpose: Purpose;
  model: string;
  request: ModelRequest;
  tries: Try[];
  waits: Wait[];
  notes: string[];
  firstTokenAt: number | null;
  text: string;
  reasoning: string;
  refusal: string;
  toolCalls: ToolCall[];
  logprobs: TokenLogprob[];
  status: 'done' | 'failed' | 'incomplete' | 'cancelled' | null;
  finish: FinishReason | null;
  source: 'live' | 'cache' | 'replay' | null;
  usage: Usage | null;
  cost: Cost | null;
  error: RunError | null;
}

export interface Try {
  number: number;
  startedAt: number;
  respondedAt: number | null;
  endedAt: number | null;
  status: number | null;
  requestId: string | null;
  /** The model that the server says answered. */
  model: string | null;
  sent: boolean;
  usage: Usage | null;
  error: RunError | null;
}

export interface Wait {
  reason: 'queue' | 'retry' | 'rate-limit';
  text: string;
  startedAt: number;
  until: number | null;
  endedAt: number | null;
}

export interface ToolCallStep extends StepBase {
  kind: 'tool-call';
  id: string;
  name: string;
  arguments: string;
  output: string | null;
  failed: boolean;
}

export interface CheckStep extends StepBase {
  kind: 'check';
  name: string;
  by: 'code' | 'judge';
  passed: boolean | null;
  reason: string;
}
