import assert from 'node:assert/strict';
import { chatBody, isStrict, noRefusals, sentNames, withRefusal, type Refusals } from './request.ts';
import { dialectFor } from './dialect.ts';
import { message, userRequest } from '../../../../test/model-requests.ts';
import type { Message } from '../../prompt/message.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Capabilities, CapabilityOverrides, ModelRequest, SamplingConfig } from '../model.ts';

interface Asked {
  readonly url?: string;
  readonly model?: string;
  readonly request?: ModelRequest;
  readonly capabilities?: CapabilityOverrides;
  readonly refusals?: Refusals;
}

function build({ url = 'https://models.example/v1', model = 'm', request = userRequest('hi'), capabilities, refusals }: Asked): { readonly body: JsonObject; readonly notes: readonly string[] } {
  return chatBody(model, request, dialectFor({ model, ...(capabilities && { capabilities }) }, new URL(url)), refusals);
}

const everything: SamplingConfig = { temperature: 0.5, topP: 0.9, topK: 40, maxOutputTokens: 50, stopSequences: ['END', '\n\n'], seed: 7, presencePenalty: 0.1, frequencyPenalty: 0.2, effort: 'low', logprobs: 3 };
const plain = { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true, stream_options: { include_usage: true } };
const sampling = { temperature: 0.5, top_p: 0.9, top_k: 40, max_tokens: 50, stop: ['END', '\n\n'], seed: 7, presence_penalty: 0.1, frequency_penalty: 0.2, reasoning_effort: 'low', logprobs: true, top_logprobs: 3 };

