import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyEvents } from '../../../test/run-events.ts';
import { emptyRecord, reduce } from '../trace/reduce.ts';
import { eventRedactor } from './redact-events.ts';
import { redactor } from './redact.ts';
import type { RunEvent } from '../trace/event.ts';
import type { ModelCallStep, RunRecord } from '../trace/record.ts';

const secret = 'Zq7events93Kd0aPwVx';

function through(events: readonly RunEvent[], secrets: readonly string[] = [secret]): RunEvent[] {
  const redaction = eventRedactor(redactor(secrets));
  return [...events.flatMap((event) => redaction.take(event)), ...redaction.rest()];
}

function fold(events: readonly RunEvent[]): RunRecord {
  return events.reduce(reduce, emptyRecord());
}

const begins: RunEvent = { type: 'model-call-start', at: 1, step: 1, parent: 0, purpose: 'answer', model: 'm', request: { messages: [], config: {} } };
const say = (text: string, type: 'text-delta' | 'reasoning-delta' | 'refusal-delta' = 'text-delta', step = 1): RunEvent => ({ type, at: 2, step, text });

describe('Taking secrets out of events', () => {
  it('gives the same events where there is no secret', () => {
    fc.assert(fc.property(anyEvents, (events) => assert.deepEqual(fold(through(events, [])), fold(events))), { numRuns: 200 });
  });

  it('changes nothing of answers that hold none, whatever comes between their pieces', () => {
    fc.assert(fc.property(anyEvents, (events) => assert.deepEqual(fold(through(events)), fold(events))), { numRuns: 200 });
  });

  for (const type of ['text-delta', 'reasoning-delta', 'refusal-delta'] as const) {
    it(`finds one in pieces of ${type}, with other events between`, () => {
      for (let cut = 1; cut < secret.length; cut++) {
        const step = fold(through([begins, say(`a${secret.slice(0, cut)}`, type), { type: 'note', at: 2, step: 1, text: 'n' }, say(`${secret.slice(cut)}b`, type)])).steps[0] as ModelCallStep;
        assert.equal(step.text + step.reasoning + step.refusal, 'a…PwVxb');
      }
    });
  }

  it('finds one in the arguments of a tool, and keeps each call’s pieces apart', () => {
    const piece = (index: number, text: string, head: object = {}): RunEvent => ({ type: 'tool-call-delta', at: 2, step: 1, index, arguments: text, ...head });
    const events = [begins, piece(0, secret.slice(0, 9), { id: 'a', name: 'x' }), piece(1, secret.slice(0, 4), { id: 'b', name: 'y' }), piece(0, secret.slice(9)), piece(1, '!')];
    assert.deepEqual((fold(through(events)).steps[0] as ModelCallStep).toolCalls, [{ id: 'a', name: 'x', arguments: '…PwVx' }, { id: 'b', name: 'y', arguments: `${secret.slice(0, 4)}!` }]);
  });

  it('gives what it held back before the answer is over, and before another try begins', () => {
    const head = secret.slice(0, 6);
    for (const last of [{ type: 'request-start', at: 3, step: 1, try: 2 }, { type: 'request-end', at: 3, step: 1, try: 1, sent: true, usage: null, cost: { usd: null, kind: 'calculated' } }, { type: 'model-call-end', at: 3, step: 1, status: 'done', finish: 'stop', source: 'live', usage: null, cost: { usd: null, kind: 'calculated' } }] as const) {
      const events = through([begins, say(head), last]);
      assert.deepEqual(events.map((event) => (event.type === 'text-delta' ? event.text : event.type)), ['model-call-start', '', head, last.type]);
    }
    assert.deepEqual(through([begins, say(head)]).map((event) => (event.type === 'text-delta' ? event.text : null)), [null, '', head]);
  });

  it('does not hold one answer’s words back until another’s end', () => {
    const other: RunEvent = { ...begins, step: 2 };
    const events = through([begins, other, say(secret.slice(0, 6)), say(secret.slice(6), 'text-delta', 2)]);
    assert.deepEqual(events.flatMap((event) => (event.type === 'text-delta' ? [[event.step, event.text]] : [])), [[1, ''], [2, secret.slice(6)], [1, secret.slice(0, 6)]]);
  });
});
