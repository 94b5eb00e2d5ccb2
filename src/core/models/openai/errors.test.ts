import assert from 'node:assert/strict';
import { foreignWords, oneLine, retryAfter, statusError } from './errors.ts';
import type { ModelErrorCode } from '../model.ts';

const parameters = ['model', 'messages', 'temperature', 'max_tokens', 'stream_options', 'response_format', 'tools', 'seed', 'reasoning_effort', 'messages.role'];
const now = Date.parse('2026-01-01T00:00:00Z');

function errorOf(status: number, body: unknown, headers: Record<string, string> = {}, key: string | undefined = 'Zq7fault93Kd0aPw') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return statusError(status, new Headers(headers), text, { server: 'OpenAI', model: 'gpt-x', key, keyName: 'OPENAI_API_KEY', parameters, now: () => now });
}

describe('An answer with an error status', () => {
  const rows: readonly (readonly [name: string, status: number, body: unknown, code: ModelErrorCode, retryable: boolean, parameter?: string])[] = [
    ['a bad key', 401, { error: { message: 'Incorrect API key provided: Zq7fault93Kd0aPw.', type: 'invalid_request_error', code: 'invalid_api_key' } }, 'auth', false],
    ['a bad key, as vLLM says it', 401, { error: 'Unauthorized' }, 'auth', false],
    ['not allowed', 403, { error: { message: 'Country not supported', type: 'request_forbidden' } }, 'permission', false],
    ['no such model', 404, { error: { message: 'The model `gpt-x` does not exist', code: 'model_not_found' } }, 'not-found', false],
    ['no such model, as Ollama says it', 404, { error: { message: 'model "x" not found, try pulling it first', type: 'api_error', param: null, code: null } }, 'not-found', false],
    ['nothing there', 404, '<html><head><title>404 Not Found</title></head></html>', 'not-found', false],
    ['too fast', 429, { error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' } }, 'rate-limit', true],
    ['no quota', 429, { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'quota', false],
    ['no credit', 402, { error: { message: 'Insufficient credits', code: 402 } }, 'quota', false],
    ['no credit, as Anthropic says it', 400, { error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' } }, 'quota', false],
    ['a time-out', 408, '', 'server', true],
    ['a conflict', 409, '', 'server', true],
    ['a failure', 500, { error: { message: 'The server had an error', type: 'server_error' } }, 'server', true],
    ['a gateway’s page', 502, '<html><body>Bad gateway</body></html>', 'server', true],
    ['loading', 503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 'overloaded', true],
    ['overloaded', 529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded', true],
    ['too long, OpenAI', 400, { error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' } }, 'context-overflow', false],
    ['too long, llama.cpp', 400, { error: { code: 400, message: 'the request exceeds the available context size (512)', type: 'exceed_context_size_error' } }, 'context-overflow', false],
    ['too long, vLLM', 400, { object: 'error', message: "This model's maximum context length is 4096 tokens. However, you requested 5000", type: 'BadRequestError', code: 400 }, 'context-overflow', false],
    ['too long, Anthropic', 400, { error: { message: 'prompt is too long: 210000 tokens > 200000 maximum' } }, 'context-overflow', false],
    ['filtered', 400, { error: { message: 'The response was filtered', code: 'content_filter' } }, 'content-filter', false],
    ['refused by name, OpenAI', 400, { error: { message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", param: 'max_tokens', code: 'unsupported_parameter' } }, 'unsupported-parameter', false, 'max_tokens'],
    ['refused value, OpenAI', 400, { error: { message: "Unsupported value: 'temperature' does not support 0.2 with this model.", param: 'temperature', code: 'unsupported_value' } }, 'unsupported-parameter', false, 'temperature'],
    ['refused by name, vLLM and FastAPI', 422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] }, 'unsupported-parameter', false, 'stream_options'],
    ['refused by name, Groq', 400, { error: { message: "property 'seed' is unsupported", type: 'invalid_request_error' } }, 'unsupported-parameter', false, 'seed'],
    ['refused by name, in words', 400, { error: 'Unrecognized request argument supplied: reasoning_effort' }, 'unsupported-parameter', false, 'reasoning_effort'],
    ['refused form', 400, { error: { message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", param: 'response_format' } }, 'unsupported-parameter', false, 'response_format'],
    ['refused system messages', 400, { error: { message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.", param: 'messages[0].role', code: 'unsupported_value' } }, 'unsupported-parameter', false, 'messages.role'],
    ['refused by name what was not sent', 400, { error: { message: "Unsupported parameter: 'top_p'", param: 'top_p', code: 'unsupported_parameter' } }, 'bad-request', false],
    ['refused what is essential', 400, { error: { message: "Unsupported parameter: 'messages'", param: 'messages', code: 'unsupported_parameter' } }, 'bad-request', false],
    ['a parameter that is wrong, not refused', 400, { error: { message: "Invalid 'temperature': must be at most 2.", param: 'temperature', code: 'decimal_above_max_value' } }, 'bad-request', false],
    ['something else', 400, { error: { message: 'Invalid JSON' } }, 'bad-request', false],
    ['nothing', 400, '', 'bad-request', false],
    ['a status nobody knows', 418, { message: 'teapot' }, 'bad-request', false],
  ];
  for (const [name, status, body, code, retryable, parameter] of rows) {
    it(`${status}: ${name}`, () => {
      const error = errorOf(status, body);
      assert.deepEqual([error.code, error.retryable, error.parameter, error.status, error.sent], [code, retryable, parameter, status, true]);
      assert.match(error.message, /^OpenAI [^\n]{5,}$/);
      assert.ok(error.message.includes(`(${status})`));
      assert.ok((error.hint ?? '').length > 10, 'a hint');
      assert.ok(!`${error.message}${error.body}${error.hint}`.includes('Zq7fault93Kd0aPw'), 'no key');
    });
  }

  it('names the variable of the key, and the model, where that helps', () => {
    assert.match(errorOf(401, '').hint ?? '', /Check the key in OPENAI_API_KEY/);
    assert.match(statusError(401, new Headers(), '', { server: 'x', model: 'm', key: undefined, keyName: undefined, parameters, now: () => 0 }).hint ?? '', /apiKeyEnv/);
    assert.match(errorOf(404, '').hint ?? '', /gpt-x/);
  });

  it('keeps the server’s own words, bounded, and the number of the request', () => {
    const error = errorOf(500, 'x'.repeat(10_000), { 'x-request-id': 'req-1' });
    assert.deepEqual([error.body?.length, error.requestId], [2000, 'req-1']);
    assert.ok(error.message.length < 400);
  });

  it('does not ask again where the server says so', () => {
    assert.equal(errorOf(500, '', { 'x-should-retry': 'false' }).retryable, false);
  });
});

describe('Retry-After', () => {
  const rows: readonly (readonly [headers: Record<string, string>, ms: number | undefined])[] = [
    [{}, undefined], [{ 'retry-after': '3' }, 3000], [{ 'retry-after': '0' }, 0], [{ 'retry-after': '1.5' }, 1500], [{ 'retry-after': ' 7 ' }, 7000],
    [{ 'retry-after': '99999999' }, 99_999_999_000], [{ 'retry-after': '-3' }, undefined], [{ 'retry-after': 'soon' }, undefined], [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5000], [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0], [{ 'retry-after': 'Thu, 99 Foo 2026 00:00:05 GMT' }, undefined],
    [{ 'retry-after': '1e9' }, undefined], [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250], [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9000],
  ];
  for (const [headers, ms] of rows) it(JSON.stringify(headers), () => assert.equal(retryAfter(new Headers(headers), now), ms));
});

describe('Words of what is no completion', () => {
  it('are the title of a page, or its first words without tags and scripts', () => {
    assert.equal(foreignWords('<html><title> Sign\n in </title>', 'text/html'), 'Sign in');
    assert.equal(foreignWords('<!doctype html><script>evil()</script><p>Hello <b>you</b>', null), 'Hello you');
    assert.equal(foreignWords('plain\u0007 words\r\n', 'text/plain'), 'plain words');
  });

  it('are one line, and short', () => {
    assert.equal(oneLine('a\n\n b\u0000c', 10), 'a b c');
    assert.equal(oneLine('x'.repeat(50), 10), `${'x'.repeat(9)}…`);
  });
});