function without(body: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

describe('The body of a chat request', () => {
  it('says nothing that nobody asked for', () => {
    assert.deepEqual(build({}), { body: plain, notes: [] });
    assert.deepEqual(build({ request: userRequest('hi', { stopSequences: [] }) }).body, plain);
  });

  it('has every setting under the API’s name, in the API’s form', () => {
    assert.deepEqual(build({ request: userRequest('hi', everything) }), { body: { ...plain, ...sampling }, notes: [] });
    assert.deepEqual(build({ request: userRequest('hi', { logprobs: 0 }) }).body, { ...plain, logprobs: true, top_logprobs: 0 });
  });

  /** What each server's body lacks or has instead; whatever was asked for and is left out is told. */
  const dialects: readonly (readonly [name: string, asked: Asked, leftOut: readonly string[], instead: JsonObject])[] = [
    ['OpenAI', { url: 'https://api.openai.com/v1', model: 'gpt-4.1-mini' }, ['top_k'], { max_completion_tokens: 50 }],
    ['OpenAI in Europe', { url: 'https://eu.api.openai.com/v1', model: 'gpt-4.1-mini' }, ['top_k'], { max_completion_tokens: 50 }],
    ['a reasoning model takes no sampling', { url: 'https://api.openai.com/v1', model: 'o3-mini' }, ['top_k', 'temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'], { max_completion_tokens: 50 }],
    ['gpt-5', { url: 'https://api.openai.com/v1', model: 'gpt-5-mini' }, ['top_k', 'temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'], { max_completion_tokens: 50 }],
    ['gpt-5 for chat is none', { url: 'https://api.openai.com/v1', model: 'gpt-5-chat-latest' }, ['top_k'], { max_completion_tokens: 50 }],
    ['gpt-5.1 is asked, and told when it refuses', { url: 'https://api.openai.com/v1', model: 'gpt-5.1' }, ['top_k'], { max_completion_tokens: 50 }],
    ['a reasoning model behind OpenRouter', { url: 'https://openrouter.ai/api/v1', model: 'openai/o4-mini' }, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'], { max_completion_tokens: 50, usage: { include: true } }],
    ['Azure', { url: 'https://me.openai.azure.com/openai/v1', model: 'my-deployment' }, ['top_k'], { max_completion_tokens: 50 }],
    ['OpenRouter tells the cost', { url: 'https://openrouter.ai/api/v1', model: 'x/y' }, [], { max_tokens: 50, usage: { include: true } }],
    ['Groq', { url: 'https://api.groq.com/openai/v1' }, ['top_k', 'logprobs', 'top_logprobs'], { max_completion_tokens: 50 }],
    ['Mistral has its own name for the seed', { url: 'https://api.mistral.ai/v1' }, ['top_k', 'seed', 'logprobs', 'top_logprobs', 'stream_options'], { max_tokens: 50, random_seed: 7 }],
    ['Ollama', { url: 'http://127.0.0.1:11434/v1' }, ['top_k'], { max_tokens: 50 }],
    ['LM Studio, llama.cpp, vLLM take everything', { url: 'http://localhost:8080/v1' }, [], { max_tokens: 50 }],
    ['the list has the last word', { url: 'https://api.openai.com/v1', model: 'gpt-4.1', capabilities: { maxTokens: 'max_tokens', omit: ['temperature', 'stream_options'] } }, ['top_k', 'temperature', 'stream_options'], { max_tokens: 50 }],
    ['a server without usage in streams', { capabilities: { usage: false } }, ['stream_options'], {}],
    ['a server that does not stream', { capabilities: { stream: false } }, ['stream', 'stream_options'], {}],
    ['no logprobs, no alternatives', { capabilities: { omit: ['logprobs'] } }, ['logprobs', 'top_logprobs'], {}],
  ];
  for (const [name, asked, leftOut, instead] of dialects) {
    it(name, () => {
      const { body, notes } = build({ ...asked, request: userRequest('hi', everything) });
      const tokens = 'max_tokens' in instead || 'max_completion_tokens' in instead ? ['max_tokens'] : [];
      assert.deepEqual(body, { ...without({ ...plain, ...sampling }, ...leftOut, ...tokens), ...instead, model: asked.model ?? 'm' });
      const told = leftOut.filter((parameter) => !['stream', 'stream_options'].includes(parameter) && !(parameter === 'seed' && 'random_seed' in instead));
      assert.deepEqual(notes.map((note) => /`(\w+)` is left out/.exec(note)?.[1]).sort(), [...told].sort());
    });
  }

  it('leaves out what the server has refused, and renames the longest answer', () => {
    const refusals: Refusals = { omitted: new Set(['temperature', 'stream_options']), maxTokensSwapped: true, systemRefused: false };
    const { body, notes } = build({ request: userRequest('hi', { temperature: 1, maxOutputTokens: 5 }), refusals });
    assert.deepEqual(body, { ...without(plain, 'stream_options'), max_completion_tokens: 5 });
    assert.equal(notes.length, 1);
  });

  it('sends system text as the user’s where there are no system messages, and says so', () => {
    const request: ModelRequest = { messages: [message('system', 'Be brief.'), message('user', 'hi')], config: {} };
    for (const asked of [{ capabilities: { system: false } }, { refusals: { ...noRefusals, systemRefused: true } }] satisfies Asked[]) {
      const { body, notes } = build({ request, ...asked });
      assert.deepEqual(body.messages, [{ role: 'user', content: 'Be brief.' }, { role: 'user', content: 'hi' }]);
      assert.match(notes.join(), /system/);
    }
    assert.deepEqual(build({ request }).body.messages, [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'hi' }]);
  });

  const literal = { source: { kind: 'literal' }, taint: [] } as const;
  const messages: readonly (readonly [name: string, message: Message, expected: Json])[] = [
    ['text segments are one text', { role: 'user', content: [{ text: 'a', ...literal }, { text: 'b', ...literal }] }, { role: 'user', content: 'ab' }],
    ['an image by address', { role: 'user', content: [{ text: 'see ', ...literal }, { text: 'this', ...literal }, { media: { url: 'https://x/y.png' }, ...literal }, { text: '!', ...literal }] }, { role: 'user', content: [{ type: 'text', text: 'see this' }, { type: 'image_url', image_url: { url: 'https://x/y.png' } }, { type: 'text', text: '!' }] }],
    ['an image as data', { role: 'user', content: [{ media: { url: 'data:image/png;base64,AAAA', contentType: 'image/png' }, ...literal }] }, { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }],
    ['sound', { role: 'user', content: [{ media: { url: 'data:audio/mpeg;base64,AAAA' }, ...literal }] }, { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }] }],
    ['sound, its kind told', { role: 'user', content: [{ media: { url: 'data:audio/x-wav;base64,AAAA', contentType: 'audio/x-wav' }, ...literal }] }, { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }],
    ['a model’s answer', message('model', 'yes'), { role: 'assistant', content: 'yes' }],
    ['a model’s calls, arguments as it wrote them', { role: 'model', content: [], toolCalls: [{ id: 'c1', name: 'calculator', arguments: '{"expression": "1+1"' }] }, { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'calculator', arguments: '{"expression": "1+1"' } }] }],
    ['a call’s result', { role: 'tool', content: [{ text: '2', ...literal }], toolCallId: 'c1', name: 'calculator' }, { role: 'tool', tool_call_id: 'c1', content: '2' }],
  ];
  for (const [name, one, expected] of messages) it(`message: ${name}`, () => assert.deepEqual(build({ request: { messages: [one], config: {} } }).body.messages, [expected]));

  it('offers tools, and chooses only where there are some', () => {
    const parameters = { type: 'object', properties: { expression: { type: 'string' } } };
    const tools = [{ name: 'calculator', description: 'Calculates.', parameters }, { name: 'now', description: 'The time.', parameters: true }];
    assert.deepEqual(without(build({ request: { ...userRequest('hi'), tools, toolChoice: 'required' } }).body, ...Object.keys(plain)), {
      tools: [{ type: 'function', function: { name: 'calculator', description: 'Calculates.', parameters } }, { type: 'function', function: { name: 'now', description: 'The time.', parameters: { type: 'object' } } }],
      tool_choice: 'required',
    });
    assert.deepEqual(build({ request: { ...userRequest('hi'), tools: [], toolChoice: 'none' } }).body, plain);
  });

  it('asks for a schema, strictly where the schema allows that, under a name that the API takes', () => {
    const strict = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
    const loose = { type: 'object', properties: { a: { type: 'string' } } };
    const format = (schema: JsonObject, name = 'poem'): Json | undefined => build({ request: { ...userRequest('hi'), output: { name, schema } } }).body.response_format;
    assert.deepEqual(format(strict), { type: 'json_schema', json_schema: { name: 'poem', strict: true, schema: strict } });
    assert.deepEqual(format(loose), { type: 'json_schema', json_schema: { name: 'poem', strict: false, schema: loose } });
    assert.deepEqual((format(strict, 'Größe of poem') as JsonObject).json_schema, { name: 'Gr__e_of_poem', strict: true, schema: strict });
    assert.deepEqual((format(strict, '') as JsonObject).json_schema, { name: 'output', strict: true, schema: strict });
  });

  it('tells the form in words where the parameter for it is not sent, after what the user said last', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
    const request: ModelRequest = { messages: [message('user', 'a'), message('model', 'b'), message('user', 'c'), message('model', 'd')], config: {}, output: { name: 'poem', schema } };
    const refusals: Refusals = { ...noRefusals, omitted: new Set(['response_format']) };
    for (const asked of [{ request, refusals }, { request, capabilities: { omit: ['response_format'] } }]) {
      const { body, notes } = build(asked);
      assert.equal(body.response_format, undefined);
      const [, , told, last] = body.messages as readonly { readonly content: string }[];
      assert.match(told!.content, /^c\n\nAnswer with JSON only[^]*\n\{"type":"object".*\}$/);
      assert.equal(last!.content, 'd');
      assert.match(notes.join('\n'), /form of the answer is told in words[^]*`response_format` is left out/);
    }
    assert.deepEqual(build({ request: userRequest('hi'), refusals }).body, plain, 'only where a form is asked for');
  });
});

