import { answer, pieces } from '../../servers/behaviours/good.ts';
import { chunk, comment, delta, done, event, finish, finishWithUsage, forever, raw, refusal, reset, role, stall, stream, streamAs, text, toolCall, usage, usageSoFar, hangUp } from '../../servers/behaviours/stream.ts';
import { gzipStream } from '../../servers/behaviours/body.ts';
import { status } from '../../servers/behaviours/status.ts';
import { tries, type Fault } from '../fault.ts';

const good = answer('fine');
const unicode = 'Grüße, 世界 👩‍👩‍👧‍👦 e\u0301 \u{1F600} end';
const story = Array.from({ length: 50_000 }, (_, index) => ` w${index}`);

/** What can happen to a stream. */
export const streamFaults: readonly Fault[] = [
  // Ends.
  { name: 'stream without [DONE]', script: [stream(role, text('Once', ' upon'), finish(), usage)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'stream without a finish reason, with [DONE]', script: [stream(role, text('Once', ' upon'), usage, done)], expected: { status: 'incomplete', code: 'cut', message: /finish/, hint: /kept/, text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'stream without a finish reason, without [DONE]', script: [stream(role, text('Once', ' upon'))], expected: { status: 'incomplete', code: 'cut', message: /finish/, hint: /kept/, text: 'Once upon', requests: 1 } },
  { name: 'stream that says only its role', script: [stream(role)], expected: { status: 'failed', code: 'cut', hint: /./, requests: tries, tokens: 'counted' } },
  { name: 'stream cut before any text, then an answer', script: [stream(role), good], expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' } },
  { name: 'stream cut inside JSON', script: [stream(role, text('Once', ' upon'), raw('data: {"choices":[{"index":0,"delta":{"content":" a ti'))], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: /^Once upon( a ti)?$/, requests: 1 } },
  { name: 'stream cut inside JSON by a reset', script: [stream(role, text('Once', ' upon'), raw('data: {"choices":[{"index":0,"delta":{"content":" a ti'), reset)], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: /^Once upon( a ti)?$/, requests: 1 } },
  { name: 'stream with broken JSON in an event', script: [stream(role, text('Once', ' upon'), event('{"choices":[{"index":0,"delta":{"content":" a ti'), text(' never'), finish(), done)], expected: { status: 'incomplete', code: 'bad-response', message: /JSON/, hint: /kept/, text: 'Once upon', requests: 1 } },
  { name: 'stream reset', script: [stream(role, text('Once', ' upon'), reset)], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: 'Once upon', requests: 1 } },
  { name: 'stream reset before any text, then an answer', script: [stream(role, reset), good], expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' } },
  { name: 'stream hung up', script: [stream(role, text('Once', ' upon'), hangUp)], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: 'Once upon', requests: 1 } },
  { name: 'finish reason of a failed server', script: [stream(role, text('Once', ' upon'), finish('error'), done)], expected: { status: 'incomplete', hint: /kept|again/, text: 'Once upon', requests: 1 } },
  // Time.
  {
    name: 'stream stalled before the first token',
    script: [stream(role, stall)],
    config: { timeouts: { firstTokenMs: 150 }, retry: { tries: 2 } },
    expected: { status: 'failed', code: 'first-token-timeout', hint: /firstTokenMs/, requests: 2, tokens: 'counted' },
  },
  {
    name: 'stream stalled before the first token, then an answer',
    script: [stream(role, stall), good],
    config: { timeouts: { firstTokenMs: 400 } },
    expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' },
  },
  {
    name: 'stream stalled in the middle',
    script: [stream(role, text('Once', ' upon'), stall)],
    config: { timeouts: { idleMs: 150 } },
    expected: { status: 'incomplete', code: 'idle-timeout', message: /150 ms/, hint: /idleMs/, text: 'Once upon', requests: 1 },
  },
  {
    name: 'stream stalled after its finish',
    script: [stream(role, text('Once', ' upon'), finishWithUsage(), stall)],
    config: { timeouts: { idleMs: 150 } },
    expected: { status: 'done', text: 'Once upon', requests: 1 },
  },
  {
    name: 'stream stalled after [DONE]',
    script: [stream(role, text('Once', ' upon'), finish(), usage, done, stall)],
    expected: { status: 'done', text: 'Once upon', requests: 1 },
  },
  {
    name: 'comments only',
    script: [stream(forever(20, comment()))],
    config: { timeouts: { firstTokenMs: 200 }, retry: { tries: 2 } },
    expected: { status: 'failed', code: 'first-token-timeout', hint: /./, requests: 2, tokens: 'counted' },
  },
  {
    name: 'comments only, to their end',
    script: [stream(comment(), comment('OPENROUTER PROCESSING'))],
    expected: { status: 'failed', code: 'bad-response', hint: /./, requests: 1, tokens: 'counted' },
  },
  {
    name: 'comments that keep a dead answer alive',
    script: [stream(role, text('Once', ' upon'), forever(20, comment()))],
    config: { timeouts: { idleMs: 200 } },
    expected: { status: 'incomplete', code: 'idle-timeout', hint: /idleMs/, text: 'Once upon', requests: 1 },
  },
  {
    name: 'comments before and between, and an answer',
    script: [stream(comment(), role, comment(), text('Once'), comment(), text(' upon'), comment(), finish(), comment(), usage, comment(), done)],
    expected: { status: 'done', text: 'Once upon', requests: 1 },
  },
  {
    name: 'dripping: a byte at a time, never an event',
    script: [stream(role, text('Once'), forever(20, raw('x')))],
    config: { timeouts: { idleMs: 200 } },
    expected: { status: 'incomplete', code: 'idle-timeout', hint: /./, text: /^Once/, requests: 1 },
  },
  {
    name: 'slow, but alive: longer in all than the idle time',
    script: [answer({ text: 'one two three four five six seven eight', paceMs: 60 })],
    config: { timeouts: { idleMs: 400, firstTokenMs: 400 } },
    expected: { status: 'done', text: 'one two three four five six seven eight', requests: 1 },
  },
  // Errors inside.
  { name: 'error frame first', script: [stream(event('{"error":{"message":"Overloaded","type":"overloaded_error"}}'))], expected: { status: 'failed', code: 'overloaded', message: /Overloaded/, hint: /./, requests: tries, tokens: 'counted' } },
  { name: 'error frame first, then an answer', script: [stream(event('{"error":{"message":"try again","type":"server_error"}}')), good], expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' } },
  { name: 'error frame in the middle', script: [stream(role, text('Once', ' upon'), event('{"error":{"message":"GPU on fire","type":"server_error","code":500}}'), done)], expected: { status: 'incomplete', code: 'server', message: /GPU on fire/, hint: /./, text: 'Once upon', requests: 1 } },
  { name: 'error frame with its own event name', script: [stream(role, text('Once', ' upon'), event('{"message":"gone wrong"}', 'error'))], expected: { status: 'incomplete', message: /gone wrong/, hint: /./, text: 'Once upon', requests: 1 } },
  { name: 'error frame that echoes the key', script: [(call) => stream(role, event(JSON.stringify({ error: { message: `bad key ${call.key}`, code: 'invalid_api_key' } })))(call)], expected: { status: 'failed', code: 'auth', message: /\[key\]/, hint: /FAULT_KEY/, requests: 1, tokens: 'counted' } },
  { name: 'error frame: context overflow', script: [stream(event('{"error":{"message":"the request exceeds the available context size","type":"exceed_context_size_error","code":400}}'))], expected: { status: 'failed', code: 'context-overflow', hint: /[Ss]horten/, requests: 1, tokens: 'counted' } },
  // Forms.
  { name: 'JSON instead of SSE', script: [status(200, { object: 'chat.completion', model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'plain' }, finish_reason: 'stop' }] })], expected: { status: 'done', text: 'plain', requests: 1, tokens: 'counted' } },
  { name: 'split in the middle of UTF-8', script: [streamAs({ splitEvery: 1 }, role, text(...pieces(unicode)), finish(), usage, done)], expected: { status: 'done', text: unicode, requests: 1 } },
  { name: 'split UTF-8, then cut in the middle of a letter', script: [stream(role, text('Gr'), raw(Buffer.concat([Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"'), Buffer.from('ü').subarray(0, 1)])), hangUp)], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: /^Gr/, requests: 1 } },
  { name: 'lone surrogates', script: [stream(role, event('{"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}'), event('{"choices":[{"index":0,"delta":{"content":"\\ude00b"}}]}'), finish(), done)], expected: { status: 'done', text: 'a\u{1F600}b', requests: 1, tokens: 'counted' } },
  { name: 'CRLF', script: [streamAs({ newline: '\r\n' }, role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'CRLF, split between CR and LF', script: [streamAs({ newline: '\r\n', splitEvery: 1 }, role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'CR alone', script: [streamAs({ newline: '\r' }, role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'BOM', script: [streamAs({ prefix: new Uint8Array([0xef, 0xbb, 0xbf]) }, role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'BOM before JSON', script: [({ response }) => void response.writeHead(200, { 'content-type': 'application/json' }).end(`\ufeff${JSON.stringify({ choices: [{ index: 0, message: { content: 'plain' }, finish_reason: 'stop' }] })}`)], expected: { status: 'done', text: 'plain', requests: 1, tokens: 'counted' } },
  { name: 'no content type', script: [streamAs({ contentType: null }, role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'a stream that says text/plain', script: [streamAs({ contentType: 'text/plain' }, role, text('Once', ' upon'), finish(), done)], expected: { status: 'failed', code: 'bad-response', message: /text\/plain/, hint: /./, requests: 1, tokens: 'counted' } },
  { name: 'gzip, flushed piece by piece', script: [gzipStream('data: {"choices":[{"index":0,"delta":{"content":"Once"}}]}\n\n', 'data: {"choices":[{"index":0,"delta":{"content":" upon"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'counted' } },
  { name: 'data in several lines of one event', script: [stream(role, raw('data: {"choices":[{"index":0,\ndata: "delta":{"content":"Once"}}]}\n\n'), text(' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'fields and events that nobody knows', script: [stream(raw('retry: 10\nid: 7\nfoo: bar\n\n'), event('{"type":"ping"}', 'ping'), role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  // Sizes.
  { name: 'a line of 20 MB', script: [stream(role, text('Once'), delta({ content: long(20) }), finish(), usage, done)], expected: { status: 'done', text: `Once${long(20)}`, requests: 1 } },
  { name: 'a line of 20 MB that is no event', script: [stream(role, text('Once', ' upon'), raw(`${long(20)}\n\n`), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'a line of 20 MB that never ends', script: [stream(role, text('Once', ' upon'), raw(`data: {"choices":[{"index":0,"delta":{"content":"${long(20)}`))], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: /^Once upon/, requests: 1 } },
  ...([['where less is allowed', { limits: { responseBytes: 16_000_000 } }, 20], ['beyond the bound', {}, 40]] as const).map(([where, config, megabytes]): Fault => ({
    name: `a line of ${megabytes} MB ${where}`,
    script: [stream(role, text('Once', ' upon'), delta({ content: long(megabytes) }), finish(), usage, done)],
    config,
    expected: { status: 'incomplete', code: 'too-large', message: /MB/, hint: /responseBytes/, text: 'Once upon', requests: 1 },
  })),
  { name: '50,000 chunks', script: [stream(role, text(...story), finish(), usage, done)], expected: { status: 'done', text: story.join(''), requests: 1 } },
  // Usage.
  { name: 'usage missing', script: [stream(role, text('Once', ' upon'), finish(), done)], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'counted' } },
  { name: 'usage last', script: [stream(role, text('Once', ' upon'), finish(), usage, done)], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'usage with the finish', script: [stream(role, text('Once', ' upon'), finishWithUsage(), done)], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'usage in every chunk, growing', script: [answer({ text: 'Once upon', usage: 'each' })], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'usage after [DONE] is not waited for', script: [stream(role, text('Once', ' upon'), finish(), done, event('{"usage":{"prompt_tokens":999}}'))], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'counted' } },
  {
    name: 'usage, and then the stream breaks',
    script: [stream(role, text('Once', ' upon'), async (state) => {
      const sent = usageSoFar(state);
      await event(JSON.stringify({ ...chunk(state, []), usage: sent }))(state);
      state.call.request.usage = sent;
    }, reset)],
    expected: { status: 'incomplete', code: 'cut', hint: /./, text: 'Once upon', requests: 1, tokens: 'server' },
  },
  { name: 'usage that is no number', script: [stream(role, text('Once', ' upon'), finish(), event('{"choices":[],"usage":{"prompt_tokens":"many","completion_tokens":-1}}'), done)], expected: { status: 'done', text: 'Once upon', requests: 1, tokens: 'counted' } },
  // Content.
  { name: 'finish by length', script: [stream(role, text('Once', ' upon'), finish('length'), usage, done)], expected: { status: 'incomplete', code: 'incomplete', hint: /maxOutputTokens/, text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'finish by length, as asked', script: [stream(role, text('Once', ' upon'), finish('length'), usage, done)], request: { config: { maxOutputTokens: 2 } }, expected: { status: 'done', text: 'Once upon', requests: 1 } },
  { name: 'content filter before any text', script: [stream(role, finish('content_filter'), usage, done)], expected: { status: 'failed', code: 'content-filter', hint: /./, requests: 1, tokens: 'server' } },
  { name: 'content filter in the middle', script: [stream(role, text('Once', ' upon'), finish('content_filter'), usage, done)], expected: { status: 'incomplete', code: 'content-filter', hint: /./, text: 'Once upon', requests: 1, tokens: 'server' } },
  { name: 'refusal', script: [stream(role, refusal('I cannot help with that.'), finish(), usage, done)], expected: { status: 'failed', code: 'refusal', message: /cannot help/, hint: /./, text: 'I cannot help with that.', requests: 1, tokens: 'server' } },
  { name: 'nothing, properly finished', script: [stream(role, finish(), usage, done)], expected: { status: 'done', text: '', requests: 1 } },
  { name: 'several choices where one was asked for', script: [stream(role, delta({ content: 'second ' }, null, 1), text('first'), delta({}, 'stop', 1), finish(), usage, done)], expected: { status: 'done', text: 'first', requests: 1 } },
  { name: 'fields of the wrong type', script: [stream(event('{"choices":{"0":1}}'), event('null'), event('[]'), event('"x"'), event('{"choices":[null,{"index":0,"delta":null}]}'), text('ok'), finish(), usage, done)], expected: { status: 'done', text: 'ok', requests: 1 } },
  { name: 'a tool call cut in its arguments', script: [stream(role, toolCall(0, { id: 'c1', name: 'calculator', arguments: '{"expr' }), reset), good], expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' } },
];

function long(megabytes: number): string {
  return 'x'.repeat(megabytes * 1_000_000);
}
