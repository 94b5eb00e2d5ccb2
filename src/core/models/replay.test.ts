import assert from 'node:assert/strict';
import { message, plainHost, userRequest } from '../../../test/model-requests.ts';
import { ModelError, type Model, type ModelEvent, type ModelRequest } from './model.ts';
import { replay, replayModel } from './replay.ts';

const signal = new AbortController().signal;
const config = { id: 'replay:answers.jsonl', provider: 'replay', model: 'answers.jsonl' } as const;

function answersFrom(...lines: readonly (object | string)[]): Model {
  return replayModel(config, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
}

async function events(model: Model, request: ModelRequest): Promise<readonly ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const event of model.stream(request, signal)) all.push(event);
  return all;
}

/** The answer's text, or what the miss says. */
async function ask(model: Model, request: ModelRequest | string): Promise<string> {
  try {
    return (await events(model, typeof request === 'string' ? userRequest(request) : request)).map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
  } catch (error) {
    assert.ok(error instanceof ModelError && error.code === 'replay-miss' && !error.retryable && !error.sent, String(error));
    assert.match(error.hint ?? '', /--record/);
    return `MISS ${error.message}`;
  }
}

const user = (content: unknown) => ({ role: 'user', content });
const line = (request: object, ...texts: readonly string[]) => ({ request, choices: texts.map((text) => ({ message: { role: 'assistant', content: text }, finish_reason: 'stop' })) });

