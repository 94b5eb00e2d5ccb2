import assert from 'node:assert/strict';
import { baseRun } from './base.ts';
import { check } from './check.ts';
import { createMeter } from '../engine/meter.ts';
import { drive, modelCalls, testHost, type Driven, type Driving } from '../../../test/faults/drive.ts';
import { ModelError } from '../models/model.ts';
import { parseOption } from '../../../test/parse-option.ts';
import { scriptedModel, type Answer, type ScriptedModel } from '../../../test/scripted-model.ts';

const fence = '\n  - ';

function verdicts(...passed: readonly boolean[]): string {
  return JSON.stringify({ results: passed.map((one, index) => ({ passed: one, reason: `r${index + 1}` })) });
}

/** A model that answers, and judges what it is shown. */
function judging(answer: string, judge: (asked: number) => Answer, overrides: Parameters<typeof scriptedModel>[1] = {}): ScriptedModel {
  let asked = 0;
  return scriptedModel((text) => (text.includes('answer to be judged') || text.startsWith('Your reply could not be used') ? judge((asked += 1)) : answer), overrides);
}

async function checked(items: readonly string[], model: ScriptedModel, driving: Partial<Driving> = {}): Promise<Driven> {
  const { value, problems } = parseOption(check, fence + items.join(fence));
  assert.deepEqual(problems, []);
  return drive({ model, host: testHost(), run: check.wrap!(value!, baseRun), ...driving });
}

