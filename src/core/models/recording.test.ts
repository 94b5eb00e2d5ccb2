import assert from 'node:assert/strict';
import { message, userRequest } from '../../../test/model-requests.ts';
import { ModelError, type Capabilities, type Model, type ModelEvent, type ModelRequest } from './model.ts';
import { recordingModel } from './recording.ts';
import { withFormInstruction } from '../prompt/form-instruction.ts';
import { replayModel } from './replay.ts';

const signal = new AbortController().signal;
const can: Capabilities = { stream: true, jsonSchema: true, tools: true, system: true, media: true, usage: true, local: false, seed: true };

/** A model that says what its script says, request by request. */
function scripted(script: (request: ModelRequest) => AsyncIterable<ModelEvent>, more: Partial<Model> = {}): Model {
  return {
    id: 'fast', identity: 'scripted', capabilities: can, contextWindow: null, price: null, concurrency: { key: 'scripted', limit: 8 }, source: 'live', config: {},
    describe: (request) => ({ url: 'https://models.example/v1/chat/completions', body: { model: 'scripted-1', messages: request.messages.length } }),
    stream: (request) => script(request),
    countTokens: async () => ({ tokens: 1, kind: 'exact' }),
    ...more,
  };
}

async function* says(...events: readonly ModelEvent[]): AsyncGenerator<ModelEvent> {
  yield* events;
}

const whole = (text: string): readonly ModelEvent[] => [
  { type: 'response-start', status: 200 }, { type: 'text-delta', text }, { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: 1, reasoningTokens: null, kind: 'provider' } }, { type: 'finish', reason: 'stop', raw: 'stop' },
];

function recorder(model: Model): { readonly model: Model; readonly lines: string[] } {
  const lines: string[] = [];
  return { model: recordingModel(model, async (line) => void lines.push(line)), lines };
}

async function run(model: Model, request: ModelRequest): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, signal)) events.push(event);
  return events;
}

/** What an answer amounts to: its texts, calls and probabilities joined. */
function fold(events: readonly ModelEvent[]): Record<string, unknown> {
  const text = (type: string): string => events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('');
  const calls: Record<number, { id: string; name: string; arguments: string }> = {};
  for (const event of events) {
    if (event.type !== 'tool-call-delta') continue;
    const call = (calls[event.index] ??= { id: '', name: '', arguments: '' });
    call.id ||= event.id ?? '';
    call.name ||= event.name ?? '';
    call.arguments += event.arguments;
  }
  const finish = events.find((event) => event.type === 'finish');
  const usage = events.find((event) => event.type === 'usage');
  return { text: text('text-delta'), reasoning: text('reasoning-delta'), refusal: text('refusal-delta'), calls, tokens: events.flatMap((event) => (event.type === 'logprobs' ? event.tokens : [])), finish: finish?.reason, usage: usage?.usage };
}

