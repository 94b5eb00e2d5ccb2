import fc from 'fast-check';
import type { Cost, RunError, RunEvent } from '../src/core/trace/event.ts';
import type { CountKind, Usage } from '../src/core/models/model.ts';

type Type = RunEvent['type'];
type Fields<T extends Type> = { readonly [Field in Exclude<keyof Extract<RunEvent, { readonly type: T }>, 'type' | 'at'>]-?: fc.Arbitrary<Extract<RunEvent, { readonly type: T }>[Field]> };

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', 'a\r\nb', '\u2028', '__proto__', '{"type":"run-end"}'));
/** Few, so that events meet the same steps. */
const step = fc.integer({ min: 1, max: 6 });
const count = fc.option(fc.nat(1000));
const usage: fc.Arbitrary<Usage> = fc.record({ inputTokens: count, outputTokens: count, cachedInputTokens: count, reasoningTokens: count, kind: fc.constantFrom<CountKind>('provider', 'exact', 'calibrated', 'estimate') });
const cost: fc.Arbitrary<Cost> = fc.record({ usd: fc.option(fc.nat(640).map((n) => n / 64)), kind: fc.constantFrom('provider', 'calculated', 'estimate') });
const error: fc.Arbitrary<RunError> = fc.record({ code: fc.constantFrom('server', 'cut', 'limit'), message: text, hint: fc.option(text) });
const status = fc.constantFrom('done', 'failed', 'incomplete', 'limited', 'cancelled', 'skipped');
const source = fc.constantFrom({ kind: 'literal' } as const, { kind: 'file', path: 'a' } as const, { kind: 'tool', name: 'b' } as const);
const message = fc.record({ role: fc.constantFrom('system', 'user', 'model'), content: fc.array(fc.record({ text, source, taint: fc.array(source, { maxLength: 2 }) }), { maxLength: 2 }) });
const checks = fc.array(fc.record({ name: text, passed: fc.option(fc.boolean()), reason: text }), { maxLength: 3 });

const fields: { readonly [T in Type]: Fields<T> } = {
  'run-start': { version: fc.constant(1), id: text, group: text, notebook: text, cell: fc.option(text), index: fc.nat(9), in: text, model: text },
  'attempt-start': { step, parent: fc.constant(0), number: fc.nat(9), of: fc.nat(9) },
  'attempt-end': { step, status, text, passed: fc.nat(9), checks: fc.nat(9), kept: fc.boolean() },
  'model-call-start': { step, parent: fc.constant(0), purpose: fc.constantFrom('answer', 'judge', 'repair'), model: text, request: fc.record({ messages: fc.array(message, { maxLength: 2 }), config: fc.constant({}) }) },
  'request-start': { step, try: fc.nat(9) },
  'response-start': { step, status: fc.option(fc.nat(600), { nil: undefined }), requestId: fc.option(text, { nil: undefined }), model: fc.option(text, { nil: undefined }) },
  'text-delta': { step, text },
  'reasoning-delta': { step, text },
  'refusal-delta': { step, text },
  'tool-call-delta': { step, index: fc.nat(3), id: fc.option(text, { nil: undefined }), name: fc.option(text, { nil: undefined }), arguments: text },
  logprobs: { step, tokens: fc.array(fc.record({ token: text, logprob: fc.nat(9).map((n) => -n), top: fc.constant([]) }), { maxLength: 3 }) },
  'request-end': { step, try: fc.nat(9), sent: fc.boolean(), usage: fc.option(usage), cost, error: fc.option(error, { nil: undefined }) },
  'wait-start': { step, reason: fc.constantFrom('queue', 'retry', 'rate-limit'), until: fc.option(fc.nat()), text },
  'wait-end': { step },
  note: { step, text },
  'model-call-end': { step, status: fc.constantFrom('done', 'failed', 'incomplete', 'cancelled'), finish: fc.option(fc.constantFrom('stop', 'length')), source: fc.constantFrom('live', 'cache', 'replay'), usage: fc.option(usage), cost, error: fc.option(error, { nil: undefined }) },
  'tool-call-start': { step, parent: fc.constant(0), id: text, name: text, arguments: text },
  'tool-call-end': { step, output: text, error: fc.boolean() },
  'check-start': { step, parent: fc.constant(0), name: text, kind: fc.constantFrom('code', 'judge') },
  'check-end': { step, passed: fc.option(fc.boolean()), reason: text },
  'limit-reached': { limit: fc.constantFrom('calls', 'steps', 'tokens', 'cost', 'seconds'), max: fc.nat(9), used: fc.nat(9) },
  'run-end': { status, text, value: fc.jsonValue({ maxDepth: 2 }) as Fields<'run-end'>['value'], taint: fc.array(source, { maxLength: 2 }), checks, attempts: fc.nat(9), error: fc.option(error) },
};

/** Any one event, as a journal can hold it: what is not given is not there. */
export const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(...(Object.keys(fields) as Type[]).map((type) => eventOf(type)));

/** Events in any order, most of them of model calls. */
export const anyEvents = fc.array(fc.oneof({ weight: 2, arbitrary: anyEvent }, { weight: 3, arbitrary: fc.oneof(eventOf('model-call-start'), eventOf('text-delta'), eventOf('tool-call-delta'), eventOf('request-start'), eventOf('request-end')) }), { maxLength: 40 });

export function eventOf<T extends Type>(type: T): fc.Arbitrary<Extract<RunEvent, { readonly type: T }>> {
  const all: Record<string, fc.Arbitrary<unknown>> = { type: fc.constant(type), at: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }), ...fields[type] };
  return fc.record(all).map((event) => JSON.parse(JSON.stringify(event)) as Extract<RunEvent, { readonly type: T }>);
}
