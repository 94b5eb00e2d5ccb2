import type { ModelError } from '../models/model.ts';
import type { Outcome, RunContext } from '../techniques/technique.ts';
import type { RunError } from '../trace/event.ts';
import { LimitError } from './meter.ts';

/** A model's failure as the record keeps it. */
export function runError(error: ModelError): RunError {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    ...(error.status !== undefined && { status: error.status }),
    ...(error.body !== undefined && { body: error.body }),
  };
}

/** A defect of this program: it must not take what other cells have made with it. */
export function defect(error: unknown): RunError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'internal', message: `This is a defect of Prompt Notebook: ${message}`, hint: 'Please report it with this record.' };
}

/** An outcome that a limit ended: says so in the record, keeps what was made. */
export function limited(outcome: Omit<Outcome, 'status' | 'error'>, error: LimitError, context: RunContext): Outcome {
  context.emit({ type: 'limit-reached', at: context.host.now(), limit: error.limit, max: error.max, used: error.used });
  return { ...outcome, status: 'limited', error: { code: 'limit', message: error.message, hint: error.hint } };
}

/** The outcome of a run whose signal has aborted: a limit of time ended it, or whoever cancelled it. Keeps what was made. */
export function stopped(outcome: Omit<Outcome, 'status' | 'error'>, context: RunContext): Outcome {
  const reason: unknown = context.signal.reason;
  return reason instanceof LimitError ? limited(outcome, reason, context) : { ...outcome, status: 'cancelled', error: null };
}
