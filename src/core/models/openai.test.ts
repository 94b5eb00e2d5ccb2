import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { message, plainHost, userRequest } from '../../../test/model-requests.ts';
import { ModelError, type Model, type ModelConfig, type ModelEvent, type ModelRequest } from './model.ts';
import { openai } from './openai.ts';
import { serve, type Loopback, type SeenRequest } from '../../../test/loopback.ts';

const signal = new AbortController().signal;

async function collect(model: Model, request: ModelRequest = userRequest('hi')): Promise<{ readonly events: readonly ModelEvent[]; readonly error: ModelError | undefined }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of model.stream(request, signal)) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return { events, error };
  }
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

const entry = (config: Partial<ModelConfig>): ModelConfig => ({ id: 'x', provider: 'openai', model: 'm', ...config });

interface Seen {
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A `fetch` that answers every request with a short completion and keeps what was asked, so that no address is too far away. */
function recordingFetch(): { readonly fetch: typeof globalThis.fetch; readonly seen: readonly Seen[] } {
  const seen: Seen[] = [];
  return {
    seen,
    fetch: async (input, init) => {
      seen.push({ url: input instanceof Request ? input.url : String(input), headers: new Headers(init?.headers), body: typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined });
      return Response.json({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
    },
  };
}

async function ask(config: Partial<ModelConfig>, secrets: Readonly<Record<string, string>> = {}): Promise<{ readonly seen: Seen | undefined; readonly error: ModelError | undefined; readonly model: Model }> {
  const { fetch, seen } = recordingFetch();
  const model = await openai.open(entry(config), plainHost({ secrets, fetch }));
  const { error } = await collect(model);
  return { seen: seen[0], error, model };
}

describe('Where a request goes, and with which key', () => {
  const all = { OPENAI_API_KEY: 'sk-openai', AZURE_OPENAI_API_KEY: 'azure-key', OPENROUTER_API_KEY: 'or-key', MY_KEY: 'my-key', OPENAI_ORG_ID: 'org-1', OPENAI_PROJECT_ID: 'proj-1' };
  const rows: readonly (readonly [name: string, config: Partial<ModelConfig>, secrets: Readonly<Record<string, string>>, url: string, key: string | null])[] = [
    ['OpenAI', {}, all, 'https://api.openai.com/v1/chat/completions', 'sk-openai'],
    ['a variable of the list’s', { apiKeyEnv: 'MY_KEY' }, all, 'https://api.openai.com/v1/chat/completions', 'my-key'],
    ['white space around a key', {}, { OPENAI_API_KEY: ' sk-openai\n' }, 'https://api.openai.com/v1/chat/completions', 'sk-openai'],
    ['the environment’s server gets the environment’s key', {}, { ...all, OPENAI_BASE_URL: 'https://gateway.example/api/' }, 'https://gateway.example/api/chat/completions', 'sk-openai'],
    ['the list’s server comes before the environment’s', { baseUrl: 'https://other.example/v1/' }, { ...all, OPENAI_BASE_URL: 'https://gateway.example/api' }, 'https://other.example/v1/chat/completions', null],
    ['an empty address is none', {}, { ...all, OPENAI_BASE_URL: ' ' }, 'https://api.openai.com/v1/chat/completions', 'sk-openai'],
    ['a server that nobody knows gets no key of another', { baseUrl: 'https://models.example/v1' }, all, 'https://models.example/v1/chat/completions', null],
    ['Azure’s v1, with its version', { baseUrl: 'https://me.openai.azure.com/openai/v1/?api-version=preview' }, all, 'https://me.openai.azure.com/openai/v1/chat/completions?api-version=preview', 'azure-key'],
    ['OpenRouter', { baseUrl: 'https://openrouter.ai/api/v1' }, all, 'https://openrouter.ai/api/v1/chat/completions', 'or-key'],
    ['Ollama needs none', { baseUrl: 'http://127.0.0.1:11434/v1' }, all, 'http://127.0.0.1:11434/v1/chat/completions', null],
    ['LM Studio needs none', { baseUrl: 'http://localhost:1234/v1' }, all, 'http://localhost:1234/v1/chat/completions', null],
    ['vLLM with a key', { baseUrl: 'http://localhost:8000/v1', apiKeyEnv: 'MY_KEY' }, all, 'http://localhost:8000/v1/chat/completions', 'my-key'],
    ['another server on this machine', { baseUrl: 'http://127.0.0.1:9876/v1' }, all, 'http://127.0.0.1:9876/v1/chat/completions', 'sk-openai'],
    ['another server on this machine, no key', { baseUrl: 'http://127.0.0.1:9876/v1' }, {}, 'http://127.0.0.1:9876/v1/chat/completions', null],
  ];
  for (const [name, config, secrets, url, key] of rows) {
    it(name, async () => {
      const { seen, error, model } = await ask(config, secrets);
      assert.equal(error, undefined);
      assert.equal(seen?.url, url);
      assert.equal(seen.headers.get('authorization'), key === null ? null : `Bearer ${key}`);
      assert.deepEqual(model.describe(userRequest('hi')), { url, body: seen.body }, 'what Preview shows is what is sent');
      assert.equal(seen.headers.get('openai-organization'), url.startsWith('https://api.openai.com/') && 'OPENAI_ORG_ID' in secrets ? 'org-1' : null);
    });
  }

  it('headers of the list go with it', async () => {
    const { seen } = await ask({ baseUrl: 'https://models.example/v1', headers: { 'x-title': 'notebook' } });
    assert.equal(seen?.headers.get('x-title'), 'notebook');
  });

  it('without its key a service that needs one is not asked', async () => {
    for (const [baseUrl, name] of [[undefined, 'OPENAI_API_KEY'], ['https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'], ['https://api.x.ai/v1', 'XAI_API_KEY']] as const) {
      const { seen, error } = await ask(baseUrl === undefined ? {} : { baseUrl });
      assert.deepEqual([seen, error?.code, error?.sent], [undefined, 'auth', false]);
      assert.match(`${error?.message} ${error?.hint}`, new RegExp(`${name} is not set.*apiKeyEnv`));
    }
  });

  it('a key that changes is the new one at the next request', async () => {
    const { fetch, seen } = recordingFetch();
    let key = 'first-key';
    const model = await openai.open(entry({}), { ...plainHost({ fetch }), secret: async (name) => (name === 'OPENAI_API_KEY' ? key : undefined) });
    await collect(model);
    key = 'second-key';
    await collect(model);
    assert.deepEqual(seen.map((one) => one.headers.get('authorization')), ['Bearer first-key', 'Bearer second-key']);
  });

  it('a key that is kept for a server goes to this one only', async () => {
    const kept: Readonly<Record<string, string>> = { 'https://models.example': 'key-of-models', 'https://api.openai.com': 'key-of-openai' };
    for (const [config, key] of [[{ baseUrl: 'https://models.example/v1' }, 'key-of-models'], [{}, 'key-of-openai'], [{ baseUrl: 'https://other.example/v1' }, null]] as const) {
      const { fetch, seen } = recordingFetch();
      await collect(await openai.open(entry(config), { ...plainHost({ fetch }), secret: async (_name, endpoint) => (endpoint === undefined ? undefined : kept[endpoint]) }));
      assert.equal(seen[0]!.headers.get('authorization'), key === null ? null : `Bearer ${key}`);
    }
  });

  it('a key that HTTP cannot carry is an error without the key', async () => {
    const { error } = await ask({}, { OPENAI_API_KEY: 'sk-naïve-ключ-1234' });
    assert.deepEqual([error?.code, error?.sent], ['bad-request', false]);
    assert.ok(!`${error?.message}`.includes('ключ'));
  });

  for (const baseUrl of ['models.example/v1', 'ftp://models.example', 'https://me:secret@models.example/v1']) {
    it(`${baseUrl} is refused when the model is opened`, () =>
      assert.rejects(async () => openai.open(entry({ baseUrl }), plainHost()), (error) => error instanceof ModelError && error.code === 'unavailable' && !error.message.includes('secret') && error.hint !== undefined));
  }
});

/** What an open model says of itself. */
describe('What is known of a model', () => {
  const facts = async (config: Partial<ModelConfig>) => {
    const model = await openai.open(entry(config), plainHost());
    assert.deepEqual(await openai.facts!(entry(config), plainHost()), { contextWindow: model.contextWindow, price: model.price });
    return [model.contextWindow, model.price, model.capabilities.local];
  };

  it('OpenAI’s models have the snapshot’s window and price', async () => assert.deepEqual(await facts({ model: 'gpt-4.1-mini' }), [1_047_576, { input: 0.4, cachedInput: 0.1, output: 1.6 }, false]));
  it('the list has the last word', async () => assert.deepEqual(await facts({ model: 'gpt-4.1-mini', contextWindow: 5, price: { input: 1, output: 2 } }), [5, { input: 1, output: 2 }, false]));
  it('unknown is unknown', async () => assert.deepEqual(await facts({ model: 'gpt-99' }), [null, null, false]));
  it('another server’s model of the same name is another one', async () => assert.deepEqual(await facts({ model: 'gpt-4.1-mini', baseUrl: 'https://models.example/v1' }), [null, null, false]));
  it('a server at its usual place on this machine costs nothing', async () => assert.deepEqual(await facts({ baseUrl: 'http://localhost:11434/v1' }), [null, { input: 0, output: 0 }, true]));
  it('what Ollama passes on may cost', async () => assert.deepEqual(await facts({ model: 'big:cloud', baseUrl: 'http://localhost:11434/v1' }), [null, null, false]));

  it('models of one server wait in one queue, those with limits of their own in theirs', async () => {
    const keyOf = async (config: Partial<ModelConfig>) => (await openai.open(entry({ baseUrl: 'https://models.example/v1', ...config }), plainHost())).concurrency;
    assert.deepEqual(await keyOf({ model: 'a' }), await keyOf({ model: 'b' }));
    assert.deepEqual(await keyOf({ model: 'a', limits: { concurrency: 2, requestsPerMinute: 30, tokensPerMinute: 1000 } }), { key: 'https://models.example a', limit: 2, requestsPerMinute: 30, tokensPerMinute: 1000 });
  });

  it('the identity tells servers and models apart, and holds no key', async () => {
    const identity = async (config: Partial<ModelConfig>) => (await openai.open(entry(config), plainHost({ secrets: { OPENAI_API_KEY: 'sk-openai' } }))).identity;
    const all = await Promise.all([identity({}), identity({ model: 'n' }), identity({ baseUrl: 'https://models.example/v1' })]);
    assert.equal(new Set(all).size, 3);
    assert.ok(!all.join().includes('sk-'));
    assert.equal(await identity({ id: 'other' }), all[0], 'what it is called does not matter');
  });
});

/** Runs against a server on this machine. */
describe('A model at a server', () => {
  let server: Loopback;
  afterEach(() => server.close());

  const stream = (response: ServerResponse, ...deltas: readonly object[]): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const delta of deltas) response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`);
    response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  };
  const bodyOf = (request: SeenRequest): Record<string, unknown> => JSON.parse(request.body) as Record<string, unknown>;
  const open = (config: Partial<ModelConfig> = {}, secrets: Readonly<Record<string, string>> = {}): Promise<Model> => openai.open(entry({ baseUrl: `${server.origin}/v1`, ...config }), plainHost({ secrets }));

  it('hides its key wherever the server says it, and in whatever pieces', async () => {
    const key = 'Zq7fault93Kd0aPwVx';
    server = await serve((response) => stream(response, { reasoning_content: `I see ${key.slice(0, 5)}` }, { reasoning_content: key.slice(5) }, { content: 'Your key: ' }, ...[...key].map((letter) => ({ content: letter })), { content: ' bye Z' }, { tool_calls: [{ index: 0, id: 'c', function: { name: 'send', arguments: `{"to":"${key}"}` } }] }));
    const model = await open({ apiKeyEnv: 'KEY' }, { KEY: key });
    const { events } = await collect(model);
    assert.ok(server.requests[0]?.headers.authorization?.includes(key));
    assert.equal(textOf(events), 'Your key: [key] bye Z');
    assert.ok(!events.map((event) => ('text' in event ? event.text : JSON.stringify(event))).join('').includes(key));
    assert.equal(events.at(-1)?.type, 'finish');
  });

  it('keeps what it held back when the stream breaks', async () => {
    server = await serve((response, _request, socket) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"so Zq7f"}}]}\n\n', () => setTimeout(() => socket.resetAndDestroy(), 30));
    });
    const { events, error } = await collect(await open({ apiKeyEnv: 'KEY' }, { KEY: 'Zq7fault93Kd0aPwVx' }));
    assert.deepEqual([textOf(events), error?.code], ['so Zq7f', 'cut']);
  });

  it('leaves out a refused parameter from then on; requests beside it may leave it out, too', async () => {
    server = await serve((response, request) => {
      if ('temperature' in bodyOf(request)) return void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: "Unsupported parameter: 'temperature'", param: 'temperature', code: 'unsupported_parameter' } }));
      stream(response, { content: 'fine' });
    });
    const model = await open();
    const request = userRequest('hi', { temperature: 1 });
    const together = await Promise.all([collect(model, request), collect(model, request), collect(model, request)]);
    for (const { error } of together) assert.deepEqual([error?.code, error?.parameter, model.dropParameter?.(error!.parameter!)], ['unsupported-parameter', 'temperature', true]);
    const after = await collect(model, request);
    assert.equal(textOf(after.events), 'fine');
    assert.match(after.events.map((event) => (event.type === 'note' ? event.text : '')).join(), /`temperature` is left out/);
    assert.deepEqual(model.describe(request).body, bodyOf(server.requests.at(-1)!));
  });

  it('knows less after a refusal: no schema, no usage, no stream, no system messages', async () => {
    server = await serve((response) => stream(response));
    const model = await open();
    assert.deepEqual([model.capabilities.jsonSchema, model.capabilities.usage, model.capabilities.stream, model.capabilities.system], [true, true, true, true]);
    for (const parameter of ['response_format', 'stream_options', 'stream', 'messages.role']) assert.equal(model.dropParameter?.(parameter), true);
    assert.deepEqual([model.capabilities.jsonSchema, model.capabilities.usage, model.capabilities.stream, model.capabilities.system], [false, false, false, false]);
    assert.deepEqual(model.describe({ messages: [message('system', 's')], config: {}, output: { name: 'o', schema: {} } }).body, { model: 'm', messages: [{ role: 'user', content: 's' }, { role: 'user', content: 'Answer with JSON only: no other text, no code fence.' }] });
    assert.equal(model.dropParameter?.('messages'), false);
  });

  it('ends the request when nobody reads on', async () => {
    server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n');
    });
    for await (const event of (await open()).stream(userRequest('hi'), signal)) if (event.type === 'text-delta') break;
    await server.requests[0]!.closed;
  });

  it('ends the request when cancelled, with the signal’s own reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    server = await serve(() => controller.abort(reason));
    const model = await open();
    await assert.rejects(async () => {
      for await (const event of model.stream(userRequest('hi'), controller.signal)) assert.fail(event.type);
    }, (error) => error === reason);
    await server.requests[0]!.closed;
    await assert.rejects(async () => {
      for await (const event of model.stream(userRequest('hi'), controller.signal)) assert.fail(event.type);
    }, (error) => error === reason);
    assert.equal(server.requests.length, 1, 'a second one is not even sent');
  });

  it('does not send images to a model that takes none', async () => {
    server = await serve((response) => stream(response, { content: 'ok' }));
    const request: ModelRequest = { messages: [{ role: 'user', content: [{ media: { url: 'https://x/y.png' }, source: { kind: 'literal' }, taint: [] }] }], config: {} };
    const { error } = await collect(await open({ capabilities: { media: false } }), request);
    assert.deepEqual([error?.code, error?.sent, server.requests.length], ['bad-request', false, 0]);
    assert.equal((await collect(await open(), request)).error, undefined);
  });

  it('counts with the server’s tokenizer where the list says so, and with ours where there is none', async () => {
    let has = true;
    server = await serve((response, request) => {
      if (!has) return void response.writeHead(404).end();
      assert.deepEqual([request.path, request.headers.authorization], ['/tokenize', 'Bearer secret-key-1']);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tokens: [...(JSON.parse(request.body) as { content: string }).content].map((_, index) => index) }));
    });
    const model = await open({ tokenizer: 'server', apiKeyEnv: 'KEY', model: 'gpt-4o' }, { KEY: 'secret-key-1' });
    assert.deepEqual(await model.countTokens('hello'), { tokens: 5, kind: 'exact' });
    assert.deepEqual(await model.countTokens({ messages: [message('system', 'ab'), message('user', 'cd')], config: {} }), { tokens: 5, kind: 'estimate' });
    has = false;
    assert.deepEqual(await model.countTokens('hello'), { tokens: 1, kind: 'exact' });
  });

  describe('is ready', () => {
    const ready = async (answer: (response: ServerResponse, request: SeenRequest) => void, config: Partial<ModelConfig> = {}, secrets: Readonly<Record<string, string>> = {}) => {
      server = await serve(answer);
      return openai.ready!(entry({ baseUrl: `${server.origin}/v1`, ...config }), plainHost({ secrets }));
    };
    const list = (value: unknown, status = 200) => (response: ServerResponse): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

    const rows: readonly (readonly [name: string, answer: (response: ServerResponse, request: SeenRequest) => void, why: RegExp | null, config?: Partial<ModelConfig>])[] = [
      ['when the server lists it', list({ object: 'list', data: [{ id: 'other' }, { id: 'm' }] }), null],
      ['when the server lists it with Ollama’s tag', list({ object: 'list', data: [{ id: 'm:latest' }] }), null],
      ['not when it lists others', list({ object: 'list', data: [{ id: 'other' }] }), /has no model m/],
      ['when llama.cpp has one model, whatever it is called', list({ object: 'list', data: [{ id: '/models/x.gguf', owned_by: 'llamacpp' }] }), null],
      ['not when it is still loading', list({ error: { message: 'Loading model' } }, 503), /still loading/],
      ['not without the key that it asks for', list({ error: 'Unauthorized' }, 401), /asks for a key.*apiKeyEnv/],
      ['not with a key that it does not take', list({ error: 'Unauthorized' }, 401), /does not accept the key in KEY/, { apiKeyEnv: 'KEY' }],
      ['when the server keeps its models to itself', list({ error: 'no such page' }, 404), null],
      ['when the list is something else', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), null],
    ];
    for (const [name, answer, why, config] of rows) {
      it(name, async () => {
        const found = await ready(answer, config, { KEY: 'secret-key-1' });
        assert.equal(found.ready, why === null);
        if (why === null) assert.equal(found.why, null);
        else assert.match(found.why ?? '', why);
        assert.ok(server.requests.every((request) => request.method === 'GET' && request.path === '/v1/models'), 'nothing is generated');
      });
    }

    it('not when nothing answers', async () => {
      server = await serve(() => {});
      await server.close();
      assert.match((await openai.ready!(entry({ baseUrl: `${server.origin}/v1` }), plainHost())).why ?? '', /Nothing answers at 127\.0\.0\.1:\d+\.$/);
    });

    it('not when nothing answers in time', async () => {
      assert.match((await ready(() => {})).why ?? '', /within a second/);
    });

    it('not without its key, and far away is not asked', async () => {
      server = await serve(() => {});
      assert.match((await openai.ready!(entry({}), plainHost())).why ?? '', /OPENAI_API_KEY is not set/);
      const { fetch, seen } = recordingFetch();
      assert.deepEqual(await openai.ready!(entry({}), plainHost({ secrets: { OPENAI_API_KEY: 'k' }, fetch })), { ready: true, why: null });
      assert.equal(seen.length, 0);
    });
  });
});
