import assert from 'node:assert/strict';
import OpenAI, { APIConnectionError, RateLimitError } from 'openai';
import { answer, echo, pieces, schemaAnswer, toolsThenText } from './behaviours/good.ts';
import { countTokens } from './log.ts';
import { keyRefused, rateLimited } from './behaviours/status.ts';
import { makeCertificate } from './certificates.ts';
import { resetAtOnce } from './behaviours/connection.ts';
import { stall, stream, text } from './behaviours/stream.ts';
import { startFaultServer, type Behaviour, type FaultServer, type Script } from './fault-server.ts';
import { X509Certificate } from 'node:crypto';

const user = (content: string) => [{ role: 'user' as const, content }];

describe('The fault server, asked by the bare openai client', () => {
  let server: FaultServer;
  const ask = async (script: Script | Behaviour): Promise<OpenAI> => {
    server = await startFaultServer(Array.isArray(script) || script.length !== 1 ? (script as Script) : [script as Behaviour]);
    return new OpenAI({ baseURL: server.baseUrl, apiKey: 'secret-key', maxRetries: 0 });
  };
  afterEach(() => server.close());

  it('answers whole and streamed with the same text and the same usage, and logs what it sent', async () => {
    const client = await ask([answer('Once upon a time, twice.')]);
    const whole = await client.chat.completions.create({ model: 'm', messages: user('Hello there') });
    let streamed = '';
    let usage: unknown;
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages: user('Hello there'), stream: true, stream_options: { include_usage: true } })) {
      streamed += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    assert.equal(whole.choices[0]?.message.content, streamed);
    assert.deepEqual(whole.usage, usage);
    assert.deepEqual(usage, { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 });
    assert.deepEqual(server.log.map((request) => [request.number, request.path, request.end, request.usage]), [1, 2].map((number) => [number, '/v1/chat/completions', 'complete', usage]));
  });

  it('sends no usage in a stream unless it is asked for', async () => {
    const client = await ask([answer('fine')]);
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages: user('x'), stream: true })) assert.equal(chunk.usage ?? null, null);
    assert.equal(server.log[0]?.usage, null);
  });

  it('follows its script in order, its last behaviour for all that comes after', async () => {
    const client = await ask([rateLimited(), answer('a'), echo]);
    await assert.rejects(client.chat.completions.create({ model: 'm', messages: user('x') }), RateLimitError);
    const texts = [];
    for (const content of ['x', 'y', 'z']) texts.push((await client.chat.completions.create({ model: 'm', messages: user(content) })).choices[0]?.message.content);
    assert.deepEqual(texts, ['a', 'y', 'z']);
  });

  it('answers n times, with tools, and by schema', async () => {
    const client = await ask([answer('same'), toolsThenText([{ name: 'calculator', arguments: '{"e":1}' }]), schemaAnswer]);
    const three = await client.chat.completions.create({ model: 'm', messages: user('x'), n: 3 });
    assert.deepEqual(three.choices.map((choice) => [choice.index, choice.message.content]), [0, 1, 2].map((index) => [index, 'same']));
    const tool = await client.chat.completions.create({ model: 'm', messages: user('x') });
    assert.deepEqual(tool.choices[0]?.message.tool_calls, [{ id: 'call_1', type: 'function', function: { name: 'calculator', arguments: '{"e":1}' } }]);
    const schema = { type: 'object', properties: { name: { type: 'string' }, ages: { type: 'array', items: { type: 'integer' } }, kind: { enum: ['b', 'c'] } }, required: ['name', 'ages', 'kind'] };
    const object = await client.chat.completions.create({ model: 'm', messages: user('x'), response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });
    assert.deepEqual(JSON.parse(object.choices[0]?.message.content ?? ''), { name: 'word', ages: [1], kind: 'b' });
  });

  it('lists models without counting it as a call', async () => {
    const client = await ask([echo]);
    assert.deepEqual((await client.models.list()).data.map((model) => model.id), ['fault-model', 'other-model']);
    assert.deepEqual([server.log.length, server.otherLog.length], [0, 1]);
  });

  it('masks keys in its log and can echo them', async () => {
    const client = await ask([keyRefused(401)]);
    await assert.rejects(client.chat.completions.create({ model: 'm', messages: user('x') }), /secret-key/);
    assert.equal(server.log[0]?.headers.authorization, 'Bearer [10 characters]');
    assert.ok(!JSON.stringify(server.log).includes('secret-key'));
  });

  it('tells who ended an exchange', async () => {
    const client = await ask([resetAtOnce, stream(text('one'), stall)]);
    await assert.rejects(client.chat.completions.create({ model: 'm', messages: user('x') }), APIConnectionError);
    const controller = new AbortController();
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages: user('x'), stream: true }, { signal: controller.signal })) {
      assert.equal(chunk.choices[0]?.delta.content, 'one');
      controller.abort();
    }
    await server.until('the second exchange is over', ([, second]) => second?.end === 'client');
    assert.deepEqual(server.log.map((request) => request.end), ['server', 'client']);
  });

  it('numbers connections, so that keep-alive shows', async () => {
    const client = await ask([echo]);
    for (const content of ['x', 'y']) {
      await client.chat.completions.create({ model: 'm', messages: user(content) });
      // The client may have the answer a moment before it counts the connection as free.
      await new Promise(setImmediate);
    }
    assert.deepEqual(server.log.map((request) => request.connection), [1, 1]);
  });

  it('throws at close when a behaviour fails', async () => {
    const client = await ask([() => { throw new Error('planted'); }]);
    await assert.rejects(client.chat.completions.create({ model: 'm', messages: user('x') }));
    await assert.rejects(server.close(), /behaviour/);
    server = await startFaultServer([echo]);
  });

  it('throws when what a test waits for does not come', async () => {
    await ask([echo]);
    await assert.rejects(server.until('never', () => false, 10), /never/);
  });
});

describe('The tests\' tokenizer', () => {
  for (const words of ['', 'one', ' one two', 'a, b. c!', 'Grüße, 世界', '  ', 'x \n', '👩‍👩‍👧 e\u0301']) {
    it(`cuts ${JSON.stringify(words)} to pieces that join to it, a token each`, () => {
      assert.equal(pieces(words).join(''), words);
      assert.equal(words.trim() === '' ? 0 : pieces(words).length, countTokens(words));
    });
  }
});

describe('Certificates of the tests', () => {
  it('are X.509 that an independent reader accepts', () => {
    const authority = makeCertificate({ host: 'authority' });
    const leaf = makeCertificate({ host: '127.0.0.1', issuer: authority, notAfter: new Date('2031-02-03T04:05:06Z') });
    const [ca, read] = [new X509Certificate(authority.cert), new X509Certificate(leaf.cert)];
    assert.ok(ca.verify(ca.publicKey) && read.verify(ca.publicKey) && !read.verify(read.publicKey));
    assert.deepEqual([ca.ca, read.ca, read.subjectAltName, read.validTo, read.checkIssued(ca)], [true, false, 'IP Address:127.0.0.1', 'Feb  3 04:05:06 2031 GMT', true]);
  });
});
