import assert from 'node:assert/strict';
import { createMeter } from './meter.ts';
import { createQueues } from './queue.ts';
import { emptyRecord, reduce } from '../trace/reduce.ts';
import { getEventListeners } from 'node:events';
import { messageText } from '../prompt/message.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { runCell, type CellRun } from './run-cell.ts';
import { scriptedModel, type Answer, type ScriptedModel } from '../../../test/scripted-model.ts';
import { testHost, userMessage } from '../../../test/faults/drive.ts';
import type { CellResult } from './result.ts';
import type { Host, RecordWriter } from './host.ts';
import type { ModelEvent } from '../models/model.ts';
import type { RunEvent } from '../trace/event.ts';

interface Ran {
  readonly result: CellResult;
  readonly events: readonly RunEvent[];
}

async function run(options: string, model: ScriptedModel, more: Partial<CellRun> = {}): Promise<Ran> {
  const fence = '```';
  const cell = readProgram(readNotebook(`${fence}{prompt poem}\n---\n${options}---\nWrite.\n${fence}\n`)).prompts[0]!;
  const events: RunEvent[] = [];
  const result = await runCell({
    cell, messages: [userMessage('Write.')], model, openModel: async () => model, host: testHost(), signal: new AbortController().signal, halted: new AbortController().signal, meter: createMeter({}, 'the run'),
    queues: createQueues(() => 0), cache: {}, allowed: new Set(), notebook: 'n.promptnb', group: 'ab12', overBudget: false, watch: (event) => events.push(event), ...more,
  });
  return { result, events };
}

function inTurn(answers: readonly Answer[], overrides: Parameters<typeof scriptedModel>[1] = {}): ScriptedModel {
  let asked = 0;
  return scriptedModel(() => answers[Math.min(asked++, answers.length - 1)]!, overrides);
}

const asks: Answer = (): readonly ModelEvent[] => [{ type: 'tool-call-delta', index: 0, id: 'a', name: 'calculator', arguments: '{"expression":"6*7"}' }, { type: 'finish', reason: 'tool-calls' }];

