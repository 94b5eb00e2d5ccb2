import { answer } from '../../servers/behaviours/good.ts';
import { endlessError } from '../../servers/behaviours/body.ts';
import { hasParameter, apiError, badGateway, contextOverflow, contextOverflowLlama, hardQuota, internalError, keyRefused, modelNotFound, notFoundPage, overloaded, rateLimited, rateLimitedUntilDate, redirect, refusesParameter, status, unavailable } from '../../servers/behaviours/status.ts';
import { tries, type Fault } from '../fault.ts';
import type { LoggedRequest } from '../../servers/log.ts';

const good = answer('fine');

/** What a server says instead of an answer. */
export const statusFaults: readonly Fault[] = [
  {
    name: '429 once without Retry-After',
    script: [rateLimited(), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[250, 500]] },
  },
  {
    name: '429 for ever: waits grow',
    script: [rateLimited()],
    expected: { status: 'failed', code: 'rate-limit', message: /slow down \(429\): Rate limit reached/, hint: /concurrency/, httpStatus: 429, requests: tries, waits: [[250, 500], [500, 1000], [1000, 2000]] },
  },
  {
    name: '429 with Retry-After in seconds',
    script: [rateLimited({ 'retry-after': '7' }), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[7000, 8000]] },
  },
  {
    name: '429 with Retry-After of 0',
    script: [rateLimited({ 'retry-after': '0' }), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[250, 500]] },
  },
  {
    name: '429 with retry-after-ms',
    script: [rateLimited({ 'retry-after-ms': '1500' }), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[1500, 2500]] },
  },
  {
    name: '429 with Retry-After as a date',
    script: [rateLimitedUntilDate(20), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[18_000, 21_000]] },
  },
  {
    name: '429 with Retry-After as a date in the past',
    script: [rateLimitedUntilDate(-3600), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[250, 500]] },
  },
  {
    name: '429 with a huge Retry-After',
    script: [rateLimited({ 'retry-after': '86400' }), good],
    expected: { status: 'failed', code: 'rate-limit', hint: /./, httpStatus: 429, requests: 1, waits: [], note: /86400 s.*60 s/ },
  },
  {
    name: '429 with an absurd Retry-After',
    script: [rateLimited({ 'retry-after': '9'.repeat(400) }), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[250, 500]] },
  },
  {
    name: '429 with garbage as Retry-After',
    script: [rateLimited({ 'retry-after': 'soon, promise' }), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[250, 500]] },
  },
  {
    name: '429 with a negative Retry-After',
    script: [rateLimited({ 'retry-after': '-5' }), good],
    expected: { status: 'done', text: 'fine', requests: 2, waits: [[250, 500]] },
  },
  {
    name: '429: waits are capped at 60 s in all',
    script: [rateLimited({ 'retry-after': '25' })],
    expected: { status: 'failed', code: 'rate-limit', hint: /./, httpStatus: 429, requests: 3, waits: [[25_000, 27_000], [25_000, 27_000]], note: /60 s/ },
  },
  {
    name: 'hard quota',
    script: [hardQuota],
    expected: { status: 'failed', code: 'quota', message: /quota/, hint: /billing/, httpStatus: 429, requests: 1, waits: [] },
  },
  {
    name: '402 payment required',
    script: [status(402, { error: { message: 'Insufficient credits. Add more.', code: 402 } })],
    expected: { status: 'failed', code: 'quota', hint: /billing/, httpStatus: 402, requests: 1 },
  },
  {
    name: '408',
    script: [status(408, 'Request Timeout'), good],
    expected: { status: 'done', text: 'fine', requests: 2 },
  },
  {
    name: '409',
    script: [apiError(409, { message: 'Lock timeout' }), good],
    expected: { status: 'done', text: 'fine', requests: 2 },
  },
  {
    name: '500 for ever',
    script: [internalError],
    expected: { status: 'failed', code: 'server', message: /failed \(500\): The server had an error/, hint: /again/, httpStatus: 500, requests: tries },
  },
  {
    name: '500 three times, then an answer',
    script: [internalError, internalError, internalError, good],
    expected: { status: 'done', text: 'fine', requests: tries },
  },
  {
    name: '502 with a page',
    script: [badGateway],
    expected: { status: 'failed', code: 'server', message: /\(502\): 502 Bad Gateway$/, hint: /again/, httpStatus: 502, requests: tries },
  },
  {
    name: '503',
    script: [unavailable],
    expected: { status: 'failed', code: 'overloaded', message: /503/, hint: /again/, httpStatus: 503, requests: tries },
  },
  {
    name: '529',
    script: [overloaded],
    expected: { status: 'failed', code: 'overloaded', message: /529.*Overloaded/, hint: /again/, httpStatus: 529, requests: tries },
  },
  {
    name: '503, 529, 500, then an answer',
    script: [unavailable, overloaded, internalError, good],
    expected: { status: 'done', text: 'fine', requests: tries },
  },
  {
    name: '500 that says not to ask again',
    script: [apiError(500, { message: 'no' }, { 'x-should-retry': 'false' })],
    expected: { status: 'failed', code: 'server', hint: /./, httpStatus: 500, requests: 1 },
  },
  {
    name: '401 that echoes the key',
    script: [keyRefused(401)],
    expected: { status: 'failed', code: 'auth', message: /\[key\]/, hint: /FAULT_KEY/, httpStatus: 401, requests: 1 },
  },
  {
    name: '403 that echoes the key',
    script: [keyRefused(403)],
    expected: { status: 'failed', code: 'permission', message: /\[key\]/, hint: /./, httpStatus: 403, requests: 1 },
  },
  {
    name: '404 model',
    script: [modelNotFound],
    expected: { status: 'failed', code: 'not-found', message: /fault-model/, hint: /name.*baseUrl/, httpStatus: 404, requests: 1 },
  },
  {
    name: '404 page',
    script: [notFoundPage],
    expected: { status: 'failed', code: 'not-found', hint: /\/v1/, httpStatus: 404, requests: 1 },
  },
  {
    name: '400 about something else',
    script: [apiError(400, { message: 'Invalid value for messages[0].role' })],
    expected: { status: 'failed', code: 'bad-request', message: /messages\[0\]/, hint: /./, httpStatus: 400, requests: 1 },
  },
  {
    name: '400 with a message of many lines and escapes',
    script: [apiError(400, { message: 'first\nsecond\r\n\u001b[31mred\u001b[0m \u0007' })],
    expected: { status: 'failed', code: 'bad-request', message: /first second/, hint: /./, httpStatus: 400, requests: 1 },
  },
  {
    name: '400 without a body',
    script: [status(400, '')],
    expected: { status: 'failed', code: 'bad-request', hint: /./, httpStatus: 400, requests: 1 },
  },
  {
    name: 'context overflow (OpenAI)',
    script: [contextOverflow],
    expected: { status: 'failed', code: 'context-overflow', message: /8192/, hint: /[Ss]horten/, httpStatus: 400, requests: 1 },
  },
  {
    name: 'context overflow (llama.cpp)',
    script: [contextOverflowLlama],
    expected: { status: 'failed', code: 'context-overflow', message: /context/, hint: /[Ss]horten/, httpStatus: 400, requests: 1 },
  },
  {
    name: 'unsupported parameter: left out once, with a note',
    script: [refusesParameter('temperature', good)],
    request: { config: { temperature: 0.5, topP: 0.9 } },
    expected: { status: 'done', text: 'fine', requests: 2, waits: [], note: /temperature/, log: (log) => sentParameters(log, 'temperature', [true, false]) },
  },
  {
    name: 'unsupported parameter: remembered for the model',
    script: [refusesParameter('temperature', good)],
    request: { config: { temperature: 0.5 } },
    before: 1,
    expected: { status: 'done', text: 'fine', requests: 1, log: (log) => sentParameters(log, 'temperature', [true, false, false]) },
  },
  {
    name: 'unsupported parameter: max_tokens is sent by its other name',
    script: [refusesParameter('max_tokens', good)],
    request: { config: { maxOutputTokens: 50 } },
    expected: { status: 'done', text: 'fine', requests: 2, note: /max_tokens/, log: (log) => sentParameters(log, 'max_completion_tokens', [false, true]) },
  },
  {
    name: 'unsupported parameter: two, one after the other',
    script: [refusesParameter('temperature', refusesParameter('seed', good))],
    request: { config: { temperature: 0.5, seed: 7 } },
    expected: { status: 'done', text: 'fine', requests: 3 },
  },
  {
    name: 'unsupported parameter: stream_options, and usage missing after that',
    script: [refusesParameter('stream_options', good)],
    expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' },
  },
  {
    name: 'unsupported parameter: one that was never sent',
    script: [apiError(400, { message: "Unsupported parameter: 'frobnicate'", code: 'unsupported_parameter', param: 'frobnicate' })],
    expected: { status: 'failed', code: 'bad-request', message: /frobnicate/, hint: /./, httpStatus: 400, requests: 1 },
  },
  {
    name: 'unsupported parameter: refused even when it is left out',
    script: [apiError(400, { message: "Unsupported parameter: 'temperature'", code: 'unsupported_parameter', param: 'temperature' })],
    request: { config: { temperature: 0.5 } },
    expected: { status: 'failed', code: 'bad-request', hint: /./, httpStatus: 400, requests: 2 },
  },
  ...([301, 302, 303, 307, 308] as const).map((code): Fault => ({
    name: `redirect ${code}`,
    script: [redirect(code, (call) => `http://127.0.0.1:${call.response.socket?.localPort}/v1/stolen`)],
    expected: {
      status: 'failed', code: 'redirect', message: /redirect/, hint: /baseUrl/, httpStatus: code, requests: 1,
      log: (log) => {
        if (log.some((request) => request.path.includes('stolen'))) throw new Error('The redirect was followed.');
      },
    },
  })),
  {
    name: 'redirect without an address',
    script: [redirect(302, '')],
    expected: { status: 'failed', code: 'redirect', hint: /./, httpStatus: 302, requests: 1 },
  },
  {
    name: '500 whose page never ends',
    script: [endlessError(500)],
    config: { retry: { tries: 2 } },
    expected: { status: 'failed', code: 'server', hint: /./, httpStatus: 500, requests: 2 },
  },
];

function sentParameters(log: readonly LoggedRequest[], name: string, expected: readonly boolean[]): void {
  const sent = log.map((request) => hasParameter(request, name));
  if (JSON.stringify(sent) !== JSON.stringify(expected)) throw new Error(`Requests with \`${name}\`: ${JSON.stringify(sent)} instead of ${JSON.stringify(expected)}.`);
}
