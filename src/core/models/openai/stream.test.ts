import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ModelError, type FinishReason, type ModelConfig, type ModelEvent, type Usage } from '../model.ts';
import { openai } from '../openai.ts';
import { plainHost, userRequest } from '../../../../test/model-requests.ts';
import { serve } from '../../../../test/loopback.ts';

/** What came of one call, folded. */
interface Outcome {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly logprobs: number;
  readonly usage: Usage | undefined;
  readonly cost: number | undefined;
  readonly notes: readonly string[];
  readonly finish: FinishReason | undefined;
  readonly error: ModelError | undefined;
  readonly requests: number;
  readonly events: readonly ModelEvent[];
}

type Answer = (response: ServerResponse, socket: Socket) => void;

const fast = { connectMs: 2000, firstTokenMs: 250, idleMs: 200 };

async function call(answer: Answer, config: Partial<ModelConfig> = {}): Promise<Outcome> {
  const server = await serve((response, _request, socket) => answer(response, socket));
  try {
    const model = await openai.open({ id: 'x', provider: 'openai', model: 'm', baseUrl: `${server.origin}/v1`, ...config }, plainHost());
    const events: ModelEvent[] = [];
    let error: ModelError | undefined;
    try {
      for await (const event of model.stream(userRequest('hi'), new AbortController().signal)) events.push(event);
    } catch (thrown) {
      assert.ok(thrown instanceof ModelError, `a ModelError, not ${String(thrown)}`);
      error = thrown;
    }
    return { ...fold(events), events, error, requests: server.requests.length };
  } finally {
    await server.close();
  }
}

function fold(events: readonly ModelEvent[]): Omit<Outcome, 'error' | 'requests' | 'events'> {
  const joined = (type: ModelEvent['type']): string => events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('');
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const event of events) {
    if (event.type !== 'tool-call-delta') continue;
    const one = (calls[event.index] ??= { id: '', name: '', arguments: '' });
    one.id += event.id ?? '';
    one.name += event.name ?? '';
    one.arguments += event.arguments;
  }
  const usage = events.findLast((event) => event.type === 'usage');
  return {
    text: joined('text-delta'), reasoning: joined('reasoning-delta'), refusal: joined('refusal-delta'), calls,
    logprobs: events.reduce((sum, event) => sum + (event.type === 'logprobs' ? event.tokens.length : 0), 0),
    usage: usage?.usage, cost: usage?.cost,
    notes: events.filter((event) => event.type === 'note').map((event) => event.text),
    finish: events.findLast((event) => event.type === 'finish')?.reason,
  };
}