describe('Recording completions', () => {
  it('changes nothing for the one who asks', async () => {
    const { model } = recorder(scripted(() => says(...whole('hello'))));
    assert.deepEqual(await run(model, userRequest('a')), whole('hello'));
    assert.deepEqual([model.id, model.identity, model.source], ['fast', 'scripted', 'live']);
  });

  it('writes request and answer in the API’s own shapes', async () => {
    const { model, lines } = recorder(scripted(() => says(...whole('hello'))));
    await run(model, { messages: [message('system', 's'), message('user', 'a')], config: { temperature: 0.5, maxOutputTokens: 9 } });
    assert.deepEqual(lines.map((line) => JSON.parse(line) as unknown), [{
      request: { model: 'scripted-1', messages: [{ role: 'system', content: 's' }, { role: 'user', content: 'a' }], temperature: 0.5, max_tokens: 9 },
      choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } },
    }]);
  });

  const answers: readonly (readonly [name: string, events: readonly ModelEvent[]])[] = [
    ['text', whole('two\nlines "quoted" é漢😀\u2028')],
    ['an empty answer', whole('').filter((event) => event.type !== 'text-delta')],
    ['reasoning', [{ type: 'reasoning-delta', text: 'H' }, { type: 'reasoning-delta', text: 'm' }, { type: 'text-delta', text: 'x' }, { type: 'finish', reason: 'stop' }]],
    ['a refusal', [{ type: 'refusal-delta', text: 'No.' }, { type: 'finish', reason: 'stop' }]],
    ['an answer cut by its length', [{ type: 'text-delta', text: 'x' }, { type: 'finish', reason: 'length' }]],
    ['a filtered one', [{ type: 'finish', reason: 'content-filter' }]],
    ['calls, side by side', [
      { type: 'text-delta', text: 'Let me see.' },
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', arguments: '{"x"' }, { type: 'tool-call-delta', index: 1, id: 'b', name: 'g', arguments: '' },
      { type: 'tool-call-delta', index: 0, arguments: ':1}' }, { type: 'tool-call-delta', index: 1, arguments: '{}' }, { type: 'finish', reason: 'tool-calls' },
    ]],
    ['probabilities', [{ type: 'text-delta', text: 'ab' }, { type: 'logprobs', tokens: [{ token: 'a', logprob: -1, bytes: [97], top: [{ token: 'b', logprob: -2 }] }] }, { type: 'logprobs', tokens: [{ token: 'b', logprob: -3, top: [] }] }, { type: 'finish', reason: 'stop' }]],
    ['reasoning tokens', [{ type: 'text-delta', text: 'x' }, { type: 'usage', usage: { inputTokens: 1, outputTokens: 9, cachedInputTokens: null, reasoningTokens: 8, kind: 'provider' } }, { type: 'finish', reason: 'stop' }]],
  ];
  for (const [name, events] of answers) {
    it(`and replaying gives the same: ${name}`, async () => {
      const { model, lines } = recorder(scripted(() => says(...events)));
      const request = userRequest('a', { temperature: 1, stopSequences: ['x'], seed: 4 });
      const live = fold(await run(model, request));
      assert.deepEqual(fold(await run(replayModel({ id: 'r', provider: 'replay', model: 'f' }, lines.join('\n')), request)), live);
    });
  }

  it('and replaying gives the same where the model list has settings', async () => {
    const request = userRequest('a', { seed: 3, temperature: 0 });
    const { model, lines } = recorder(scripted(() => says(...whole('x')), { config: { temperature: 0, maxOutputTokens: 50 } }));
    // The engine has put the list's settings under the cell's.
    await run(model, { ...request, config: { ...model.config, ...request.config } });
    assert.deepEqual((JSON.parse(lines[0]!) as { defaults?: unknown }).defaults, ['temperature', 'max_tokens']);
    assert.equal(fold(await run(replayModel({ id: 'r', provider: 'replay', model: 'f' }, lines.join('\n')), userRequest('a', { seed: 3 }))).text, 'x');
  });

  it('says what the model could not do, so that a replay asks as it was asked', async () => {
    const { model, lines } = recorder(scripted(() => says(...whole('x')), { capabilities: { ...can, jsonSchema: false, tools: false } }));
    await run(model, userRequest('a'));
    const { capabilities } = replayModel({ id: 'r', provider: 'replay', model: 'f' }, lines.join('\n'));
    assert.deepEqual([capabilities.jsonSchema, capabilities.tools, capabilities.system], [false, false, true]);
  });

  it('is asked in words, as the replay will ask, where the model takes no schema', async () => {
    let takesSchemas = true;
    const output = { name: 'answer', schema: { type: 'object' } };
    const { model, lines } = recorder(scripted(() => says(...whole('{}')), { capabilities: { ...can, get jsonSchema() { return takesSchemas; } } }));
    await run(model, userRequest('first'));
    // The server has refused the schema just now; what follows is asked in words by whoever asks.
    takesSchemas = false;
    await run(model, { ...userRequest('a'), output });
    const replayed = replayModel({ id: 'r', provider: 'replay', model: 'f' }, lines.join('\n'));
    assert.equal(replayed.capabilities.jsonSchema, false);
    assert.equal(fold(await run(replayed, { messages: withFormInstruction(userRequest('a').messages, output.schema), config: {} })).text, '{}');
  });

  it('of two models, one of which takes schemas, is replayed by one that does', async () => {
    const lines: string[] = [];
    for (const jsonSchema of [false, true]) await run(recordingModel(scripted(() => says(...whole('{}')), { capabilities: { ...can, jsonSchema } }), async (line) => void lines.push(line)), { ...userRequest(jsonSchema ? 'b' : 'a'), output: { name: 'o', schema: true } });
    assert.equal(replayModel({ id: 'r', provider: 'replay', model: 'f' }, lines.join('\n')).capabilities.jsonSchema, true);
  });

  it('keeps the order of asking among equals, whichever is answered first', async () => {
    const gates: (() => void)[] = [];
    let number = 0;
    const { model, lines } = recorder(scripted(async function* () {
      const mine = (number += 1);
      await new Promise<void>((resolve) => gates.push(resolve));
      yield* whole(`${mine}`);
    }));
    const running = [1, 2, 3].map(() => run(model, userRequest('same')));
    const other = run(model, userRequest('other'));
    while (gates.length < 4) await new Promise(setImmediate);
    gates[3]!();
    await other;
    assert.equal(lines.length, 1, 'another request does not wait');
    for (const index of [2, 1, 0]) {
      gates[index]!();
      await running[index];
    }
    const texts = lines.map((line) => (JSON.parse(line) as { choices: { message: { content: string } }[] }).choices[0]!.message.content);
    assert.deepEqual(texts, ['4', '1', '2', '3']);
  });

  it('does not record what was cut, failed or not read to its end, and waits for none of it', async () => {
    const failing = async function* (): AsyncGenerator<ModelEvent> {
      yield { type: 'text-delta', text: 'half' };
      throw new ModelError('cut', 'cut');
    };
    const scripts = [() => says({ type: 'text-delta', text: 'no finish' }), failing, () => says(...whole('left')), () => says(...whole('good'))];
    const { model, lines } = recorder(scripted(() => scripts.shift()!()));
    await run(model, userRequest('a'));
    await assert.rejects(run(model, userRequest('a')), ModelError);
    for await (const event of model.stream(userRequest('a'), signal)) if (event.type === 'text-delta') break;
    await run(model, userRequest('a'));
    assert.deepEqual(lines.map((line) => /"content":"(good|half|left|no finish)"/.exec(line)?.[1]), ['good']);
  });

  it('does not record guessed usage as the provider’s', async () => {
    const { model, lines } = recorder(scripted(() => says({ type: 'text-delta', text: 'x' }, { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: null, reasoningTokens: null, kind: 'estimate' } }, { type: 'finish', reason: 'stop' })));
    await run(model, userRequest('a'));
    assert.ok(!lines[0]!.includes('usage'));
  });

  it('says so when it cannot be written, and gives the answer all the same', async () => {
    const model = recordingModel(scripted(() => says(...whole('x'))), async () => {
      throw new Error('no space left on device');
    });
    const events = await run(model, userRequest('a'));
    assert.equal(fold(events).text, 'x');
    assert.deepEqual(events.at(-1), { type: 'note', text: 'The answer could not be recorded: no space left on device' });
  });

  it('goes by the settings that were asked for, not by what limits of one run left', async () => {
    const asked = { temperature: 0, maxOutputTokens: 500 };
    const { model, lines } = recorder(scripted(() => says(...whole('hello')), { config: { temperature: 0 } }));
    await run(model, { ...userRequest('a'), config: { ...asked, maxOutputTokens: 7 }, givenConfig: asked });
    const line = JSON.parse(lines[0]!) as { readonly request: Readonly<Record<string, unknown>>; readonly defaults: readonly string[] };
    assert.deepEqual([line.request.max_tokens, line.request.temperature, line.defaults], [500, 0, ['temperature']]);
    for (const request of [{ ...userRequest('a'), config: asked }, { ...userRequest('a'), config: { ...asked, maxOutputTokens: 3 }, givenConfig: asked }]) assert.equal(fold(await run(replayModel({ id: 'r', provider: 'replay', model: 'r.jsonl' }, lines.join('\n')), request)).text, 'hello');
  });

  it('leaves out an answer that a limit of the run has cut, and keeps one that was asked to be so short', async () => {
    const short: readonly ModelEvent[] = [{ type: 'text-delta', text: 'hel' }, { type: 'finish', reason: 'length' }];
    const { model, lines } = recorder(scripted(() => says(...short)));
    await run(model, { ...userRequest('a'), config: { maxOutputTokens: 1 }, givenConfig: {} });
    assert.equal(lines.length, 0);
    await run(model, { ...userRequest('a'), config: { maxOutputTokens: 1 } });
    assert.equal(lines.length, 1);
  });
});
