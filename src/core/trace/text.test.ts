import assert from 'node:assert/strict';
import { readJournal } from './journal.ts';
import { safeForTerminal } from '../safety/terminal.ts';
import { traceText } from './text.ts';

/** Every text of others in an event of each kind, made of this. */
function journal(wild: string): string {
  const error = { code: 'bad-request', message: wild, hint: wild };
  const messages = [{ role: 'user', content: [{ text: wild, source: { kind: 'literal' }, taint: [] }] }, { role: 'model', content: [], toolCalls: [{ id: wild, name: wild, arguments: wild }] }];
  const events = [
    { type: 'run-start', version: 1, at: 0, id: wild, group: 'g', notebook: wild, cell: wild, index: 1, in: 'x', model: wild },
    { type: 'attempt-start', at: 1, step: 1, parent: 0, number: 1, of: 2 },
    { type: 'model-call-start', at: 1, step: 2, parent: 1, purpose: 'answer', model: wild, request: { messages, config: {} } },
    { type: 'request-start', at: 1, step: 2, try: 1 },
    { type: 'request-end', at: 2, step: 2, try: 1, sent: true, usage: null, cost: { usd: null, kind: 'calculated' }, error },
    { type: 'wait-start', at: 2, step: 2, reason: 'retry', until: 5, text: wild },
    { type: 'wait-end', at: 5, step: 2 },
    { type: 'request-start', at: 5, step: 2, try: 2 },
    { type: 'note', at: 6, step: 2, text: wild },
    { type: 'reasoning-delta', at: 6, step: 2, text: wild },
    { type: 'text-delta', at: 6, step: 2, text: wild },
    { type: 'refusal-delta', at: 6, step: 2, text: wild },
    { type: 'tool-call-delta', at: 6, step: 2, index: 0, id: wild, name: wild, arguments: wild },
    { type: 'model-call-end', at: 7, step: 2, status: 'done', finish: 'stop', source: 'live', usage: null, cost: { usd: null, kind: 'calculated' } },
    { type: 'tool-call-start', at: 7, step: 3, parent: 1, id: wild, name: wild, arguments: wild },
    { type: 'tool-call-end', at: 8, step: 3, output: wild, error: true },
    { type: 'check-start', at: 8, step: 4, parent: 1, name: wild, kind: 'judge' },
    { type: 'check-end', at: 9, step: 4, passed: false, reason: wild },
    { type: 'attempt-end', at: 9, step: 1, status: 'done', text: wild, passed: 0, checks: 1, kept: true },
    { type: 'run-end', at: 9, status: 'failed', text: `${wild}!`, value: wild, taint: [], checks: [{ name: wild, passed: false, reason: wild }], attempts: 1, error },
  ];
  return events.map((event) => JSON.stringify(event)).join('\n');
}

describe('A record as text', () => {
  it('passes every text of others through `safe`', () => {
    const record = readJournal(journal('\u001b[31mred\u0007'));
    const style = { bold: (text: string) => text, dim: (text: string) => text, red: (text: string) => text, green: (text: string) => text, yellow: (text: string) => text };
     
    assert.doesNotMatch(traceText(record, { style, safe: safeForTerminal }), /[\x00-\x09\x0b-\x1f]/);
    assert.ok(traceText(record).split('\u001b[31mred').length > 15);
  });

  it('tells the tree of steps, parts in it indented', () => {
    const text = traceText(readJournal(journal('w')));
    assert.equal(text, `w · run w · 1970-01-01T00:00:00.000Z
✗ failed · w · 9 ms · checks 0/1 · live
bad-request: w
  w

Attempt 1 of 2 · done · checks 0/1 · kept
  Model call · w · 6 ms
    user
      w
    model
      → w(w)
    try 1 of 2 failed: bad-request: w
    waited 3 ms: w
    note: w
    reasoning
      w
    refusal
      w
    answer
      w
    → w(w)
  Tool w(w) · failed
    w
  ✗ w — w

Result
  w!
`);
  });

  it('bears a time that is none', () => {
    assert.match(traceText(readJournal('{"type":"run-start","version":1,"at":1e300,"id":"x","group":"","notebook":"","cell":null,"index":2,"in":"","model":"m"}')), /^#2 · run x · at an unknown time\n– interrupted · m/);
  });
});
