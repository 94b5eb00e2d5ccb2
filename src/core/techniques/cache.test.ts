import assert from 'node:assert/strict';
import { baseRun } from './base.ts';
import { cache, withCache, type CacheMode } from './cache.ts';
import { drive, modelCalls, testHost, userMessage, type Driven, type Driving, type TestHost } from '../../../test/faults/drive.ts';
import { ModelError, type ModelEvent } from '../models/model.ts';
import { parseOption } from '../../../test/parse-option.ts';
import { scriptedModel, type ScriptedModel } from '../../../test/scripted-model.ts';
import type { CompletionCache } from '../engine/host.ts';
import type { RunRequest } from './technique.ts';
import type { Tool } from '../tools/tool.ts';

interface Shelf {
  readonly kept: Map<string, string>;
  readonly host: TestHost;
}

function shelf(store: Partial<CompletionCache> = {}): Shelf {
  const kept = new Map<string, string>();
  return { kept, host: testHost({ cache: { get: async (key) => kept.get(key), put: async (key, text) => void kept.set(key, text), ...store } }) };
}

function ask(host: TestHost, model: ScriptedModel, { mode = 'on', ...given }: Partial<Driving> & { readonly mode?: CacheMode } = {}): Promise<Driven> {
  return drive({ model, host, run: baseRun, cacheMode: mode, ...given });
}

const tool: Tool = { name: 'add', description: 'Adds.', parameters: { type: 'object' }, effect: 'none', run: async () => ({ text: '3' }) };

