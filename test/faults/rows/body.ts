import { answer, whole } from '../../servers/behaviours/good.ts';
import { choicesMissing, cutJson, emptyBody, errorIn200, errorTextIn200, falseGzip, gzipBomb, htmlPage, noChoices, noChoicesButUsage, noContent, notJson, plainText, shortBody } from '../../servers/behaviours/body.ts';
import { tries, type Fault } from '../fault.ts';

const good = answer('fine');
const story = { text: 'Once upon a time there was a very long story' };
/** The first bytes of a completion of the story, as far as its sixth word. */
const uptoStory = JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1_700_000_000, model: 'fault-model', choices: [{ index: 0, message: { role: 'assistant', content: 'Once upon a time there' } }] }).indexOf('there') + 5;

/** 200 and no answer in it. */
export const bodyFaults: readonly Fault[] = [
  { name: '200 with a page', script: [htmlPage], expected: { status: 'failed', code: 'bad-response', message: /text\/html.*Sign in to the guest network/, hint: /baseUrl/, requests: 1, tokens: 'counted' } },
  { name: '200 with plain text', script: [plainText], expected: { status: 'failed', code: 'bad-response', message: /text\/plain/, hint: /baseUrl/, requests: 1, tokens: 'counted' } },
  { name: '200 with an error', script: [errorIn200], expected: { status: 'failed', code: 'server', message: /loading/, hint: /again/, requests: tries, tokens: 'counted' } },
  { name: '200 with an error, then an answer', script: [errorIn200, good], expected: { status: 'done', text: 'fine', requests: 2, tokens: 'counted' } },
  { name: '200 with an error that is a text', script: [errorTextIn200], expected: { status: 'failed', code: 'server', message: /backend exploded/, hint: /./, requests: tries, tokens: 'counted' } },
  { name: '200 with an empty body (JSON)', script: [emptyBody('application/json')], expected: { status: 'failed', code: 'bad-response', message: /empty/, hint: /./, requests: 1, tokens: 'counted' } },
  { name: '200 with an empty body (event stream)', script: [emptyBody('text/event-stream')], expected: { status: 'failed', code: 'bad-response', message: /empty/, hint: /./, requests: 1, tokens: 'counted' } },
  { name: '204', script: [noContent], expected: { status: 'failed', code: 'bad-response', message: /empty/, hint: /./, requests: 1, tokens: 'counted' } },
  { name: '200 with no choices', script: [noChoices], expected: { status: 'failed', code: 'bad-response', message: /choice/, hint: /baseUrl/, requests: 1, tokens: 'counted' } },
  { name: '200 with no choices, but with usage', script: [noChoicesButUsage], expected: { status: 'failed', code: 'bad-response', message: /choice/, hint: /baseUrl/, requests: 1, tokens: 'server' } },
  { name: '200 without choices', script: [choicesMissing], expected: { status: 'failed', code: 'bad-response', message: /choice/, hint: /baseUrl/, requests: 1, tokens: 'counted' } },
  { name: '200 with JSON that is cut before the text', script: [cutJson(story, 60)], expected: { status: 'failed', code: 'bad-response', message: /JSON/, hint: /./, requests: 1, tokens: 'counted' } },
  { name: '200 with JSON that is cut in the text', script: [cutJson(story, uptoStory)], expected: { status: 'incomplete', code: 'cut', message: /cut/, hint: /kept/, text: 'Once upon a time there', requests: 1 } },
  { name: '200 with JSON shorter than its length', script: [shortBody(story, uptoStory)], expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: 'Once upon a time there', requests: 1 } },
  { name: '200 with what is nearly JSON', script: [notJson], expected: { status: 'incomplete', code: 'cut', message: /JSON/, hint: /kept/, text: 'x', requests: 1 } },
  { name: '200 that says gzip and is not', script: [falseGzip], expected: { status: 'failed', hint: /./, requests: tries, tokens: 'counted' } },
  { name: 'a whole completion instead of a stream', script: [whole('all at once')], expected: { status: 'done', text: 'all at once', requests: 1 } },
  {
    name: 'a gzip bomb of JSON',
    script: [gzipBomb(8, 'application/json', '{"choices":[{"index":0,"message":{"role":"assistant","content":"')],
    expected: { status: 'incomplete', code: 'too-large', message: /MB/, hint: /responseBytes/, text: /^a{1000}/, requests: 1, log: stoppedByClient },
  },
  {
    name: 'a gzip bomb in a stream',
    script: [gzipBomb(8, 'text/event-stream', 'data: {"choices":[{"index":0,"delta":{"content":"Once"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"')],
    expected: { status: 'incomplete', code: 'too-large', message: /MB/, hint: /responseBytes/, text: /^Once/, requests: 1, log: stoppedByClient },
  },
];

function stoppedByClient(log: readonly { readonly end: string | null }[]): void {
  if (log[0]?.end !== 'client') throw new Error('The client read on to the end.');
}
