import assert from 'node:assert/strict';
import { drive, testHost, userMessage, type Driven, type Driving } from '../../../test/faults/drive.ts';
import { messageText } from '../prompt/message.ts';
import { parseOption } from '../../../test/parse-option.ts';
import { retry } from './retry.ts';
import { scriptedModel } from '../../../test/scripted-model.ts';
import type { CheckResult } from '../trace/event.ts';
import type { Outcome, Run, RunRequest } from './technique.ts';

/** How an attempt goes: which of its checks pass, or how it ends. */
type Attempt = readonly (boolean | null)[] | Partial<Outcome>;

function results(passed: readonly (boolean | null)[]): CheckResult[] {
  return passed.map((one, index) => ({ name: `c${index + 1}`, passed: one, reason: `r${index + 1}` }));
}

async function attempts(more: number, all: readonly Attempt[], driving: Partial<Driving> = {}): Promise<Driven & { readonly asked: readonly RunRequest[] }> {
  const asked: RunRequest[] = [];
  const next: Run = async (request) => {
    const attempt = all[Math.min(asked.length, all.length - 1)]!;
    asked.push(request);
    const base = { finish: 'stop', text: `text ${asked.length}`, value: `value ${asked.length}`, message: null, attempts: 1, taint: [], error: null, status: 'done', checks: [] } as const;
    return 'length' in attempt ? { ...base, checks: results(attempt) } : { ...base, ...attempt };
  };
  const driven = await drive({ model: scriptedModel(() => ''), host: testHost(), run: retry.wrap!(more, next), request: { messages: [userMessage('Write.')] }, ...driving });
  return { ...driven, asked };
}

describe('The option retry', () => {
  const rows: readonly { readonly what: string; readonly more: number; readonly all: readonly Attempt[]; readonly text: string; readonly number: number; readonly status?: string; readonly kept: readonly boolean[] }[] = [
    { what: 'ends with the first attempt that passes', more: 3, all: [[true]], text: 'text 1', number: 1, kept: [true] },
    { what: 'ends when there is nothing to check', more: 3, all: [[]], text: 'text 1', number: 1, kept: [true] },
    { what: 'tries again while a check fails', more: 3, all: [[false], [false], [true]], text: 'text 3', number: 3, kept: [false, false, true] },
    { what: 'tries no more often than it may', more: 2, all: [[false]], text: 'text 1', number: 3, kept: [true, false, false] },
    { what: 'does not try again with 0', more: 0, all: [[false]], text: 'text 1', number: 1, kept: [true] },
    { what: 'keeps the attempt that passed most', more: 2, all: [[true, false, false], [true, true, false], [false, false, true]], text: 'text 2', number: 3, kept: [false, true, false] },
    { what: 'keeps the first of those that are as good', more: 2, all: [[true, false], [false, true], [true, false]], text: 'text 1', number: 3, kept: [true, false, false] },
    { what: 'counts what could not be decided as failed', more: 1, all: [[null], [true]], text: 'text 2', number: 2, kept: [false, true] },
    { what: 'ends with an attempt that fails, and keeps the best before it', more: 3, all: [[true, false], { status: 'failed', error: { code: 'server', message: 'm', hint: null }, text: 'half' }], text: 'text 1', number: 2, status: 'failed', kept: [true, false] },
    { what: 'ends with an attempt that is cut, and keeps the best before it', more: 3, all: [[false], { status: 'cancelled', text: 'half' }], text: 'text 1', number: 2, status: 'cancelled', kept: [true, false] },
    { what: 'keeps what the first attempt made, whatever ended it', more: 3, all: [{ status: 'limited', text: 'half', error: { code: 'limit', message: 'm', hint: null } }], text: 'half', number: 1, status: 'limited', kept: [true] },
  ];
  for (const { what, more, all, text, number, status = 'done', kept } of rows) {
    it(what, async () => {
      const { outcome, record, asked } = await attempts(more, all);
      assert.deepEqual([outcome.text, outcome.attempts, outcome.status, asked.length], [text, number, status, number]);
      if (status === 'done') assert.equal(outcome.value, text.replace('text', 'value'));
      const steps = record.steps.filter((step) => step.kind === 'attempt');
      assert.deepEqual(steps.map((step) => step.kept), kept);
      assert.deepEqual(steps.map((step) => [step.number, step.of, step.text !== '', step.endedAt !== null]), kept.map((_, index) => [index + 1, more + 1, true, true]));
      const best = steps.find((step) => step.kept)!;
      assert.deepEqual([outcome.checks.filter((check) => check.passed === true).length, outcome.checks.length], [best.passed, best.checks]);
    });
  }

  it('feeds back the answer, what failed in it and why, and what was met', async () => {
    const { asked } = await attempts(2, [[true, false], [false, true], [true, true]]);
    const texts = asked.map((request) => request.messages.map((message) => [message.role, messageText(message)]));
    assert.deepEqual(texts[0], [['user', 'Write.']]);
    assert.deepEqual(texts[1]!.slice(0, 2), [['user', 'Write.'], ['model', 'text 1']]);
    assert.match(texts[1]![2]![1]!, /^Your answer does not meet this requirement:\n- c2\n {2}Why it fails: r2\n\nIt does meet this, which must stay so:\n- c1\n/);
    // Each attempt is told of the one before it alone: a growing pile of failures would cost more each time.
    assert.deepEqual(texts[2]!.map(([role]) => role), ['user', 'model', 'user']);
    assert.equal(texts[2]![1]![1], 'text 2');
  });

  it('trusts an answer no more for having been fed back', async () => {
    const taint = [{ kind: 'file', path: 'notes.md' }] as const;
    const { asked } = await attempts(1, [{ checks: results([false]), taint }, [true]]);
    assert.deepEqual(asked[1]!.messages.slice(1).map((message) => message.content[0]!.taint), [taint, taint]);
  });

  it('puts what an attempt does under it', async () => {
    const { asked, record } = await attempts(1, [[false], [true]]);
    assert.deepEqual(asked.map((request) => request.parent), record.steps.map((step) => step.step));
  });

  it('reads a whole number from 0 to 100', () => {
    assert.deepEqual(['0', '3', '100'].map((text) => parseOption(retry, text).value), [0, 3, 100]);
    for (const text of ['-1', '1.5', '101', 'three', '[1]', '{}', '', 'true', '.inf', '"2"']) {
      const { value, problems } = parseOption(retry, text);
      assert.ok(value === undefined && problems.length === 1 && problems[0]!.startsWith('`retry` must be a whole number'), `${text}: ${problems.join()}`);
    }
  });
});
