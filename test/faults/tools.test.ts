import assert from 'node:assert/strict';
import { answer, echo, toolsThenText, type AskedTool } from '../servers/behaviours/good.ts';
import { baseRun } from '../../src/core/techniques/base.ts';
import { chatBody } from '../servers/log.ts';
import { done, finish, reset, role, stream, text, toolCall, usage } from '../servers/behaviours/stream.ts';
import { drive, openModel, testHost, type Driven } from './drive.ts';
import { internalError } from '../servers/behaviours/status.ts';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import { tools } from '../../src/core/techniques/tools.ts';
import type { Limits } from '../../src/core/engine/meter.ts';
import type { Tool } from '../../src/core/tools/tool.ts';

const parameters = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false };

function tool(name: string, run: Tool['run']): Tool {
  return { name, description: `For tests: ${name}.`, parameters, effect: 'none', run };
}

const given: readonly Tool[] = [
  tool('repeat', async (input) => ({ text: String((input as { text: string }).text) })),
  tool('throws', async () => {
    throw new Error('the tool broke\nin two lines');
  }),
  tool('huge', async () => ({ text: 'h'.repeat(100_000_000) })),
  tool('hangs', () => new Promise(() => undefined)),
];

interface Row {
  readonly name: string;
  readonly calls: readonly AskedTool[];
  /** What the model reads as the result of its call. */
  readonly result: RegExp;
  readonly failed: boolean;
}

const rows: readonly Row[] = [
  { name: 'a good call', calls: [{ name: 'repeat', arguments: '{"text":"hello"}' }], result: /^hello$/, failed: false },
  { name: 'arguments that do not parse', calls: [{ name: 'repeat', arguments: '{"text": "hel' }], result: /Error/, failed: true },
  { name: 'arguments that are no JSON at all', calls: [{ name: 'repeat', arguments: 'please say hello' }], result: /Error/, failed: true },
  { name: 'no arguments where some are needed', calls: [{ name: 'repeat', arguments: '' }], result: /Error.*text/s, failed: true },
  { name: 'arguments of the wrong form', calls: [{ name: 'repeat', arguments: '{"words":1}' }], result: /Error/, failed: true },
  { name: 'an unknown tool', calls: [{ name: 'rm_rf', arguments: '{}' }], result: /Error.*rm_rf.*repeat/s, failed: true },
  { name: 'a tool of the name of nothing', calls: [{ name: '', arguments: '{}' }], result: /Error/, failed: true },
  { name: '__proto__ as a tool', calls: [{ name: '__proto__', arguments: '{}' }], result: /Error/, failed: true },
  { name: 'a tool that throws', calls: [{ name: 'throws', arguments: '{"text":""}' }], result: /Error: the tool broke/, failed: true },
  { name: 'a tool that returns 100 MB', calls: [{ name: 'huge', arguments: '{"text":""}' }], result: /^h{1000}[^]*cut/, failed: false },
  { name: 'a tool that hangs', calls: [{ name: 'hangs', arguments: '{"text":""}' }], result: /^Error: hangs did not end within 60 s, and was given up\.$/, failed: true },
  { name: 'a call without an id', calls: [{ id: null, name: 'repeat', arguments: '{"text":"hello"}' }], result: /^hello$/, failed: false },
];

describe('Tool calls that go wrong', () => {
  let server: FaultServer;
  afterEach(() => server.close());

  const run = async (script: Script, limits: Limits = {}): Promise<Driven> => {
    server = await startFaultServer(script);
    const host = testHost();
    return drive({ model: await openModel(server.baseUrl, host), host, limits, run: tools.wrap!(given, baseRun) });
  };

  for (const row of rows) {
    it(`${row.name}: the model is told, and the run goes on`, async () => {
      const { outcome, record } = await run([toolsThenText(row.calls, 'closing')]);
      assert.equal(outcome.status, 'done', outcome.error?.message);
      assert.match(outcome.text, /^closing/);
      assert.deepEqual([server.log.length, record.calls], [2, 2]);
      const messages = chatBody(server.log[1]!).messages ?? [];
      const [asked, told] = messages.slice(-2) as [{ tool_calls: { id: string; function: object }[] }, { role: string; tool_call_id: string; content: string }];
      assert.equal(told.role, 'tool');
      assert.match(told.content, row.result);
      assert.ok(told.content.length < 200_000, 'a result is bounded');
      assert.ok(told.tool_call_id !== '' && told.tool_call_id === asked.tool_calls[0]?.id, 'the result names its call');
      assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'tool-call' ? [step.failed] : [])), [row.failed]);
      assert.ok(JSON.stringify(record).length < 1_000_000, 'so is the record');
    });
  }

  it('fragments of two calls that come mixed are put together', async () => {
    const { record } = await run([
      stream(role,
        toolCall(0, { id: 'a', name: 'repeat', arguments: '' }), toolCall(1, { id: 'b', name: 'repeat' }), toolCall(0, { arguments: '{"text":' }),
        toolCall(1, { arguments: '{"text":"tw' }), toolCall(1, { arguments: 'o"}' }), toolCall(0, { arguments: '"one"}' }), finish('tool_calls'), usage, done),
      answer('fine'),
    ]);
    assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'tool-call' ? [[step.id, step.output]] : [])), [['a', 'one'], ['b', 'two']]);
  });

  it('one of several calls fails: all results go back, in order', async () => {
    const calls = [{ name: 'throws', arguments: '{"text":""}' }, { name: 'repeat', arguments: '{"text":"second"}' }, { name: 'nope', arguments: '{}' }];
    const { outcome } = await run([answer({ toolCalls: calls }), echo]);
    const told = (chatBody(server.log[1]!).messages ?? []).slice(-3) as unknown as readonly { tool_call_id: string; content: string }[];
    assert.deepEqual(told.map((message) => message.tool_call_id), ['call_1', 'call_2', 'call_3']);
    assert.match(told.map((message) => message.content).join('|'), /^Error.*\|second\|Error/s);
    assert.equal(outcome.status, 'done');
  });

  it('a call that the stream cut is not run', async () => {
    const { outcome, record } = await run([stream(role, text('Let me see.'), toolCall(0, { id: 'a', name: 'repeat', arguments: '{"text":"o' }), reset)]);
    assert.deepEqual([outcome.status, outcome.error?.code, outcome.text], ['incomplete', 'cut', 'Let me see.']);
    assert.equal(record.steps.filter((step) => step.kind === 'tool-call').length, 0);
  });

  it('the request after a tool fails once: it alone is asked again, the tool is not run twice', async () => {
    const { outcome, record } = await run([answer({ toolCalls: [{ name: 'repeat', arguments: '{"text":"x"}' }] }), internalError, answer('fine')]);
    assert.deepEqual([outcome.status, outcome.text, server.log.length, record.calls], ['done', 'fine', 3, 3]);
    assert.equal(record.steps.filter((step) => step.kind === 'tool-call').length, 1);
  });

  it('a model that always calls a tool is stopped exactly at its steps', async () => {
    const { outcome, record } = await run([answer({ toolCalls: [{ name: 'repeat', arguments: '{"text":"x"}' }] })], { steps: 3 });
    assert.deepEqual([outcome.status, outcome.error?.code, server.log.length, record.calls], ['limited', 'limit', 3, 3]);
    assert.deepEqual(record.limit, { name: 'steps', max: 3, used: 3 });
  });
});