describe('The run of a cell', () => {
  it('is told in events that fold to what it results in', async () => {
    const { result, events } = await run('check:\n  - contains: steel\nretry: 1\n', inTurn(['no', 'of steel']));
    const record = events.reduce(reduce, emptyRecord());
    assert.deepEqual(
      [result.text, result.value, result.status, result.calls, result.usage, result.cost, result.checks, result.attempts, result.error, result.source, result.in, result.durationMs],
      [record.text, record.value, record.status, record.calls, record.usage, record.cost, record.checks, record.attempts, record.error, record.source, record.in, record.endedAt! - record.startedAt],
    );
    assert.deepEqual([record.notebook, record.group, record.cell, record.index, record.model, result.text, result.attempts], ['n.promptnb', 'ab12', 'poem', 1, 'scripted', 'of steel', 2]);
  });

  it('wraps in the one order: attempts around checks around the form around tools', async () => {
    const model = inTurn([asks, 'no JSON', asks, '{"n": 41}', '{"n": 42}']);
    const { result, events } = await run('retry: 1\ncheck:\n  - contains: 42\noutput: { schema: { n: integer } }\ntools: [calculator]\n', model);
    assert.deepEqual([result.status, result.value, result.calls, result.attempts], ['done', { n: 42 }, 5, 2]);
    const shape = events.flatMap((event) => (event.type === 'model-call-start' ? [event.purpose] : event.type === 'tool-call-start' ? ['tool'] : event.type === 'check-end' ? [`check ${event.passed}`] : event.type === 'attempt-start' ? ['attempt'] : []));
    assert.deepEqual(shape, ['attempt', 'answer', 'tool', 'answer', 'repair', 'tool', 'repair', 'check false', 'attempt', 'answer', 'check true']);
    // The second attempt is asked in the form, with the tools, and told of the first as it was answered.
    const last = model.requests.at(-1)!;
    assert.deepEqual([last.tools?.length, last.messages.map((message) => message.role)], [1, ['user', 'model', 'user']]);
    assert.match(last.messages.map(messageText).join('\n'), /\{"n": 41\}[\s\S]*JSON Schema/);
  });

  it('checks the value of the answer, after it was repaired', async () => {
    const { result } = await run('check:\n  - json: { type: object }\noutput: { format: json }\n', inTurn(['nothing', '{"a": 1}']));
    assert.deepEqual([result.status, result.checks.map(({ passed }) => passed)], ['done', [true]]);
  });

  it('with tools may take ten steps for each attempt where nothing is said', async () => {
    for (const [options, calls] of [['tools: [calculator]\n', 10], ['tools: [calculator]\nretry: 1\ncheck:\n  - contains: x\n', 20], ['tools: [calculator]\nlimits: { steps: 3 }\n', 3], ['tools: [calculator]\nlimits: { calls: 4 }\n', 4]] as const) {
      const { result } = await run(options, inTurn([asks]));
      assert.deepEqual([result.status, result.calls, result.limit?.max], ['limited', calls, calls], options);
    }
  });

  describe('asks the cache', () => {
    const rows: readonly (readonly [cell: string, notebook: 'on' | 'off' | 'refresh' | undefined, command: 'on' | 'off' | 'refresh' | undefined, looks: boolean, keeps: boolean])[] = [
      ['', undefined, undefined, true, true], ['', 'off', undefined, false, false], ['', 'refresh', undefined, false, true], ['cache: on\n', 'off', undefined, true, true], ['cache: off\n', 'on', undefined, false, false],
      ['', 'off', 'on', true, true], ['', 'on', 'off', false, false], ['', 'on', 'refresh', false, true], ['cache: on\n', undefined, 'refresh', false, true], ['cache: on\n', undefined, 'off', false, false], ['cache: off\n', undefined, 'on', false, false],
      ['cache: off\n', undefined, 'refresh', false, false], ['cache: refresh\n', undefined, 'on', false, true], ['cache: refresh\n', undefined, 'off', false, false],
    ];
    for (const [cell, notebook, command, looks, keeps] of rows) {
      it(`${looks ? 'and looks' : 'without looking'}, ${keeps ? 'and keeps' : 'without keeping'}: cell ${cell.trim() || 'says nothing'}, notebook ${notebook ?? 'nothing'}, command ${command ?? 'nothing'}`, async () => {
        const seen: string[] = [];
        const cache = { get: async () => (seen.push('look'), undefined), put: async () => void seen.push('keep') };
        await run(cell, scriptedModel(() => 'x'), { cache: { notebook, command }, host: testHost({ cache }) });
        assert.deepEqual(seen, [...(looks ? ['look'] : []), ...(keeps ? ['keep'] : [])]);
      });
    }
  });

  describe('within its budget', () => {
    it('is refused before anything is sent where the estimate is over it', async () => {
      const model = scriptedModel(() => 'x');
      const { result, events } = await run('budget: 1 token\nconfig: { maxOutputTokens: 50 }\n', model);
      assert.deepEqual([result.status, result.error?.code, result.calls, model.requests.length, result.runId !== null], ['failed', 'budget', 0, 0, true]);
      assert.match(result.error!.message, /the budget of cell poem is 1\. Nothing was sent\./);
      assert.deepEqual(events.map((event) => event.type), ['run-start', 'run-end']);
    });

    it('is stopped where more is needed than was foreseen, with what was made', async () => {
      const { result } = await run('budget: 12 tokens\nretry: 5\ncheck:\n  - contains: z\n', scriptedModel(() => 'one two three'));
      assert.deepEqual([result.status, result.limit?.name, result.text, result.calls], ['limited', 'tokens', 'one two three', 1]);
    });

    it('is not held to it where a person has said yes', async () => {
      const { result } = await run('budget: 1 token\n', scriptedModel(() => 'one two three'), { overBudget: true });
      assert.equal(result.status, 'done');
    });
  });

  describe('is recorded', () => {
    function kept(): { readonly host: Host; readonly events: RunEvent[]; readonly closed: () => number } {
      const events: RunEvent[] = [];
      let closed = 0;
      const writer: RecordWriter = { id: 'c0ffee', path: '.promptnb/runs/c0ffee.jsonl', append: (event) => void events.push(event), close: async () => void (closed += 1) };
      return { host: testHost({ records: { create: async () => writer } }), events, closed: () => closed };
    }

    it('event by event, under the id of its record', async () => {
      const { host, events, closed } = kept();
      const { result, events: told } = await run('', scriptedModel(() => 'x'), { host });
      assert.deepEqual([events, closed(), result.runId, result.record, result.recordError], [told, 1, 'c0ffee', '.promptnb/runs/c0ffee.jsonl', null]);
      assert.equal(told[0]?.type === 'run-start' && told[0].id, 'c0ffee');
    });

    it('or not, and says why: the run is worth more than its record', async () => {
      const none = await run('', scriptedModel(() => 'x'), { host: testHost({ records: { create: () => Promise.reject(new Error('the disk is full.')) } }) });
      assert.deepEqual([none.result.status, none.result.text, none.result.record, none.result.recordError], ['done', 'x', null, 'the disk is full.']);
      assert.match(none.result.runId!, /^[0-9a-f]{6}$/);
      const broken: RecordWriter = { id: 'c0ffee', path: 'p', append: () => undefined, close: () => Promise.reject(new Error('the disk is full.')) };
      const half = await run('', scriptedModel(() => 'x'), { host: testHost({ records: { create: async () => broken } }) });
      assert.deepEqual([half.result.status, half.result.record, half.result.recordError], ['done', 'p', 'the disk is full.']);
    });
  });

  it('ends with its own limit of time, or that of all cells', async () => {
    for (const more of [{ options: 'limits: { seconds: 0 }\n', meter: createMeter({}, 'the run') }, { options: '', meter: createMeter({ seconds: 0 }, 'the run') }]) {
      const model = scriptedModel(() => 'x');
      const { result } = await run(more.options, model, { meter: more.meter });
      assert.deepEqual([result.status, result.limit?.name, model.requests.length], ['limited', 'seconds', 0]);
    }
  });

  it('leaves nothing listening where it was begun from', async () => {
    const controller = new AbortController();
    const meter = createMeter({ seconds: 100 }, 'the run');
    for (let n = 0; n < 5; n++) await run('limits: { seconds: 100 }\ntools: [calculator]\n', inTurn([asks, 'x']), { signal: controller.signal, meter, halted: controller.signal });
    assert.deepEqual([getEventListeners(controller.signal, 'abort').length, getEventListeners(meter.deadline!, 'abort').length], [0, 0]);
    meter.close();
  });

  it('turns a defect into its failure', async () => {
    const { result } = await run('', scriptedModel(() => { throw new RangeError('too far'); }));
    assert.deepEqual([result.status, result.error?.code, result.error?.message], ['failed', 'internal', 'This is a defect of Prompt Notebook: RangeError: too far']);
  });
});
