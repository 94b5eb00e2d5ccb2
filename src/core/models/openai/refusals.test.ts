import assert from 'node:assert/strict';
import { isContextOverflow, refusedParameter } from './refusals.ts';
import { readServerError } from './errors.ts';

const sent = ['model', 'messages', 'temperature', 'top_p', 'top_k', 'max_tokens', 'stop', 'seed', 'presence_penalty', 'frequency_penalty', 'reasoning_effort', 'logprobs', 'top_logprobs', 'tools', 'tool_choice', 'response_format', 'stream', 'stream_options', 'messages.role'];

/** What servers say, in their own words. */
const refusals: readonly (readonly [server: string, body: unknown, parameter: string | undefined])[] = [
  ['OpenAI, a name', { error: { message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", type: 'invalid_request_error', param: 'max_tokens', code: 'unsupported_parameter' } }, 'max_tokens'],
  ['OpenAI, a value', { error: { message: "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", param: 'temperature', code: 'unsupported_value' } }, 'temperature'],
  ['OpenAI, a form', { error: { message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", param: null, code: null } }, 'response_format'],
  ['OpenAI, a part of a form', { error: { message: 'not supported', param: 'response_format.json_schema', code: 'unsupported_value' } }, 'response_format'],
  ['OpenAI, the system role', { error: { message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.", param: 'messages[0].role', code: 'unsupported_value' } }, 'messages.role'],
  ['Copilot', { error: { message: "Unsupported parameter: 'top_p' is not supported with this model.", code: 'invalid_request_body' } }, 'top_p'],
  ['Azure', { error: { message: 'Unrecognized request argument supplied: top_k', type: 'invalid_request_error', param: null, code: null } }, 'top_k'],
  ['xAI', { code: 'Client specified an invalid argument', error: 'Argument not supported on this model: presencePenalty' }, 'presence_penalty'],
  ['xAI, another way', { code: 'Client specified an invalid argument', error: 'Model grok-4-latest does not support parameter reasoningEffort.' }, 'reasoning_effort'],
  ['xAI, a short name', { error: 'Argument not supported on this model: stop' }, 'stop'],
  ['Gemini', [{ error: { code: 400, message: 'Invalid JSON payload received. Unknown name "seed": Cannot find field.', status: 'INVALID_ARGUMENT' } }], 'seed'],
  ['Groq', { error: { message: "property 'logprobs' is unsupported", type: 'invalid_request_error' } }, 'logprobs'],
  ['Mistral, vLLM, FastAPI', { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted', input: {} }] }, 'stream_options'],
  ['Fireworks', { error: { message: "Extra inputs are not permitted, field: 'seed', value: 7" } }, 'seed'],
  ['a plain text', { detail: 'Unsupported parameter: top_p' }, 'top_p'],
  ['a name in a sentence', { error: { message: 'top_k is not supported by this endpoint' } }, 'top_k'],
  ['a word that is a name', { error: { message: 'seed is not supported for this model' } }, 'seed'],
  ['a word after support', { error: { message: 'This model does not support temperature.' } }, 'temperature'],
  ['the first of several', { error: { message: "Unsupported parameters: 'top_p', 'temperature'" } }, 'top_p'],
  ['what was not sent', { error: { message: "Unsupported parameter: 'frobnicate'", param: 'frobnicate', code: 'unsupported_parameter' } }, undefined],
  ['what is essential', { error: { message: "Unsupported parameter: 'messages'", param: 'messages', code: 'unsupported_parameter' } }, undefined],
  ['tools, without which the request is another one', { error: { message: "'tools' is not supported" } }, undefined],
  ['a value out of bounds', { error: { message: "Invalid 'temperature': must be at most 2.", param: 'temperature', code: 'decimal_above_max_value' } }, undefined],
  ['words that happen to be names', { error: { message: 'This model is not supported any more: stop using it, and use the stream of updates.' } }, undefined],
  ['a model that is not supported', { error: { message: "The model 'stop-gap' is not supported" } }, undefined],
];

describe('What a server refuses by name', () => {
  for (const [server, body, parameter] of refusals) {
    it(`${server}: ${parameter ?? 'nothing that can be left out'}`, () => assert.equal(refusedParameter(readServerError(JSON.stringify(body))!, sent), parameter));
  }
});

describe('That a request is longer than the context', () => {
  const rows: readonly (readonly [words: string, yes: boolean])[] = [
    ["This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.", true],
    ['the request exceeds the available context size, try increasing it', true],
    ['prompt is too long: 210000 tokens > 200000 maximum', true],
    ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', true],
    ['Trying to keep the first 6000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens', true],
    ['Please reduce the length of the messages or completion.', true],
    ['`inputs` tokens + `max_new_tokens` must be <= 4096', true],
    ['The context of this conversation is unclear', false],
    ['max_tokens is too large: 100000', false],
  ];
  for (const [words, yes] of rows) it(`${yes ? 'is' : 'is not'} said by: ${words.slice(0, 60)}`, () => assert.equal(isContextOverflow({ message: words, raw: words }), yes));
});