function chunk(delta: object, more: object = {}): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
}
const hello = chunk({ role: 'assistant', content: 'Hel' }) + chunk({ content: 'lo' });
const stop = chunk({}, { finish_reason: 'stop' });
const usageChunk = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } })}\n\n`;
const done = 'data: [DONE]\n\n';

function sse(...parts: readonly (string | Uint8Array)[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
    response.end();
  };
}
function body(status: number, headers: Record<string, string>, text: string | Uint8Array): Answer {
  return (response) => void response.writeHead(status, headers).end(text);
}
const json = (value: unknown): Answer => body(200, { 'content-type': 'application/json' }, JSON.stringify(value));
const completion = { id: 'c', model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 2 } };

/** Parts of the answer with a pause before each next one. */
function slowly(parts: readonly (string | Uint8Array)[], pauseMs: number, { end = true } = {}): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const next = (index: number): void => {
      if (response.destroyed) return;
      if (index === parts.length) return void (end && response.end());
      response.write(parts[index]!);
      setTimeout(() => next(index + 1), pauseMs);
    };
    next(0);
  };
}

/** Parts of the answer, and a reset once they have arrived. */
function resetAfter(...parts: readonly string[]): Answer {
  return (response, socket) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
    setTimeout(() => socket.resetAndDestroy(), 30);
  };
}

type Expected = Partial<Omit<Outcome, 'error' | 'usage'>> & { readonly error?: string | undefined; readonly usage?: Partial<Usage> };
const whole: Expected = { text: 'Hello', finish: 'stop', error: undefined };

const rows: readonly (readonly [name: string, answer: Answer, expected: Expected, config?: Partial<ModelConfig>])[] = [
  ['a plain stream with usage last', sse(hello, stop, usageChunk, done), { ...whole, usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: null, reasoningTokens: null, kind: 'provider' } }],
  ['usage missing', sse(hello, stop, done), { ...whole, usage: {} }],
  ['usage in every chunk, growing', sse(chunk({ content: 'Hel' }).replace('"model"', '"usage":{"prompt_tokens":5,"completion_tokens":1},"model"'), chunk({ content: 'lo' }).replace('"model"', '"usage":{"prompt_tokens":5,"completion_tokens":2},"model"'), stop, done), { ...whole, usage: { inputTokens: 5, outputTokens: 2 } }],
  ['usage null until the end', sse(hello.replaceAll('"model"', '"usage":null,"model"'), stop, usageChunk, done), { ...whole, usage: { outputTokens: 2 } }],
  ['no [DONE]', sse(hello, stop), whole],
  ['no blank line at the end', sse(hello, stop.trimEnd()), whole],
  ['no finish reason', sse(hello, done), { text: 'Hello', finish: undefined, error: 'cut' }],
  ['cut inside JSON, its text kept', sse(hello, 'data: {"choices":[{"index":0,"delta":{"content":" wor'), { text: 'Hello wor', finish: undefined, error: 'cut' }],
  ['cut inside an escape', sse(hello, 'data: {"choices":[{"index":0,"delta":{"content":" a\\u00'), { text: 'Hello a', error: 'cut' }],
  ['cut inside the finish reason is no finish', sse(hello, 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"sto'), { text: 'Hello', finish: undefined, error: 'cut' }],
  ['cut inside the usage after the finish', sse(hello, stop, 'data: {"choices":[],"usage":{"prompt_tok'), whole],
  ['reset in the middle', resetAfter(hello), { text: 'Hello', error: 'cut' }],
  ['stalled before anything', (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(), { text: '', error: 'first-token-timeout' }, { timeouts: fast }],
  ['no headers', () => {}, { text: '', error: 'first-token-timeout' }, { timeouts: fast }],
  ['stalled in the middle', slowly([hello], 1, { end: false }), { text: 'Hello', error: 'idle-timeout' }, { timeouts: fast }],
  ['comments only, for ever', slowly(Array.from({ length: 400 }, () => ': keep-alive\n\n'), 10), { text: '', error: 'first-token-timeout' }, { timeouts: fast }],
  ['comments only in the middle', slowly([hello, ...Array.from({ length: 400 }, () => ': keep-alive\n\n')], 10), { text: 'Hello', error: 'idle-timeout' }, { timeouts: fast }],
  ['half an event, dripping, never whole', slowly([hello, 'data: {"choices"', ...Array.from({ length: 400 }, () => ' ')], 10), { text: 'Hello', error: 'idle-timeout' }, { timeouts: fast }],
  ['dripping, and every event in time', slowly([...(hello + stop + done)].reduce<string[]>((parts, letter, at) => (at % 20 === 0 ? [...parts, letter] : [...parts.slice(0, -1), parts.at(-1)! + letter]), []), 5), whole, { timeouts: fast }],
  ['finished, and then stalled', slowly([hello, stop], 1, { end: false }), whole, { timeouts: fast }],
  ['done, and then open', slowly([hello, stop, usageChunk, done], 1, { end: false }), { ...whole, usage: { outputTokens: 2 } }],
  ['an error frame in the middle', sse(hello, `data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error' } })}\n\n`), { text: 'Hello', error: 'server' }],
  ['an error frame with a status as its code', sse(`data: ${JSON.stringify({ error: { message: 'slow down', code: 429 } })}\n\n`), { error: 'rate-limit' }],
  ['an error frame of llama.cpp', sse(hello, `error: ${JSON.stringify({ code: 500, message: 'out of memory' })}\n\n`), { text: 'Hello', error: 'server' }],
  ['an event named error', sse(hello, `event: error\ndata: ${JSON.stringify({ message: 'overloaded', type: 'overloaded_error' })}\n\n`), { text: 'Hello', error: 'overloaded' }],
  ['a finish reason that is a failure', sse(hello, chunk({}, { finish_reason: 'error' }), done), { text: 'Hello', error: 'server' }],
  ['comments between events', sse(': OPENROUTER PROCESSING\n\n', hello, ': x\n', stop, done), whole],
  ['CRLF', sse((hello + stop + done).replaceAll('\n', '\r\n')), whole],
  ['lone CR', sse((hello + stop + done).replaceAll('\n', '\r')), whole],
  ['CRLF split between its halves', slowly((hello + stop + done).replaceAll('\n', '\r\n').split(/(?<=\r)/), 2), whole],
  ['a byte order mark', sse(Buffer.from([0xef, 0xbb, 0xbf]), hello, stop, done), whole],
  ['UTF-8 split in every place', slowly([...Buffer.from(chunk({ content: 'é漢😀' }) + stop)].reduce<Uint8Array[]>((parts, byte) => [...parts, Uint8Array.of(byte)], []), 0), { text: 'é漢😀', finish: 'stop' }],
  ['data over several lines', sse('data: {"choices":\ndata: [{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n'), whole],
  ['no space after data:', sse((hello + stop).replaceAll('data: ', 'data:')), whole],
  ['JSON instead of a stream', json(completion), { ...whole, usage: { inputTokens: 5 } }],
  ['JSON in pieces with a byte order mark', (response) => { response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }); response.write('\uFEFF{"choices":[{"message":{"content":"Hel'); response.end('lo"},"finish_reason":"stop"}]}'); }, whole],
  ['JSON without a finish reason is whole', json({ choices: [{ message: { content: 'Hello' } }] }), whole],
  ['JSON that is cut', body(200, { 'content-type': 'application/json' }, '{"choices":[{"message":{"content":"Hello wo'), { text: 'Hello wo', error: 'cut' }],
  ['JSON that is broken', body(200, { 'content-type': 'application/json' }, '{"choices": nothing'), { text: '', error: 'bad-response' }],
  ['an error body in 200', json({ error: { message: 'No such thing', type: 'invalid_request_error' } }), { error: 'bad-request' }],
  ['an error body in 200 as a stream', body(200, { 'content-type': 'text/event-stream' }, JSON.stringify({ error: { message: 'overloaded', type: 'overloaded_error' } })), { error: 'overloaded' }],
  ['an error body of vLLM', json({ object: 'error', message: 'oops', type: 'BadRequestError', code: 400 }), { error: 'bad-request' }],
  ['no choices in JSON', json({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 0 } }), { error: 'bad-response', usage: { inputTokens: 5 } }],
  ['no choices in a stream', sse('data: {"choices":[]}\n\n', done), { error: 'bad-response' }],
  ['an empty body as a stream', sse(), { error: 'bad-response' }],
  ['an empty body as JSON', body(200, { 'content-type': 'application/json' }, ''), { error: 'bad-response' }],
  ['an empty body that names no type', (response) => void response.writeHead(200).end(), { error: 'bad-response' }],
  ['only [DONE]', sse(done), { error: 'bad-response' }],
  ['a page', body(200, { 'content-type': 'text/html' }, '<!doctype html><html><head><title>Sign in</title></head><body>x</body></html>'), { error: 'bad-response' }],
  ['a page that says it is a stream', body(200, { 'content-type': 'text/event-stream' }, '<!doctype html>\n<html><head><title>Sign in</title>'), { error: 'bad-response' }],
  ['plain text', body(200, { 'content-type': 'text/plain' }, hello + stop), { error: 'bad-response', text: '' }],
  ['lines of JSON', body(200, { 'content-type': 'application/x-ndjson' }, '{}\n{}'), { error: 'bad-response' }],
  ['a stream that names no type', (response) => { response.writeHead(200); response.write(hello); response.end(stop); }, whole],
  ['a completion that names no type', (response) => void response.writeHead(200).end(JSON.stringify(completion)), whole],
  ['something that is no JSON in a stream', sse(hello, 'data: oops\n\n', stop), { text: 'Hello', error: 'bad-response' }],
  ['reasoning as reasoning_content', sse(chunk({ reasoning_content: 'Hm' }), hello, stop), { ...whole, reasoning: 'Hm' }],
  ['reasoning under both names is told once', sse(chunk({ reasoning_content: 'Hm', reasoning: 'Hm' }), hello, stop), { ...whole, reasoning: 'Hm' }],
  ['content in parts', sse(chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }, { type: 'text', text: 'Hello' }] }), stop), { ...whole, reasoning: 'Hm' }],
  ['a refusal', sse(chunk({ refusal: 'No' }), chunk({ refusal: '.' }), stop), { refusal: 'No.', text: '', finish: 'stop' }],
  ['the whole message in the last chunk', sse('data: {"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}\n\n'), whole],
  ['other choices are passed over', sse(hello, 'data: {"choices":[{"index":1,"delta":{"content":"other"}}]}\n\n', stop), whole],
  ['length', sse(hello, chunk({}, { finish_reason: 'length' })), { text: 'Hello', finish: 'length' }],
  ['content filter', sse(hello, chunk({}, { finish_reason: 'content_filter' })), { finish: 'content-filter' }],
  ['a stop by the name of a token', sse(hello, chunk({}, { finish_reason: 'eos_token' })), whole],
  ['an empty finish reason is none', sse(hello.replaceAll('null', '""'), stop), whole],
  ['tool calls in fragments, side by side', sse(
    chunk({ tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'add', arguments: '' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] }),
    chunk({ tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'sub', arguments: '{' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }, { index: 1, function: { arguments: '}' } }] }),
    chunk({}, { finish_reason: 'tool_calls' }),
  ), { calls: [{ id: 'a', name: 'add', arguments: '{"x":1}' }, { id: 'b', name: 'sub', arguments: '{}' }], finish: 'tool-calls' }],
  ['tool calls that all have index 0', sse(
    chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x":1}' } }] }),
    chunk({ tool_calls: [{ index: 0, id: 'b', function: { name: 'add', arguments: '{"x":2}' } }] }),
    stop,
  ), { calls: [{ id: 'a', name: 'add', arguments: '{"x":1}' }, { id: 'b', name: 'add', arguments: '{"x":2}' }], finish: 'tool-calls' }],
  ['tool calls without index, id repeated', sse(
    chunk({ tool_calls: [{ id: 'a', function: { name: 'add', arguments: '{"x"' } }] }),
    chunk({ tool_calls: [{ id: 'a', function: { name: 'add', arguments: ':1}' } }] }),
    stop,
  ), { calls: [{ id: 'a', name: 'add', arguments: '{"x":1}' }] }],
  ['tool calls without id, arguments as an object', sse(chunk({ tool_calls: [{ index: 7, function: { name: 'add', arguments: { x: 1 } } }] }), stop), { calls: [{ id: 'call_1', name: 'add', arguments: '{"x":1}' }] }],
  ['tool calls of a whole completion', json({ choices: [{ message: { content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: '{}' } }] }, finish_reason: 'tool_calls' }] }), { calls: [{ id: 'a', name: 'add', arguments: '{}' }], finish: 'tool-calls' }],
  ['a thousand tool calls', sse(...Array.from({ length: 1000 }, (_, index) => chunk({ tool_calls: [{ index, id: `c${index}`, function: { name: 'add', arguments: '{}' } }] })), stop), { error: 'bad-response' }],
  ['probabilities', sse(chunk({ content: 'Hello' }, { logprobs: { content: [{ token: 'Hello', logprob: -0.1, bytes: [72], top_logprobs: [{ token: 'Hello', logprob: -0.1 }] }] } }), stop), { ...whole, logprobs: 1 }],
  ['details of usage and the cost that the server names', sse(hello, stop, `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 6 }, completion_tokens_details: { reasoning_tokens: 3 }, cost: 0.0012 } })}\n\n`), { ...whole, usage: { inputTokens: 9, cachedInputTokens: 6, reasoningTokens: 3 }, cost: 0.0012 }],
  ['usage of nonsense is none', sse(hello, stop, 'data: {"choices":[],"usage":{"prompt_tokens":"many","completion_tokens":-1}}\n\n'), { ...whole, usage: {} }],
  ['an error after the finish takes nothing', sse(hello, stop, 'data: {"error":{"message":"late"}}\n\n'), whole],
  ['a line of 20 MB', sse(chunk({ content: 'x'.repeat(20_000_000) }), stop), { text: 'x'.repeat(20_000_000), finish: 'stop' }],
  ['a line over the bound', sse(hello, chunk({ content: 'x'.repeat(400_000) }), stop), { text: 'Hello', error: 'too-large' }, { limits: { responseBytes: 1_000_000 } }],
  ['a line without end', (response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }); const more = (): void => { while (!response.destroyed && response.write('x'.repeat(65_536))); }; response.on('drain', more); more(); }, { error: 'too-large' }, { limits: { responseBytes: 4_000_000 } }],
  ['more than the bound in many events', sse(hello, ...Array.from({ length: 2000 }, () => chunk({ content: 'x'.repeat(800) })), stop), { error: 'too-large' }, { limits: { responseBytes: 1_000_000 } }],
  ['a gzip bomb in a stream', body(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(40_000_000, 'x'))), { error: 'too-large' }, { limits: { responseBytes: 8_000_000 } }],
  ['a gzip bomb as JSON', body(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(40_000_000, ' '))), { error: 'too-large' }, { limits: { responseBytes: 8_000_000 } }],
  ['a gzip stream', body(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }, gzipSync(hello + stop + done)), whole],
  ['gzip that is none', body(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }, hello + stop), { error: 'cut' }],
];