describe('Recorded completions', () => {
  it('are looked up by messages, or by the prompt', async () => {
    const model = answersFrom(line({ model: 'm', messages: [user('one')] }, '1'), line({ prompt: 'two\n' }, '2'), { request: { prompt: 'three' }, choices: [{ text: '3', finish_reason: 'stop' }] }, line({ messages: [{ role: 'system', content: 's' }, user('one')] }, '4'));
    assert.equal(await ask(model, { messages: [message('system', 's'), message('user', 'one')], config: {} }), '4');
    for (const [asked, text] of [['three', '3'], ['one', '1'], ['two', '2']] as const) assert.equal(await ask(model, asked), text);
  });

  it('do not mind how a message is written: parts, white space around it, ids of calls, `developer`', async () => {
    const model = answersFrom(line({ messages: [
      { role: 'developer', content: ' s\n' }, user([{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }]),
      { role: 'assistant', content: null, tool_calls: [{ id: 'recorded', type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'recorded', content: '2' },
    ] }, 'fine'));
    const asked: ModelRequest = { messages: [message('system', 's'), message('user', 'ab'), { role: 'model', content: [], toolCalls: [{ id: 'asked', name: 'f', arguments: '{}' }] }, { ...message('tool', '2'), toolCallId: 'asked' }], config: {} };
    assert.equal(await ask(model, asked), 'fine');
  });

  it('mind roles, texts, calls and media', async () => {
    const recorded = { messages: [user('a'), { role: 'assistant', content: null, tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } }] }] };
    const calls = (name: string, args: string): ModelRequest => ({ messages: [message('user', 'a'), { role: 'model', content: [], toolCalls: [{ id: 'y', name, arguments: args }] }], config: {} });
    const model = answersFrom(line(recorded, 'fine'), line({ messages: [user([{ type: 'image_url', image_url: { url: 'https://x/1.png' } }])] }, 'a picture'));
    assert.match(await ask(model, calls('g', '{}')), /MISS.*line 1, which differs in the tool calls of message 2/);
    assert.match(await ask(model, calls('f', '{"a":1}')), /tool calls of message 2/);
    const picture = (url: string): ModelRequest => ({ messages: [{ role: 'user', content: [{ media: { url }, source: { kind: 'literal' }, taint: [] }] }], config: {} });
    assert.match(await ask(model, picture('https://x/2.png')), /line 2, which differs in the media of message 1/);
    assert.equal(await ask(model, picture('https://x/1.png')), 'a picture');
    assert.equal(await ask(model, calls('f', '{}')), 'fine');
  });

  const settings: readonly (readonly [name: string, recorded: object, config: ModelRequest['config'], found: boolean])[] = [
    ['a setting that the record gives must be the request’s', { temperature: 0.7 }, { temperature: 0.7 }, true],
    ['another value is another request', { temperature: 0.7 }, { temperature: 0 }, false],
    ['a setting that the request lacks, too', { temperature: 0.7 }, {}, false],
    ['a setting that the record does not give may be anything', { temperature: 0.7 }, { temperature: 0.7, seed: 3, maxOutputTokens: 9 }, true],
    ['null is not given', { temperature: null, logprobs: false }, { temperature: 1 }, true],
    ['the longest answer has two names', { max_completion_tokens: 9 }, { maxOutputTokens: 9 }, true],
    ['one stop sequence is a list of one', { stop: 'END' }, { stopSequences: ['END'] }, true],
    ['other stop sequences are others', { stop: ['END'] }, { stopSequences: ['END', 'X'] }, false],
    ['other fields are not looked at', { n: 5, tools: [], user: 'me', stream: true, response_format: { type: 'json_object' } }, {}, true],
    ['what the model list gave is not asked for', { temperature: 0.7, seed: 1, defaults: ['temperature'] }, { seed: 1 }, true],
  ];
  for (const [name, { defaults, ...recorded }, given, found] of settings as readonly (readonly [string, { defaults?: readonly string[] }, ModelRequest['config'], boolean])[]) {
    it(name, async () => {
      const answer = await ask(answersFrom({ ...line({ messages: [user('a')], ...recorded }, 'fine'), ...(defaults && { defaults }) }), userRequest('a', given));
      if (found) assert.equal(answer, 'fine');
      else assert.match(answer, /^MISS .*line 1, which differs in `\w+` \(recorded .*, asked .*\)\.$/);
    });
  }

  it('give the next answer to the same request, in the file’s order, and then no more', async () => {
    const model = answersFrom(line({ messages: [user('a')] }, '1'), line({ messages: [user('b')] }, 'B'), line({ messages: [user('a')], temperature: 1 }, '2'), line({ messages: [user('a')] }, '3'));
    const warm = userRequest('a', { temperature: 1 });
    assert.deepEqual([await ask(model, warm), await ask(model, warm), await ask(model, 'b')], ['1', '2', 'B'], 'with and without the setting in one order');
    assert.equal(await ask(model, 'a'), '3');
    assert.match(await ask(model, 'a'), /^MISS All 2 recorded answers to this request \(lines 1, 4 of answers\.jsonl\) have been given\.$/);
    assert.match(await ask(model, 'b'), /^MISS The recorded answer to this request \(line 2 of answers\.jsonl\) has been given\.$/);
  });

  it('with k choices answer k samples one by one, by their index, and the usage counts once', async () => {
    const choices = [2, 0, 1].map((index) => ({ index, message: { content: `sample ${index}` }, finish_reason: 'stop' }));
    const model = answersFrom({ request: { messages: [user('a')], n: 3 }, choices, usage: { prompt_tokens: 10, completion_tokens: 30 } });
    const all = [await events(model, userRequest('a')), await events(model, userRequest('a')), await events(model, userRequest('a'))];
    assert.deepEqual(all.map((one) => one.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')), ['sample 0', 'sample 1', 'sample 2']);
    const used = all.map((one) => one.map((event) => (event.type === 'usage' ? [event.usage.inputTokens, event.usage.outputTokens] : [])).flat());
    assert.deepEqual(used, [[10, 30], [0, 0], [0, 0]]);
  });

  it('begin anew for each model that is opened', async () => {
    for (let time = 0; time < 2; time++) assert.equal(await ask(answersFrom(line({ messages: [user('a')] }, '1')), 'a'), '1');
  });

  it('answer requests side by side in the order of asking', async () => {
    const model = answersFrom(...Array.from({ length: 50 }, (_, index) => line({ messages: [user('a')] }, `${index}`)));
    assert.deepEqual(await Promise.all(Array.from({ length: 50 }, () => ask(model, 'a'))), Array.from({ length: 50 }, (_, index) => `${index}`));
  });

  it('hold all that an answer may have', async () => {
    const model = answersFrom({
      request: { model: 'gpt-x', messages: [user('a')] },
      choices: [{ index: 0, finish_reason: 'tool_calls', message: { content: 'Let me see.', reasoning_content: 'Hm', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] }, logprobs: { content: [{ token: 'Let', logprob: -0.5, bytes: [76], top_logprobs: [{ token: 'Let', logprob: -0.5 }] }] } }],
      usage: { prompt_tokens: 3, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 2 }, cost: 0.1 },
    });
    assert.deepEqual(await events(model, userRequest('a')), [
      { type: 'response-start', model: 'gpt-x' },
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'text-delta', text: 'Let me see.' },
      { type: 'tool-call-delta', index: 0, id: 'c', name: 'f', arguments: '{}' },
      { type: 'logprobs', tokens: [{ token: 'Let', logprob: -0.5, bytes: [76], top: [{ token: 'Let', logprob: -0.5 }] }] },
      // What it cost when it was recorded is not paid again.
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: null, reasoningTokens: 2, kind: 'provider' } },
      { type: 'finish', reason: 'tool-calls', raw: 'tool_calls' },
    ]);
  });

  it('say where a miss is nearest, and where it differs', async () => {
    const long = 'Use the numbers and basic arithmetic operations to obtain 24. Input: ';
    const model = answersFrom(line({ messages: [user('Something else altogether')] }, '?'), line({ messages: [user(`${long}4 5 6 10`)] }, '24'), line({ messages: [{ role: 'system', content: 's' }, user('x')] }, '!'));
    assert.equal(await ask(model, `${long}4 5 6 11`), `MISS answers.jsonl has no answer to this request. The nearest is line 2, which differs in message 1 (user) at character ${long.length + 8}: recorded "…Input: 4 5 6 10", asked "…Input: 4 5 6 11".`);
    assert.match(await ask(model, { messages: [message('system', 's')], config: {} }), /line 3, which differs in the number of messages \(recorded 2, asked 1\)/);
    assert.match(await ask(model, { messages: [message('model', 'Something else altogether')], config: {} }), /differs in the role of message 1 \(recorded \w+, asked assistant\)/);
    assert.match(await ask(answersFrom(), 'a'), /holds no recorded answer/);
  });

  it('pass over damaged lines, name them, and give the rest', async () => {
    const damaged = ['{"request": {"messages": [', '[]', '{"choices": []}', '{"request": {"messages": []}}', '{"request": {}, "choices": [{"text": "x"}]}', '{"request": {"prompt": "x"}, "choices": [{}]}', 'not JSON'];
    const model = answersFrom('\ufeff' + JSON.stringify(line({ messages: [user('a')] }, 'first')), '', ...damaged, `${JSON.stringify(line({ messages: [user('b')] }, 'last'))}\r`, '');
    const first = await events(model, userRequest('a'));
    const notes = first.map((event) => (event.type === 'note' ? event.text : '')).filter((text) => text !== '');
    assert.deepEqual(notes.map((text) => /^Line (\d+) of answers\.jsonl was passed over: It/.exec(text)?.[1]), ['3', '4', '5', '6', '7']);
    assert.deepEqual((await events(model, userRequest('b'))).map((event) => event.type), ['response-start', 'text-delta', 'finish'], 'told once');
    await assert.rejects(events(model, userRequest('c')), (error) => error instanceof ModelError && /Lines 3, 4, 5, 6, 7 could not be read/.test(error.hint ?? ''));
  });

  it('are answered by a model that lacks what the recorded one lacked', () => {
    assert.deepEqual([answersFrom(line({ prompt: 'a' }, '1')).capabilities.jsonSchema, answersFrom({ ...line({ prompt: 'a' }, '1'), lacks: ['jsonSchema', 'flying'] }).capabilities.jsonSchema], [true, false]);
  });

  it('stop when cancelled', async () => {
    const controller = new AbortController();
    const model = answersFrom(line({ prompt: 'a' }, '1'));
    await assert.rejects(async () => {
      for await (const event of model.stream(userRequest('a'), controller.signal)) if (event.type === 'response-start') controller.abort();
    }, { name: 'AbortError' });
  });

  it('cost nothing, are no live answers, and are counted by the recorded model’s encoding', async () => {
    const model = answersFrom(line({ model: 'gpt-4', prompt: 'a' }, '1'));
    assert.deepEqual([model.price, model.source, model.capabilities.local], [{ input: 0, output: 0 }, 'replay', true]);
    assert.deepEqual(await model.countTokens('hello world'), { tokens: 2, kind: 'exact' });
  });

  it('come from a file that the host reads; one that is missing says how to make one', async () => {
    const host = plainHost({ files: { 'answers.jsonl': JSON.stringify(line({ prompt: 'a' }, '1')) } });
    assert.equal(await ask(await replay.open(config, host), 'a'), '1');
    assert.deepEqual(await replay.ready!(config, host), { ready: true, why: null });
    const none = { ...config, model: 'none.jsonl' };
    await assert.rejects(replay.open(none, host), (error) => error instanceof ModelError && error.code === 'model-missing' && /none\.jsonl/.test(error.message) && /--record/.test(error.hint ?? ''));
    assert.match((await replay.ready!(none, host)).why ?? '', /none\.jsonl is not there/);
  });

  it('stay quick in a large file: every look-up is by what was asked', async () => {
    // 20,000 records of one prompt that differ by their seed: looking through them would take minutes.
    const seeds = 20_000;
    const model = answersFrom(...Array.from({ length: seeds }, (_, seed) => line({ messages: [user('a')], seed }, `${seed}`)));
    for (let seed = seeds - 1; seed >= 0; seed -= 1) assert.equal((await events(model, userRequest('a', { seed }))).length, 3);
    assert.match(await ask(model, userRequest('a', { seed: 5 })), /has been given/);
  });
});