describe('The completions cache', () => {
  it('answers the same request again: no call, nothing paid, and the source says so', async () => {
    const { host } = shelf();
    const model = scriptedModel(() => 'one two');
    const live = await ask(host, model);
    const kept = await ask(host, model);
    assert.deepEqual([kept.outcome.status, kept.outcome.text, kept.outcome.value, kept.outcome.finish, kept.outcome.message], [live.outcome.status, live.outcome.text, live.outcome.value, live.outcome.finish, live.outcome.message]);
    assert.deepEqual([live.record.source, live.record.calls, kept.record.source, kept.record.calls, model.requests.length], ['live', 1, 'cache', 0, 1]);
    assert.deepEqual([kept.record.usage?.inputTokens, kept.record.usage?.outputTokens, kept.record.cost], [0, 0, { usd: 0, kind: 'calculated' }]);
    const step = modelCalls(kept.record)[0]!;
    assert.deepEqual([step.text, step.tries, step.request.messages, step.endedAt !== null], ['one two', [], [userMessage('Tell a story.')], true]);
  });

  it('keeps tool calls, too', async () => {
    const { host } = shelf();
    const events: readonly ModelEvent[] = [{ type: 'tool-call-delta', index: 0, id: 'a', name: 'add', arguments: '{"x":1}' }, { type: 'finish', reason: 'tool-calls' }];
    const model = scriptedModel(() => () => events);
    await ask(host, model, { request: { tools: [tool] } });
    const { outcome, record } = await ask(host, model, { request: { tools: [tool] } });
    assert.deepEqual([outcome.message?.toolCalls, outcome.finish, outcome.text], [[{ id: 'a', name: 'add', arguments: '{"x":1}' }], 'tool-calls', '']);
    assert.deepEqual([modelCalls(record)[0]!.toolCalls, modelCalls(record)[0]!.request.tools, record.calls], [[{ id: 'a', name: 'add', arguments: '{"x":1}' }], [{ name: 'add', description: 'Adds.', parameters: { type: 'object' } }], 0]);
  });

  const modes: readonly (readonly [mode: CacheMode, calls: readonly number[], kept: string | undefined])[] = [
    ['on', [1, 0], 'answer 1'], ['refresh', [1, 1], 'answer 2'], ['off', [1, 1], undefined],
  ];
  for (const [mode, calls, text] of modes) {
    it(`with \`${mode}\` ${calls[1] === 0 ? 'looks and keeps' : text === undefined ? 'neither looks nor keeps' : 'asks anew and replaces'}`, async () => {
      const { host, kept } = shelf();
      let number = 0;
      const model = scriptedModel(() => `answer ${(number += 1)}`);
      const all = [await ask(host, model, { mode }), await ask(host, model, { mode })];
      assert.deepEqual([all.map(({ record }) => record.calls), [...kept.values()].map((entry) => (JSON.parse(entry) as { text: string }).text)], [calls, text === undefined ? [] : [text]]);
    });
  }

  describe('tells requests apart by', () => {
    const base: Partial<RunRequest> = { messages: [userMessage('Hello.')], config: { temperature: 0 } };
    const others: readonly (readonly [what: string, request: Partial<RunRequest>])[] = [
      ['their words', { messages: [userMessage('Hello!')] }],
      ['roles', { messages: [{ ...userMessage('Hello.'), role: 'system' }] }],
      ['how many messages there are', { messages: [userMessage('Hel'), userMessage('lo.')] }],
      ['settings', { config: { temperature: 0.1 } }],
      ['the number of the sample', { sample: 1 }],
      ['tools', { tools: [tool] }],
      ['what a tool says of itself', { tools: [{ ...tool, description: 'Adds up.' }] }],
      ['the form asked for', { output: { name: 'answer', schema: { type: 'object' } } }],
      ['images', { messages: [{ role: 'user', content: [{ text: 'Hello.', source: { kind: 'literal' }, taint: [] }, { media: { url: 'https://x.example/a.png' }, source: { kind: 'literal' }, taint: [] }] }] }],
    ];
    for (const [what, request] of others) {
      it(what, async () => {
        const { host, kept } = shelf();
        const model = scriptedModel(() => 'x');
        await ask(host, model, { request: base });
        await ask(host, model, { request: { ...base, ...request } });
        assert.deepEqual([kept.size, model.requests.length], [2, 2]);
      });
    }

    it('the model and its settings in the list', async () => {
      const { host, kept } = shelf();
      for (const overrides of [{}, { identity: 'openai other' }, { config: { seed: 1 } }]) await ask(host, scriptedModel(() => 'x', overrides), { request: base });
      assert.equal(kept.size, 3);
    });

    it('nothing else: not by where words came from, what a call is for, or the name that a list gives a model', async () => {
      const { host, kept } = shelf();
      const split = [{ text: 'Hel', source: { kind: 'cell', name: 'a' }, taint: [{ kind: 'cell', name: 'a' }] }, { text: 'lo.', source: { kind: 'literal' }, taint: [] }] as const;
      await ask(host, scriptedModel(() => 'x'), { request: base });
      const { outcome } = await ask(host, scriptedModel(() => 'y', { id: 'alias' }), { request: { ...base, messages: [{ role: 'user', content: split }], purpose: 'judge' } });
      assert.deepEqual([kept.size, outcome.text], [1, 'x']);
      assert.deepEqual(outcome.taint, [{ kind: 'cell', name: 'a' }], 'what it is made of is told of this request, not of the one that was kept');
    });
  });

  it('keeps whole answers only', async () => {
    for (const answer of [new ModelError('server', 'Broken.'), (): readonly ModelEvent[] => [{ type: 'text-delta', text: 'half' }, { type: 'finish', reason: 'length' }], (): readonly ModelEvent[] => [{ type: 'finish', reason: 'content-filter' }]]) {
      const { host, kept } = shelf();
      await ask(host, scriptedModel(() => answer));
      assert.equal(kept.size, 0);
    }
  });

  const damaged: readonly (readonly [what: string, entry: string])[] = [
    ['nothing', ''], ['half of it', '{"version":1,"text":"x'], ['no object', '7'], ['null', 'null'], ['a list', '[]'], ['another version', '{"version":2,"text":"x","finish":"stop"}'], ['no text', '{"version":1,"finish":"stop"}'],
    ['no text but a number', '{"version":1,"text":5,"finish":"stop"}'], ['no finish', '{"version":1,"text":"x"}'], ['an unknown finish', '{"version":1,"text":"x","finish":"maybe"}'],
    ['calls that are none', '{"version":1,"text":"x","finish":"tool-calls","toolCalls":[null]}'], ['calls without names', '{"version":1,"text":"x","finish":"tool-calls","toolCalls":[{"id":"a"}]}'], ['calls that are no list', '{"version":1,"text":"x","finish":"tool-calls","toolCalls":{}}'],
  ];
  for (const [what, entry] of damaged) {
    it(`passes over an entry that holds ${what}, and replaces it`, async () => {
      const { host, kept } = shelf();
      const model = scriptedModel(() => 'fresh');
      await ask(host, model);
      const [key] = kept.keys();
      kept.set(key!, entry);
      assert.deepEqual([(await ask(host, model)).outcome.text, (await ask(host, model)).record.source, model.requests.length], ['fresh', 'cache', 2]);
    });
  }

  it('that cannot be read or written fails no run', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('EIO');
    };
    const { host } = shelf({ get: broken, put: broken });
    assert.deepEqual((await ask(host, scriptedModel(() => 'x'))).outcome.status, 'done');
  });

  it('is not asked where answers are recorded ones, or there is none', async () => {
    const { host, kept } = shelf();
    await ask(host, scriptedModel(() => 'x', { source: 'replay' }));
    assert.equal(kept.size, 0);
    assert.equal((await ask(testHost(), scriptedModel(() => 'x'))).outcome.text, 'x');
  });

  it('answers before whatever it stands in front of', async () => {
    const { host } = shelf();
    const model = scriptedModel(() => 'x');
    await ask(host, model);
    const { outcome } = await drive({ model, host, run: withCache(async () => assert.fail('It was asked.')), cacheMode: 'on' });
    assert.equal(outcome.text, 'x');
  });

  it('reads `on`, `off`, `refresh` and what YAML makes of them', () => {
    const rows = [['on', 'on'], ['off', 'off'], ['refresh', 'refresh'], ['true', 'on'], ['false', 'off'], ['"on"', 'on']] as const;
    for (const [yaml, value] of rows) assert.equal(parseOption(cache, yaml).value, value);
    for (const yaml of ['maybe', '1', '[on]', '{ on: 1 }', 'null', 'On']) assert.match(parseOption(cache, yaml).problems.join(), /^`cache` must be `on`, `off` or `refresh`/);
  });
});