describe('The option check', () => {
  it('lets code decide where it can, and asks nobody', async () => {
    const { outcome, record } = await checked(['contains: one', 'contains: three', 'max_tokens: 5'], judging('one two', () => assert.fail('It was asked.')));
    assert.deepEqual(outcome.checks.map(({ name, passed }) => [name, passed]), [['contains: one', true], ['contains: three', false], ['max_tokens: 5', true]]);
    assert.deepEqual([outcome.status, outcome.text, record.calls], ['done', 'one two', 1]);
    assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'check' ? [[step.name, step.by, step.passed, step.endedAt !== null]] : [])), [['contains: one', 'code', true, true], ['contains: three', 'code', false, true], ['max_tokens: 5', 'code', true, true]]);
  });

  it('asks a model about all sentences at once, at temperature 0, and keeps its reasons in the order of the checks', async () => {
    const model = judging('one two', () => verdicts(true, false));
    const { outcome, record } = await checked(['It is short.', 'contains: one', 'It rhymes.'], model, { request: { config: { temperature: 0.9, maxOutputTokens: 7 } } });
    assert.deepEqual(outcome.checks, [
      { name: 'It is short.', passed: true, reason: 'r1' }, { name: 'contains: one', passed: true, reason: outcome.checks[1]!.reason }, { name: 'It rhymes.', passed: false, reason: 'r2' },
    ]);
    assert.deepEqual([record.calls, model.requests.length], [2, 2]);
    assert.deepEqual(model.requests[1]!.config, { temperature: 0 });
    assert.deepEqual(modelCalls(record).map((step) => step.purpose), ['answer', 'judge']);
  });

  it('counts the judge’s calls and tokens', async () => {
    const { record } = await checked(['It is short.'], judging('one two', () => verdicts(true)));
    assert.equal(record.usage!.outputTokens, 2 + verdicts(true).split(' ').length);
  });

  it('says which checks only warn', async () => {
    const { outcome } = await checked(['contains: z\n    warn: true', 'contains: y'], judging('x', () => ''));
    assert.deepEqual(outcome.checks.map(({ warn }) => warn), [true, undefined]);
  });

  const undecided: readonly (readonly [what: string, judge: (asked: number) => Answer, calls: number, reason: RegExp])[] = [
    ['has another form twice', () => 'The answer is fine.', 3, /could not be used/],
    ['cannot be reached', () => new ModelError('not-found', 'There is no such model.', { status: 404 }), 2, /There is no such model\./],
  ];
  for (const [what, judge, calls, reason] of undecided) {
    it(`is undecided where the judge ${what}: that is no failure of the run`, async () => {
      const { outcome, record } = await checked(['It is short.', 'It rhymes.'], judging('one two', judge));
      assert.deepEqual([outcome.status, outcome.text, outcome.checks.map(({ passed }) => passed), record.calls], ['done', 'one two', [null, null], calls]);
      for (const one of outcome.checks) assert.match(one.reason, reason);
    });
  }

  it('asks a judge again in another form where its form was wrong', async () => {
    const { outcome, record } = await checked(['It is short.', 'It rhymes.'], judging('x', (asked) => (asked === 1 ? verdicts(true) : verdicts(true, false))));
    assert.deepEqual([outcome.checks.map(({ passed }) => passed), record.calls], [[true, false], 3]);
  });

  it('asks a judge that refuses the schema without it', async () => {
    const capabilities = { ...scriptedModel(() => '').capabilities, jsonSchema: true };
    let refused = 0;
    const model = scriptedModel((text, request) => {
      if (!text.includes('answer to be judged')) return 'x';
      if (request.output === undefined) return verdicts(true);
      refused += 1;
      return new ModelError('bad-request', 'minItems is not supported.', { status: 400 });
    }, { capabilities });
    const { outcome } = await checked(['It is short.'], model);
    assert.deepEqual([outcome.checks[0]!.passed, refused], [true, 1]);
  });

  it('looks at no answer that did not come to its end', async () => {
    const { outcome, record } = await checked(['contains: z'], scriptedModel(() => new ModelError('server', 'Broken.')));
    assert.deepEqual([outcome.status, outcome.checks, record.steps.filter((step) => step.kind === 'check').length], ['failed', [], 0]);
  });

  describe('that is stopped', () => {
    it('while it judges, keeps the answer and what code has decided, and is cancelled', async () => {
      const controller = new AbortController();
      const model = judging('one two', () => (_request, signal) => (function* () {
        controller.abort();
        signal.throwIfAborted();
      })());
      const { outcome, record } = await checked(['contains: one', 'It rhymes.'], model, { signal: controller.signal });
      assert.deepEqual([outcome.status, outcome.error, outcome.text, outcome.checks.map(({ passed }) => passed)], ['cancelled', null, 'one two', [true, null]]);
      assert.ok(record.steps.every((step) => step.endedAt !== null));
    });

    it('while code decides, keeps the answer, judges no more, and is cancelled', async () => {
      const controller = new AbortController();
      const host = testHost({
        matches: (_pattern, _flags, _text, signal) => {
          controller.abort();
          return Promise.reject(signal.reason as Error);
        },
      });
      const { outcome, record } = await checked(['matches: a+', 'It rhymes.'], judging('one two', () => verdicts(true)), { signal: controller.signal, host });
      assert.deepEqual([outcome.status, outcome.error, outcome.text, record.calls], ['cancelled', null, 'one two', 1]);
    });

    it('by a limit of time while code decides, says which limit', async () => {
      const meter = createMeter({ seconds: 0 }, 'cell poem');
      const controller = new AbortController();
      const host = testHost({
        matches: (_pattern, _flags, _text, signal) => {
          controller.abort(meter.deadline!.reason);
          return Promise.reject(signal.reason as Error);
        },
      });
      const { outcome, record } = await checked(['matches: a+'], judging('one two', () => ''), { signal: controller.signal, host });
      assert.deepEqual([outcome.status, outcome.error?.code, record.limit?.name, outcome.text], ['limited', 'limit', 'seconds', 'one two']);
    });

    it('by a limit of calls before it judges, keeps the answer and says which limit', async () => {
      const { outcome, record } = await checked(['It rhymes.'], judging('one two', () => verdicts(true)), { limits: { calls: 1 } });
      assert.deepEqual([outcome.status, outcome.error?.code, record.limit?.name, outcome.text, record.calls, outcome.checks[0]!.passed], ['limited', 'limit', 'calls', 'one two', 1, null]);
    });

    it('is done all the same where everything had been decided', async () => {
      const controller = new AbortController();
      const host = testHost({
        matches: async () => {
          controller.abort();
          return true;
        },
      });
      const { outcome } = await checked(['matches: a+'], judging('one two', () => ''), { signal: controller.signal, host });
      assert.deepEqual([outcome.status, outcome.checks[0]!.passed], ['done', true]);
    });
  });

  it('that breaks is undecided, with why', async () => {
    const host = testHost({ matches: () => Promise.reject(new Error('It took too long.')) });
    const { outcome } = await checked(['matches: (a+)+$'], judging('aaaa', () => ''), { host });
    assert.deepEqual([outcome.status, outcome.checks[0]!.passed, outcome.checks[0]!.reason], ['done', null, 'It took too long.']);
  });
});