describe('the answer to a request', () => {
  for (const [name, answer, expected, config] of rows) {
    it(name, async () => {
      const outcome = await call(answer, config);
      assert.equal(outcome.error?.code, expected.error, outcome.error?.message);
      for (const key of ['text', 'reasoning', 'refusal', 'finish', 'cost', 'logprobs'] as const) {
        if (!(key in expected)) continue;
        assert.ok(outcome[key] === expected[key], `${key}: ${String(outcome[key]).slice(0, 200)}`);
      }
      if (expected.calls !== undefined) assert.deepEqual(outcome.calls, expected.calls);
      if (expected.usage !== undefined && Object.keys(expected.usage).length === 0) assert.equal(outcome.usage, undefined);
      for (const [key, value] of Object.entries(expected.usage ?? {})) assert.equal(outcome.usage?.[key as keyof Usage], value, key);
      assert.equal(outcome.requests, 1);
      // Whatever went wrong is one line for people, with something to do.
      if (outcome.error !== undefined) {
        assert.doesNotMatch(outcome.error.message, /\n/);
        assert.ok(outcome.error.message.length < 500);
      }
    });
  }

  it('has every error before the end name what to do', async () => {
    const page = await call(body(200, { 'content-type': 'text/html' }, '<html><head><title>Sign in</title></head><body>secret page</body></html>'));
    assert.match(page.error!.message, /: Sign in$/);
    assert.match(page.error!.hint!, /baseUrl/);
  });

  it('says what came after the finish as a note', async () => {
    const outcome = await call(sse(hello, stop, 'data: {"error":{"message":"late"}}\n\n'));
    assert.deepEqual(outcome.notes.map((note) => /late/.test(note)), [true]);
  });

  it('joins deltas that arrive together, and keeps the order of different ones', async () => {
    const outcome = await call(sse(chunk({ reasoning: 'a' }) + chunk({ reasoning: 'b' }) + hello + stop));
    assert.deepEqual(outcome.events.map((event) => event.type), ['response-start', 'response-start', 'reasoning-delta', 'text-delta', 'finish']);
  });
});
