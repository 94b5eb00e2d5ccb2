import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { contextPerSlot, NotAvailable, serverModel, startLlamaServer, type LlamaServer } from '../servers/llama-server.ts';
import { drive, modelCalls, openModel, testHost, userMessage, type Driven } from '../faults/drive.ts';
import type { JsonSchema } from '../../src/core/json.ts';
import type { Message } from '../../src/core/prompt/message.ts';
import type { Model, ModelConfig } from '../../src/core/models/model.ts';
import type { RunEvent } from '../../src/core/trace/event.ts';
import type { RunRequest } from '../../src/core/techniques/technique.ts';

const story: readonly Message[] = [userMessage('Tell a story about a fox and a crow.')];

/** The `openai` provider against llama.cpp's own server with a real model. What is asserted holds for any model's answers. */
describe('The openai provider and an independent server with a real model', function () {
  this.timeout(60_000);
  const host = testHost();
  let server: LlamaServer;
  let model: Model;

  before(async function () {
    // The first time an environment is made, and a model of 98 MB comes.
    this.timeout(600_000);
    try {
      server = await startLlamaServer();
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      Object.assign(this.currentTest ?? {}, { skipReason: error.message });
      console.log(`    skipped: ${error.message}`);
      this.skip();
    }
    model = await open();
  });
  after(() => server?.close());

  const open = (config: Partial<ModelConfig> = {}): Promise<Model> => openModel(server.baseUrl, host, { model: serverModel, ...config });
  const ask = (request: Partial<RunRequest>, asked = model): Promise<Driven> => drive({ model: asked, host, request: { messages: story, ...request } });

  describe('counts', () => {
    const chats: readonly (readonly [string, readonly (readonly ['system' | 'user' | 'model', string])[]])[] = [
      ['one message', [['user', 'Hello']]],
      ['a system message', [['system', 'You are terse.'], ['user', 'Name a colour.']]],
      ['a conversation', [['system', 'You are terse.'], ['user', 'Name a colour.'], ['model', 'Blue.'], ['user', 'Another, please.']]],
      ['many scripts', [['user', 'Grüße an 世界 👩‍👩‍👧 — e\u0301, \t tabs,\n\nlines and  spaces']]],
      ['a long text', [['user', 'The quick brown fox jumps over the lazy dog. '.repeat(60)]]],
    ];
    for (const [name, chat] of chats) {
      it(`${name}: input tokens are those of the chat that the model's template makes`, async () => {
        const messages = chat.map(([role, text]): Message => ({ ...userMessage(text.trim()), role }));
        const { record, outcome } = await ask({ messages, config: { maxOutputTokens: 1, temperature: 0 } });
        assert.equal(outcome.status, 'done');
        const rendered = await server.renderChat(chat.map(([role, content]) => ({ role: role === 'model' ? 'assistant' : role, content: content.trim() })));
        assert.equal(record.usage?.inputTokens, (await server.tokenize(rendered)).length);
        assert.deepEqual([record.usage?.kind, record.usage?.outputTokens, record.calls], ['provider', 1, 1]);
      });
    }

    it('output tokens are as many as were asked for, and a text of theirs', async () => {
      const { record, outcome } = await ask({ config: { maxOutputTokens: 40, temperature: 0 } });
      assert.equal(record.usage?.outputTokens, 40);
      assert.ok((await server.tokenize(outcome.text)).length <= 40);
    });
  });

  it('streams: piece by piece, the pieces make the text, and the first comes long before the last', async () => {
    const { record, outcome, events } = await ask({ config: { maxOutputTokens: 60, temperature: 0 } });
    const deltas = events.filter((event) => event.type === 'text-delta');
    assert.ok(deltas.length > 20, `${deltas.length} pieces`);
    assert.equal(deltas.map((delta) => delta.text).join(''), outcome.text);
    const [step] = modelCalls(record);
    assert.ok(step?.firstTokenAt != null && step.endedAt !== null && step.endedAt - step.firstTokenAt > step.firstTokenAt - step.startedAt - 2000);
    assert.ok(deltas.at(-1)!.at > deltas[0]!.at);
  });

  it('gives the same text and the same counts whole as streamed', async () => {
    const request = { config: { maxOutputTokens: 30, temperature: 0 } };
    const streamed = await ask(request);
    const whole = await ask(request, await open({ capabilities: { stream: false } }));
    assert.equal(whole.events.filter((event) => event.type === 'text-delta').length, 1);
    assert.equal(whole.outcome.text, streamed.outcome.text);
    assert.deepEqual([whole.record.usage?.inputTokens, whole.record.usage?.outputTokens], [streamed.record.usage?.inputTokens, streamed.record.usage?.outputTokens]);
  });

  it('reports probabilities: greedy is the likeliest token each time, and their bytes make the text', async () => {
    const { record, outcome } = await ask({ config: { maxOutputTokens: 24, temperature: 0, logprobs: 5 } });
    const tokens = modelCalls(record)[0]?.logprobs ?? [];
    assert.equal(tokens.length, 24);
    for (const token of tokens) {
      assert.equal(token.top.length, 5);
      assert.equal(token.top[0]?.token, token.token);
      assert.ok(token.top.every((other, index) => index === 0 || other.logprob <= token.top[index - 1]!.logprob));
      assert.ok(token.logprob <= 0);
    }
    const bytes = Buffer.from(tokens.flatMap((token) => token.bytes ?? [...Buffer.from(token.token)]));
    assert.equal(bytes.toString('utf8'), outcome.text);
  });

  describe('JSON schemas are always kept, whatever the seed', () => {
    const schemas: Readonly<Record<string, JsonSchema>> = {
      object: { type: 'object', properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer' } }, required: ['name', 'age'], additionalProperties: false },
      choice: { type: 'object', properties: { answer: { enum: ['yes', 'no', 'maybe'] } }, required: ['answer'], additionalProperties: false },
      list: { type: 'object', properties: { list: { type: 'array', items: { type: 'boolean' }, minItems: 3, maxItems: 3 } }, required: ['list'], additionalProperties: false },
      nested: { type: 'object', properties: { a: { type: 'object', properties: { b: { const: 7 } }, required: ['b'], additionalProperties: false } }, required: ['a'], additionalProperties: false },
    };
    for (const [name, schema] of Object.entries(schemas)) {
      it(name, async () => {
        const valid = new Ajv().compile(schema as object);
        for (const seed of [1, 2, 3]) {
          const { outcome } = await ask({ messages: [userMessage('Describe somebody as JSON.')], config: { seed, temperature: 1.2, maxOutputTokens: 200 }, output: { name, schema } });
          assert.equal(outcome.finish, 'stop', outcome.text);
          assert.ok(valid(JSON.parse(outcome.text)), `${outcome.text}: ${JSON.stringify(valid.errors)}`);
        }
      });
    }
  });

  it('stops at a stop sequence, which is not in the text', async () => {
    const config = { maxOutputTokens: 60, temperature: 0 };
    const { outcome: free } = await ask({ config });
    const stop = / [a-z]{4,} [a-z]{3,} /.exec(free.text.slice(20))?.[0] ?? '.';
    const { outcome, record } = await ask({ config: { ...config, stopSequences: ['\u0000never', stop] } });
    assert.equal(outcome.text, free.text.slice(0, free.text.indexOf(stop)));
    assert.deepEqual([outcome.status, outcome.finish], ['done', 'stop']);
    assert.ok(record.usage!.outputTokens! < 60);
  });

  it('gives the same text for the same seed, and others for others', async () => {
    const texts = [];
    for (const seed of [11, 11, 12, 13, 14]) texts.push((await ask({ config: { seed, temperature: 1, maxOutputTokens: 24 } })).outcome.text);
    assert.equal(texts[0], texts[1]);
    assert.ok(new Set(texts).size > 2, texts.join('\n'));
  });

  it('cancel ends the answer at once, keeps the text, and frees the server', async () => {
    const controller = new AbortController();
    let pieces = 0;
    let abortedAt = 0;
    const watch = (event: RunEvent): void => {
      if (event.type !== 'text-delta' || (pieces += 1) !== 5) return;
      abortedAt = performance.now();
      controller.abort();
    };
    const { outcome, record } = await drive({ model, host, signal: controller.signal, watch, request: { messages: story, config: { maxOutputTokens: 1500, temperature: 0 } } });
    // The request itself ends at once (test/faults/cancel.test.ts); counting what had come loads a tokenizer.
    assert.ok(performance.now() - abortedAt < 3000);
    assert.deepEqual([outcome.status, outcome.error, record.status], ['cancelled', null, 'cancelled']);
    assert.ok(outcome.text.length > 4);
    // 1,500 tokens would take several seconds; that the slot is free soon shows that the server heard of it.
    while ((await server.busySlots()) > 0) assert.ok(performance.now() - abortedAt < 2000, 'the server goes on computing');
  });

  it('a request longer than the context is refused with a clear error', async () => {
    const { outcome, record } = await ask({ messages: [userMessage('word '.repeat(contextPerSlot * 2))], config: { maxOutputTokens: 5 } });
    assert.deepEqual([outcome.status, outcome.error?.code, outcome.error?.status, record.calls], ['failed', 'context-overflow', 400, 1]);
    assert.match(outcome.error?.message ?? '', new RegExp(String(contextPerSlot)));
    assert.ok(outcome.error?.hint);
  });

  it('an answer cut at its length says so', async () => {
    const { outcome } = await ask({ config: { maxOutputTokens: 3, temperature: 0 } });
    assert.deepEqual([outcome.finish, outcome.status], ['length', 'done']);
  });

  it('answers eight at once with two slots, each with its own text', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, seed) => ask({ config: { seed, temperature: 1, maxOutputTokens: 12 } })));
    assert.deepEqual(all.map(({ outcome, record }) => [outcome.status, record.calls, record.usage?.outputTokens]), Array.from({ length: 8 }, () => ['done', 1, 12]));
  });
});
