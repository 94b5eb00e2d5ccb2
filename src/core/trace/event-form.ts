import type { RunEvent } from './event.ts';

/** Whether a value has the form that a field of an event needs, as far as whoever folds and draws it relies on it. */
type Form = (value: unknown) => boolean;

const text: Form = (value) => typeof value === 'string';
const number: Form = (value) => typeof value === 'number' && Number.isFinite(value);
const truth: Form = (value) => typeof value === 'boolean';
const anything: Form = () => true;
const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Form => (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const orNull = (form: Form): Form => (value) => value === null || form(value);
const maybe = (form: Form): Form => (value) => value === undefined || form(value);
const list = (form: Form): Form => (value) => Array.isArray(value) && (value as readonly unknown[]).every(form);
const oneOf = (...words: readonly string[]): Form => (value) => words.includes(value as string);

function shape(fields: Readonly<Record<string, Form>>): Form {
  const entries = Object.entries(fields);
  return (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && entries.every(([key, form]) => form((value as Record<string, unknown>)[key]));
}

const step = whole(1);
/** More tool calls than this are in no answer. */
const callIndex = whole(0, 4095);
const status = oneOf('done', 'failed', 'incomplete', 'limited', 'cancelled', 'skipped');
const count = orNull(number);
const usage = orNull(shape({ inputTokens: count, outputTokens: count, cachedInputTokens: count, reasoningTokens: count, kind: text }));
const cost = shape({ usd: count, kind: text });
const error = shape({ code: text, message: text, hint: orNull(text) });
const source = shape({ kind: text });
const toolCall = shape({ id: text, name: text, arguments: text });
const segment: Form = (value) => shape({ text })(value) || shape({ media: shape({ url: text }) })(value);
const message = shape({ role: text, content: list(segment), toolCalls: maybe(list(toolCall)) });
const request = shape({ messages: list(message), config: shape({}) });
const logprob = shape({ token: text, logprob: number });
const check = shape({ name: text, passed: orNull(truth), reason: text });

type Forms = { readonly [Type in RunEvent['type']]: { readonly [Field in Exclude<keyof Extract<RunEvent, { readonly type: Type }>, 'type'>]-?: Form } };

const at = number;
const parent = whole(0);

const forms: Forms = {
  'run-start': { at, version: whole(1, 1), id: text, group: text, notebook: text, cell: orNull(text), index: number, in: text, model: text },
  'attempt-start': { at, step, parent, number, of: number },
  'attempt-end': { at, step, status, text, passed: number, checks: number, kept: truth },
  'model-call-start': { at, step, parent, purpose: oneOf('answer', 'judge', 'repair'), model: text, request },
  'request-start': { at, step, try: number },
  'response-start': { at, step, status: maybe(number), requestId: maybe(text), model: maybe(text) },
  'text-delta': { at, step, text },
  'reasoning-delta': { at, step, text },
  'refusal-delta': { at, step, text },
  'tool-call-delta': { at, step, index: callIndex, id: maybe(text), name: maybe(text), arguments: text },
  logprobs: { at, step, tokens: list(logprob) },
  'request-end': { at, step, try: number, sent: truth, usage, cost, error: maybe(error) },
  'wait-start': { at, step, reason: oneOf('queue', 'retry', 'rate-limit'), until: orNull(number), text },
  'wait-end': { at, step },
  note: { at, step, text },
  'model-call-end': { at, step, status: oneOf('done', 'failed', 'incomplete', 'cancelled'), finish: orNull(text), source: oneOf('live', 'cache', 'replay'), usage, cost, error: maybe(error) },
  'tool-call-start': { at, step, parent, id: text, name: text, arguments: text },
  'tool-call-end': { at, step, output: text, error: truth },
  'check-start': { at, step, parent, name: text, kind: oneOf('code', 'judge') },
  'check-end': { at, step, passed: orNull(truth), reason: text },
  'limit-reached': { at, limit: oneOf('calls', 'steps', 'tokens', 'cost', 'seconds'), max: number, used: number },
  'run-end': { at, status, text, value: anything, taint: list(source), checks: list(check), attempts: number, error: orNull(error) },
};

/**
 * Whether a value from a journal is an event as this version writes it, or one of a kind that only a later version knows. A record may
 * come from anywhere: whoever folds it need not look at every field again.
 */
export function isRunEvent(value: unknown): value is RunEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as { readonly [field: string]: unknown };
  const { type } = event;
  if (typeof type !== 'string') return false;
  if (!Object.hasOwn(forms, type)) return true;
  if (!shape(forms[type as RunEvent['type']])(event)) return false;
  // What a step is part of began before it: steps are a tree, whatever a journal says.
  return event.parent === undefined || (event.parent as number) < (event.step as number);
}