describe('What a server cannot do where a parameter is never sent', () => {
  const rows: readonly (readonly [omit: string, capability: keyof Capabilities])[] = [['stream', 'stream'], ['stream_options', 'usage'], ['response_format', 'jsonSchema'], ['tools', 'tools'], ['seed', 'seed']];
  for (const [omit, capability] of rows) {
    it(`${omit}: no ${capability}, unless the list says so`, () => {
      const of = (capabilities: CapabilityOverrides): boolean | undefined => dialectFor({ model: 'm', capabilities }, new URL('https://models.example/v1')).capabilities[capability];
      assert.deepEqual([of({}), of({ omit: [omit] }), of({ omit: [omit], [capability]: true })], [true, false, true]);
    });
  }
});

describe('Strict schemas', () => {
  const closed = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more });
  const rows: readonly (readonly [name: string, schema: Json, strict: boolean])[] = [
    ['a closed object', closed({ a: { type: 'string' } }), true],
    ['nested, closed', closed({ a: { type: 'array', items: closed({ b: { anyOf: [{ type: 'string' }, { type: 'null' }] } }) } }), true],
    ['nested, open', closed({ a: { type: 'array', items: { type: 'object', properties: {} } } }), false],
    ['a property that may be missing', { ...closed({ a: {}, b: {} }), required: ['a'] }, false],
    ['not an object', { type: 'array', items: { type: 'string' } }, false],
    ['a list of types with object', closed({ a: { type: ['object', 'null'], properties: {} } }), false],
    ['a word that is not supported', closed({ a: { oneOf: [{ type: 'string' }] } }), false],
    ['an open definition', closed({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'object', properties: {} } } }), false],
    ['true', true, false],
  ];
  for (const [name, schema, strict] of rows) it(name, () => assert.equal(isStrict(schema, 0), strict));
});

describe('What a server refuses by name', () => {
  const dialect = dialectFor({ model: 'm' }, new URL('https://models.example/v1'));

  it('is left out once, and may be refused to several requests at once', () => {
    const once = withRefusal('temperature', dialect, noRefusals);
    assert.deepEqual([...once!.omitted], ['temperature']);
    assert.deepEqual(withRefusal('temperature', dialect, once!), once, 'the request beside it may go again, too');
  });

  it('is renamed where it is the longest answer, and then no more', () => {
    const swapped = withRefusal('max_tokens', dialect, noRefusals);
    assert.equal(swapped?.maxTokensSwapped, true);
    assert.equal(withRefusal('max_completion_tokens', dialect, swapped), undefined);
  });

  it('stays where the request would be another one without it', () => {
    for (const name of ['messages', 'model', 'tools', 'frobnicate', 'max_completion_tokens']) assert.equal(withRefusal(name, dialect, noRefusals), undefined, name);
  });

  it('can only be what was sent', () => {
    assert.deepEqual(sentNames({ model: 'm', messages: [{ role: 'user', content: '' }] }), ['model', 'messages']);
    assert.deepEqual(sentNames({ model: 'm', messages: [{ role: 'system', content: '' }] }), ['model', 'messages', 'messages.role']);
  });
});
