import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addCost, addUsage } from './usage.ts';
import { anyEvent, anyEvents } from '../../../test/run-events.ts';
import { emptyRecord, lastAnswer, reduce } from './reduce.ts';
import { mergeDeltas } from './journal.ts';
import { traceText } from './text.ts';
import type { Cost, RunError, RunEvent } from './event.ts';
import type { ModelCallStep, RunRecord } from './record.ts';
import type { Usage } from '../models/model.ts';

function fold(events: readonly RunEvent[]): RunRecord {
  return events.reduce(reduce, emptyRecord());
}

const cost: Cost = { usd: 0.5, kind: 'calculated' };
const usage = (inputTokens: number, outputTokens: number): Usage => ({ inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: null, kind: 'provider' });
const failure: RunError = { code: 'server', message: 'Broken.', hint: null, status: 500 };

const begin: RunEvent = { type: 'run-start', version: 1, at: 10, id: 'a1', group: 'g', notebook: 'n.promptnb', cell: 'poem', index: 2, in: 'b7', model: 'fast' };
const start = (step: number, purpose: 'answer' | 'judge' | 'repair' = 'answer'): RunEvent => ({ type: 'model-call-start', at: 20, step, parent: 0, purpose, model: 'fast', request: { messages: [], config: {} } });
const sent = (step: number, at: number, number = 1): RunEvent => ({ type: 'request-start', at, step, try: number });
const say = (step: number, at: number, text: string): RunEvent => ({ type: 'text-delta', at, step, text });
const over = (step: number, at: number, more: Partial<Extract<RunEvent, { readonly type: 'request-end' }>> = {}): RunEvent => ({ type: 'request-end', at, step, try: 1, sent: true, usage: usage(5, 2), cost, ...more });
const ended = (step: number, at: number, source: 'live' | 'cache' | 'replay' = 'live'): RunEvent => ({ type: 'model-call-end', at, step, status: 'done', finish: 'stop', source, usage: usage(5, 2), cost });

function onlyCall(events: readonly RunEvent[]): ModelCallStep {
  const [step] = fold([begin, start(1), ...events]).steps;
  assert.ok(step?.kind === 'model-call');
  return step;
}

