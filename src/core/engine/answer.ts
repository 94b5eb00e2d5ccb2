import { limited, runError } from './errors.ts';
import { mergeTaint, messagesTaint, type ToolCall } from '../prompt/message.ts';
import type { AnswerBound } from './answer-bound.ts';
import type { Cost, RunError } from '../trace/event.ts';
import type { FinishReason, ModelError, Usage } from '../models/model.ts';
import type { LimitError } from './meter.ts';
import type { Outcome, RunContext, RunRequest } from '../techniques/technique.ts';

/** What one HTTP request brought, and how it ended. */
export interface Answer {
  text: string;
  reasoning: string;
  refusal: string;
  toolCalls: ToolCall[];
  finish: FinishReason | null;
  usage: Usage | null;
  serverCost: number | null;
  cost: Cost;
  deltas: number;
  bound: AnswerBound | null;
  /** Whether a request was begun. */
  started: boolean;
  end: End;
}

export type End =
  | { readonly kind: 'finished' }
  | { readonly kind: 'error'; readonly error: ModelError }
  | { readonly kind: 'limit'; readonly error: LimitError }
  | { readonly kind: 'cancelled' }
  /** Of this program or of a provider: the places that the call holds are given back all the same. */
  | { readonly kind: 'defect'; readonly error: RunError };

/** What comes of a call whose last request brought this. */
export function outcomeOf(answer: Answer, request: RunRequest, context: RunContext): Outcome {
  const toolCalls = answer.toolCalls.filter((call) => call !== undefined);
  const taint = mergeTaint([messagesTaint(request.messages)]);
  const base = {
    finish: answer.finish, text: answer.text, value: answer.text, checks: [], attempts: 1, taint,
    message: answer.text === '' && toolCalls.length === 0 ? null : {
      role: 'model' as const,
      content: answer.text === '' ? [] : [{ text: answer.text, source: { kind: 'model' as const }, taint }],
      ...(toolCalls.length > 0 && { toolCalls }),
    },
  };
  switch (answer.end.kind) {
    case 'cancelled':
      return { ...base, status: 'cancelled', error: null };
    case 'limit':
      return limited(base, answer.end.error, context);
    case 'error': {
      const error = runError(answer.end.error);
      return { ...base, status: answer.text !== '' ? 'incomplete' : 'failed', error };
    }
    case 'defect':
      return { ...base, status: 'failed', error: answer.end.error };
    case 'finished':
      return finished(base, answer, { request, context });
  }
}

/** A finish reason came: `length` is the end only where the person asked for that length. */
function finished(base: Omit<Outcome, 'status' | 'error'>, answer: Answer, { request, context }: { readonly request: RunRequest; readonly context: RunContext }): Outcome {
  if (answer.refusal !== '' && answer.text === '') {
    const error: RunError = { code: 'refusal', message: `${request.model.id} refused: ${oneLine(answer.refusal, 200)}`, hint: 'Say in the prompt what the answer is for, or choose another model.' };
    return { ...base, text: answer.refusal, value: answer.refusal, status: 'failed', error };
  }
  if (answer.finish === 'content-filter') {
    const error: RunError = { code: 'content-filter', message: `The content filter of ${request.model.id} stopped the answer.`, hint: 'What came before it is kept. Reword the prompt, or choose another model.' };
    return { ...base, status: answer.text === '' ? 'failed' : 'incomplete', error };
  }
  if (answer.finish === 'length') {
    if (answer.bound?.told === true) return limited(base, answer.bound.error, context);
    if ((request.config.maxOutputTokens ?? request.model.config.maxOutputTokens) === undefined) {
      const error: RunError = { code: 'incomplete', message: `${request.model.id} stopped at its own output limit or at the end of its context.`, hint: 'The text so far is kept. Ask for a shorter answer, or set `config.maxOutputTokens`.' };
      return { ...base, status: 'incomplete', error };
    }
  }
  return { ...base, status: 'done', error: null };
}

function oneLine(text: string, max: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}
