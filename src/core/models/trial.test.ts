import assert from 'node:assert/strict';
import { ModelError, type ModelEvent } from './model.ts';
import { scriptedModel, type Answer } from '../../../test/scripted-model.ts';
import { tryModel } from './trial.ts';

const signal = new AbortController().signal;
const clock = (): (() => number) => {
  let time = 0;
  return () => (time += 100);
};
const events = (...list: readonly ModelEvent[]): Answer => () => list;
const usage: ModelEvent = { type: 'usage', usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: null, reasoningTokens: null, kind: 'provider' } };
const finish: ModelEvent = { type: 'finish', reason: 'stop' };

describe('Trying a model', () => {
  it('tells what it can do', async () => {
    const model = scriptedModel((_text, request) => (request.output !== undefined ? '{"blue": true}' : request.tools !== undefined ? events({ type: 'tool-call-delta', index: 0, id: 'a', name: 'calculator', arguments: '{}' }, usage, finish) : 'one two three'));
    assert.deepEqual(await tryModel(model, { signal, now: clock() }), { durationMs: 100, text: 'one two three', streams: true, usage: true, jsonSchema: true, tools: true, tokens: 34 });
    assert.equal(model.requests.length, 3);
  });

  it('takes what is refused or not heeded for something that it cannot do', async () => {
    const refusing = scriptedModel((_text, request) => (request.output !== undefined || request.tools !== undefined ? new ModelError('bad-request', 'Not here.', { status: 400 }) : events({ type: 'text-delta', text: 'one' }, finish)));
    assert.deepEqual(await tryModel(refusing, { signal, now: clock() }), { durationMs: 100, text: 'one', streams: false, usage: false, jsonSchema: false, tools: false, tokens: null });
    const chatting = scriptedModel(() => 'Let me think.');
    const { jsonSchema, tools } = await tryModel(chatting, { signal, now: clock() });
    assert.deepEqual([jsonSchema, tools], [false, false]);
  });

  it('drops a parameter that is refused by name', async () => {
    const dropped: string[] = [];
    const model = scriptedModel(() => (dropped.length === 0 ? new ModelError('unsupported-parameter', 'No.', { parameter: 'max_tokens' }) : 'one two'), { dropParameter: (name) => dropped.push(name) > 0 });
    assert.equal((await tryModel(model, { signal, now: clock() })).text, 'one two');
    assert.deepEqual(dropped, ['max_tokens']);
  });

  it('does not take an answer in the right form for one that the server kept to', async () => {
    let refused = false;
    const model = scriptedModel((_text, request) => (request.output !== undefined && !refused ? new ModelError('unsupported-parameter', 'No.', { parameter: 'response_format' }) : '{"blue": true}'), {
      capabilities: { ...scriptedModel(() => '').capabilities, get jsonSchema() { return !refused; } },
      dropParameter: () => (refused = true),
    });
    assert.equal((await tryModel(model, { signal, now: clock() })).jsonSchema, false);
  });

  it('fails when the first answer does not come, and when it is cancelled', async () => {
    await assert.rejects(tryModel(scriptedModel(() => new ModelError('auth', 'The key was refused.', { status: 401 })), { signal, now: clock() }), { code: 'auth' });
    const abort = new AbortController();
    const model = scriptedModel((_text, request) => (request.output === undefined ? 'one' : async function* () {
      abort.abort(new DOMException('stop', 'AbortError'));
      yield await Promise.reject(abort.signal.reason as Error);
    }));
    await assert.rejects(tryModel(model, { signal: abort.signal, now: clock() }), { name: 'AbortError' });
  });
});