describe('A record, folded from events,', () => {
  it('is running until its end', () => {
    assert.equal(fold([]).status, 'running');
    const record = fold([begin]);
    assert.deepEqual([record.id, record.group, record.notebook, record.cell, record.index, record.in, record.model, record.startedAt, record.endedAt, record.status], ['a1', 'g', 'n.promptnb', 'poem', 2, 'b7', 'fast', 10, null, 'running']);
    assert.ok(!('type' in record) && !('at' in record));
  });

  it('has what the end of the run says', () => {
    const end = { type: 'run-end', at: 99, status: 'failed', text: 't', value: { a: 1 }, taint: [{ kind: 'model' }], checks: [{ name: 'c', passed: null, reason: 'r' }], attempts: 2, error: failure } as const;
    const { type: _type, at, ...said } = end;
    assert.deepEqual(fold([begin, end]), { ...fold([begin]), ...said, endedAt: at });
  });

  it('keeps the limit that was reached', () => {
    assert.deepEqual(fold([begin, { type: 'limit-reached', at: 1, limit: 'tokens', max: 5, used: 4 }]).limit, { name: 'tokens', max: 5, used: 4 });
  });

  it('has the text of the last try of a call alone, and its first token’s time', () => {
    const reasoning: RunEvent = { type: 'reasoning-delta', at: 31, step: 1, text: 'hm' };
    const refusal: RunEvent = { type: 'refusal-delta', at: 31, step: 1, text: 'no' };
    const logprobs: RunEvent = { type: 'logprobs', at: 31, step: 1, tokens: [{ token: 'a', logprob: -1, top: [] }] };
    const fragment: RunEvent = { type: 'tool-call-delta', at: 31, step: 1, index: 0, id: 'c', name: 'add', arguments: '{' };
    const first = [sent(1, 30), reasoning, refusal, logprobs, fragment, say(1, 32, 'first')];
    const one = onlyCall(first);
    assert.deepEqual([one.text, one.reasoning, one.refusal, one.logprobs.length, one.toolCalls, one.firstTokenAt], ['first', 'hm', 'no', 1, [{ id: 'c', name: 'add', arguments: '{' }], 31]);
    const two = onlyCall([...first, over(1, 40, { usage: null, error: failure }), sent(1, 50, 2), say(1, 52, 'sec'), say(1, 53, 'ond')]);
    assert.deepEqual([two.text, two.reasoning, two.refusal, two.logprobs, two.toolCalls, two.firstTokenAt], ['second', '', '', [], [], 52]);
    assert.deepEqual(two.tries.map(({ number, startedAt, endedAt, status, sent: was, error }) => [number, startedAt, endedAt, status, was, error?.code]), [[1, 30, 40, 500, true, 'server'], [2, 50, null, null, false, undefined]]);
  });

  it('keeps what the head of an answer said, though it comes in two parts', () => {
    const [one] = onlyCall([sent(1, 30), { type: 'response-start', at: 31, step: 1, status: 200, requestId: 'r' }, { type: 'response-start', at: 32, step: 1, model: 'fast-2025' }]).tries;
    assert.deepEqual([one!.respondedAt, one!.status, one!.requestId, one!.model], [32, 200, 'r', 'fast-2025']);
  });

  it('puts fragments of tool calls together, whatever comes between', () => {
    const fragment = (index: number, more: object, text: string): RunEvent => ({ type: 'tool-call-delta', at: 1, step: 1, index, arguments: text, ...more });
    assert.deepEqual(onlyCall([fragment(0, { id: 'a', name: 'x' }, '{'), fragment(1, { id: 'b', name: 'y' }, '['), fragment(0, {}, '}'), fragment(1, {}, ']')]).toolCalls, [{ id: 'a', name: 'x', arguments: '{}' }, { id: 'b', name: 'y', arguments: '[]' }]);
    assert.deepEqual(onlyCall([fragment(1, { id: 'b', name: 'y' }, '[]')]).toolCalls, [{ id: '', name: '', arguments: '' }, { id: 'b', name: 'y', arguments: '[]' }]);
  });

  it('takes a hundred thousand tokens in one event', () => {
    const tokens = Array.from({ length: 200_000 }, () => ({ token: 'a', logprob: -1, top: [] }));
    assert.equal(onlyCall([{ type: 'logprobs', at: 1, step: 1, tokens }]).logprobs.length, 200_000);
  });

  it('counts requests that were sent, with what they used, and costs only what was used', () => {
    const rows: readonly (readonly [what: string, events: readonly RunEvent[], calls: number, input: number | null, usd: number | null | undefined])[] = [
      ['one', [over(1, 1)], 1, 5, 0.5],
      ['two tries', [over(1, 1), over(1, 2)], 2, 10, 1],
      ['one that reached nobody', [over(1, 1, { sent: false })], 0, null, undefined],
      ['one that was refused', [over(1, 1, { usage: null, cost: { usd: null, kind: 'calculated' } })], 1, null, undefined],
      ['one refused and one answered', [over(1, 1, { usage: null, cost: { usd: null, kind: 'calculated' } }), over(1, 2)], 2, 5, 0.5],
      ['one answered at an unknown price', [over(1, 1, { cost: { usd: null, kind: 'calculated' } }), over(1, 2)], 2, 10, null],
      ['a live call is not counted again when it ends', [over(1, 1), ended(1, 2)], 1, 5, 0.5],
      ['a cached answer is no call, and what it took is known', [ended(1, 2, 'cache')], 0, 5, 0.5],
    ];
    for (const [what, events, calls, input, usd] of rows) {
      const record = fold([begin, start(1), ...events]);
      assert.deepEqual([record.calls, record.usage?.inputTokens ?? null, record.cost?.usd], [calls, input, usd], what);
      const [step] = record.steps;
      if (step?.kind === 'model-call' && input !== null) assert.deepEqual([step.usage, step.cost], [record.usage, record.cost], what);
    }
  });

  it('says where answers came from, and when they came from several places', () => {
    for (const [sources, source] of [[[], null], [['live', 'live'], 'live'], [['cache'], 'cache'], [['replay', 'replay'], 'replay'], [['live', 'cache'], 'mixed'], [['cache', 'live', 'live'], 'mixed']] as const) {
      assert.equal(fold([begin, ...sources.flatMap((one, index) => [start(index + 1), ended(index + 1, 1, one)])]).source, source);
    }
  });

  it('keeps waits and notes with their call', () => {
    const wait = (at: number, reason: 'queue' | 'retry'): RunEvent => ({ type: 'wait-start', at, step: 1, reason, until: null, text: reason });
    const step = onlyCall([wait(1, 'queue'), { type: 'wait-end', at: 2, step: 1 }, wait(3, 'retry'), { type: 'note', at: 3, step: 1, text: 'n' }]);
    assert.deepEqual(step.waits.map(({ reason, startedAt, endedAt }) => [reason, startedAt, endedAt]), [['queue', 1, 2], ['retry', 3, null]]);
    assert.deepEqual(step.notes, ['n']);
  });

  it('keeps one attempt of those that stand together', () => {
    const attempt = (step: number, kept: boolean, parent = 0): RunEvent[] => [
      { type: 'attempt-start', at: 1, step, parent, number: step, of: 3 },
      { type: 'attempt-end', at: 2, step, status: 'done', text: `t${step}`, passed: step, checks: 3, kept },
    ];
    const kept = (events: readonly RunEvent[]): boolean[] => fold([begin, ...events]).steps.map((step) => step.kind === 'attempt' && step.kept);
    assert.deepEqual(kept([...attempt(1, true), ...attempt(2, true), ...attempt(3, false)]), [false, true, false]);
    assert.deepEqual(kept([...attempt(1, true), ...attempt(2, true, 1)]), [true, true], 'those inside of an attempt are others');
  });

  it('keeps tool calls and checks with how they ended', () => {
    const record = fold([
      begin, { type: 'tool-call-start', at: 1, step: 1, parent: 0, id: 'c', name: 'add', arguments: '{}' }, { type: 'tool-call-end', at: 2, step: 1, output: 'no', error: true },
      { type: 'check-start', at: 3, step: 2, parent: 0, name: 'short', kind: 'code' }, { type: 'check-end', at: 4, step: 2, passed: false, reason: 'long' },
    ]);
    assert.deepEqual(record.steps, [
      { kind: 'tool-call', step: 1, parent: 0, startedAt: 1, endedAt: 2, id: 'c', name: 'add', arguments: '{}', output: 'no', failed: true },
      { kind: 'check', step: 2, parent: 0, startedAt: 3, endedAt: 4, name: 'short', by: 'code', passed: false, reason: 'long' },
    ]);
  });

  it('leaves out what names a step that never began, or is of another kind, and a step that begins again', () => {
    const before = fold([begin, start(1)]);
    assert.deepEqual(fold([begin, start(1), say(7, 1, 'x'), over(7, 1), { type: 'tool-call-end', at: 1, step: 1, output: 'x', error: false }, start(1), { type: 'attempt-start', at: 1, step: 1, parent: 0, number: 1, of: 1 }]), before);
  });

  it('leaves out an event that only a later version knows', () => {
    assert.deepEqual(reduce(fold([begin]), { type: 'from-the-future', at: 1 } as unknown as RunEvent), fold([begin]));
  });

  it('gives the last call that answered, for captions', () => {
    assert.equal(lastAnswer(fold([begin])), undefined);
    assert.equal(lastAnswer(fold([begin, start(1), start(2), start(3, 'judge')]))?.step, 2);
  });

  describe('from any events in any order', () => {
    it('comes to be without throwing, can be drawn, and is plain data', () =>
      fc.assert(
        fc.property(anyEvents, (events) => {
          const record = fold(events);
          assert.ok(traceText(record).endsWith('\n'));
          assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
          assert.equal(new Set(record.steps.map((step) => step.step)).size, record.steps.length);
        }),
        { numRuns: 300 },
      ));

    it('has totals that are the sums of its requests', () =>
      fc.assert(
        fc.property(anyEvents, (events) => {
          const record = emptyRecord();
          let calls = 0;
          let used: Usage | null = null;
          let paid: Cost | null = null;
          for (const event of events) {
            const known = 'step' in event && record.steps.some((step) => step.kind === 'model-call' && step.step === event.step);
            if (known && event.type === 'request-end' && event.sent) {
              calls += 1;
              used = addUsage(used, event.usage);
              if (event.usage !== null) paid = addCost(paid, event.cost);
            }
            if (known && event.type === 'model-call-end' && event.source === 'cache') {
              used = addUsage(used, event.usage);
              paid = addCost(paid, event.cost);
            }
            reduce(record, event);
          }
          assert.deepEqual([record.calls, record.usage, record.cost], [calls, used, paid]);
        }),
        { numRuns: 300 },
      ));

    it('ends as its last end says', () =>
      fc.assert(
        fc.property(anyEvents, (events) => {
          const last = events.findLast((event) => event.type === 'run-end' || event.type === 'run-start');
          const record = fold(events);
          assert.equal(record.status, last?.type === 'run-end' ? last.status : 'running');
        }),
      ));

    it('is the same when deltas that stand together are joined', () =>
      fc.assert(
        fc.property(fc.array(fc.oneof(anyEvent, fc.constantFrom(start(1), say(1, 1, 'a'), say(1, 2, 'b'), { type: 'tool-call-delta', at: 3, step: 1, index: 0, arguments: '1' } as const)), { maxLength: 40 }), (events) => {
          const joined: RunEvent[] = [];
          for (const event of events) {
            const last = joined.at(-1);
            const merged = last === undefined ? null : mergeDeltas(last, event);
            if (merged === null) joined.push(event);
            else joined[joined.length - 1] = merged;
          }
          assert.deepEqual(fold(joined), fold(events));
        }),
        { numRuns: 300 },
      ));
  });
});
