import assert from 'node:assert/strict';
import { createMeter } from './meter.ts';
import { createQueues } from './queue.ts';
import { drive, modelCalls, testHost, userMessage, type Driven, type Driving } from '../../../test/faults/drive.ts';
import { mock } from 'node:test';
import { ModelError, type FinishReason, type Model, type ModelErrorCode, type ModelErrorDetails, type ModelEvent, type ModelRequest } from '../models/model.ts';
import { scriptedModel, type Answer, type ScriptedModel } from '../../../test/scripted-model.ts';

/** Answers one after the other, the last one again and again. */
function inTurn(answers: readonly Answer[], overrides: Partial<Model> = {}): ScriptedModel {
  let asked = 0;
  return scriptedModel(() => answers[Math.min(asked++, answers.length - 1)]!, overrides);
}

function fails(code: ModelErrorCode, details: ModelErrorDetails = {}): ModelError {
  return new ModelError(code, 'It went wrong.', { hint: 'Do something.', ...details });
}

/** Events, and then the failure, or the end without a finish. */
function streams(events: readonly ModelEvent[], error?: Error): Answer {
  return function* () {
    yield* events;
    if (error !== undefined) throw error;
  };
}

const text = (words: string): ModelEvent => ({ type: 'text-delta', text: words });
const finish = (reason: FinishReason = 'stop'): ModelEvent => ({ type: 'finish', reason });
const usage = (inputTokens: number, outputTokens: number): ModelEvent => ({ type: 'usage', usage: { inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: null, kind: 'provider' } });

function call(answers: readonly Answer[], { overrides = {}, ...given }: Partial<Driving> & { readonly overrides?: Partial<Model> } = {}): Promise<Driven> {
  return drive({ model: inTurn(answers, overrides), host: testHost(), ...given });
}

describe('A model call', () => {
  it('tells its events in order, and ends with the whole answer', async () => {
    const { outcome, events, record } = await call(['one two']);
    assert.deepEqual(events.map((event) => event.type), ['run-start', 'model-call-start', 'request-start', 'response-start', 'text-delta', 'text-delta', 'request-end', 'model-call-end', 'run-end']);
    assert.deepEqual([outcome.status, outcome.text, outcome.value, outcome.finish, outcome.error], ['done', 'one two', 'one two', 'stop', null]);
    assert.deepEqual(outcome.message, { role: 'model', content: [{ text: 'one two', source: { kind: 'model' }, taint: [] }] });
    assert.deepEqual([record.calls, record.usage?.inputTokens, record.usage?.outputTokens, record.cost?.usd, record.source], [1, 3, 2, 7e-6, 'live']);
  });

  it('passes the sources that are not trusted on from what was asked to what is answered', async () => {
    const taint = [{ kind: 'file', path: 'notes.md' }] as const;
    const { outcome } = await call(['x'], { request: { messages: [{ role: 'user', content: [{ text: 'a', source: taint[0], taint }] }] } });
    assert.deepEqual([outcome.taint, outcome.message?.content.map((segment) => segment.taint)], [taint, [taint]]);
  });

  it('sends settings of the cell over those of the model list, and a schema to models that take one only', async () => {
    for (const jsonSchema of [true, false]) {
      const model = scriptedModel(() => 'x', { config: { temperature: 0.1, seed: 7 }, capabilities: { ...scriptedModel(() => '').capabilities, jsonSchema } });
      await drive({ model, host: testHost(), request: { config: { temperature: 0.9 }, output: { name: 'answer', schema: { type: 'object' } } } });
      assert.deepEqual([model.requests[0]!.config, 'output' in model.requests[0]!, 'tools' in model.requests[0]!], [{ temperature: 0.9, seed: 7 }, jsonSchema, false]);
    }
  });

  it('puts the fragments of tool calls together', async () => {
    const fragments: ModelEvent[] = [
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'add', arguments: '{"x"' }, { type: 'tool-call-delta', index: 1, id: 'b', name: 'sub', arguments: '{}' },
      { type: 'tool-call-delta', index: 0, arguments: ':1}' }, finish('tool-calls'),
    ];
    const { outcome } = await call([streams(fragments)]);
    assert.deepEqual([outcome.status, outcome.text, outcome.message?.toolCalls], ['done', '', [{ id: 'a', name: 'add', arguments: '{"x":1}' }, { id: 'b', name: 'sub', arguments: '{}' }]]);
  });

  it('takes the last usage that came, and the cost that the server names', async () => {
    const { record } = await call([streams([text('x'), usage(5, 1), { type: 'usage', usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4, reasoningTokens: 1, kind: 'provider' }, cost: 0.25 }, finish()])]);
    assert.deepEqual(record.usage, { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4, reasoningTokens: 1, kind: 'provider' });
    assert.deepEqual(record.cost, { usd: 0.25, kind: 'provider' });
  });

  describe('that finishes', () => {
    const long = { type: 'finish', reason: 'length' } as const;
    const rows: readonly (readonly [what: string, events: readonly ModelEvent[], given: Partial<Driving>, status: string, code: string | undefined, kept: string])[] = [
      ['with nothing', [finish()], {}, 'done', undefined, ''],
      ['at the length that the cell asked for', [text('x'), long], { request: { config: { maxOutputTokens: 1 } } }, 'done', undefined, 'x'],
      ['at a length that nobody asked for', [text('x'), long], {}, 'incomplete', 'incomplete', 'x'],
      ['at the length that a limit left', [text('x'), usage(1, 1), long], { limits: { tokens: 10 } }, 'limited', 'limit', 'x'],
      ['at the length that the cell asked for, within a limit', [text('x'), usage(1, 1), long], { request: { config: { maxOutputTokens: 2 } }, limits: { tokens: 10 } }, 'done', undefined, 'x'],
      ['by a filter before any text', [finish('content-filter')], {}, 'failed', 'content-filter', ''],
      ['by a filter in the middle', [text('so'), finish('content-filter')], {}, 'incomplete', 'content-filter', 'so'],
      ['with a refusal', [{ type: 'refusal-delta', text: 'I will\nnot.' }, finish()], {}, 'failed', 'refusal', 'I will\nnot.'],
      ['with text and a refusal', [text('so'), { type: 'refusal-delta', text: 'No.' }, finish()], {}, 'done', undefined, 'so'],
    ];
    for (const [what, events, given, status, code, kept] of rows) {
      it(what, async () => {
        const { outcome } = await call([streams(events)], given);
        assert.deepEqual([outcome.status, outcome.error?.code, outcome.text], [status, code, kept]);
        if (outcome.error !== null) assert.ok(!outcome.error.message.includes('\n') && outcome.error.hint !== null);
      });
    }
  });

  describe('that fails', () => {
    const rows: readonly { readonly what: string; readonly answers: readonly Answer[]; readonly purpose?: 'judge' | 'repair'; readonly retry?: Model['retry']; readonly status: string; readonly requests: number; readonly waits: readonly number[]; readonly kept?: string }[] = [
      { what: 'is asked again, after waits that grow', answers: [fails('server', { status: 500, retryable: true })], status: 'failed', requests: 4, waits: [375, 750, 1500] },
      { what: 'is asked again until it answers', answers: [fails('server', { retryable: true }), 'fine'], status: 'done', requests: 2, waits: [375], kept: 'fine' },
      { what: 'is not asked again where that cannot help', answers: [fails('bad-request', { status: 400 })], status: 'failed', requests: 1, waits: [] },
      { what: 'is asked as often as the model list says', answers: [fails('server', { retryable: true })], retry: { tries: 2, baseMs: 100 }, status: 'failed', requests: 2, waits: [75] },
      { what: 'is asked once where the model list says so', answers: [fails('server', { retryable: true })], retry: { tries: 1 }, status: 'failed', requests: 1, waits: [] },
      { what: 'takes what the model list leaves open for unsaid', answers: [fails('server', { retryable: true })], retry: { tries: undefined as unknown as number }, status: 'failed', requests: 4, waits: [375, 750, 1500] },
      { what: 'waits as long as the server asks', answers: [fails('rate-limit', { status: 429, retryable: true, retryAfterMs: 7000 }), 'fine'], status: 'done', requests: 2, waits: [7000], kept: 'fine' },
      { what: 'waits as usual where the server asks for no wait', answers: [fails('rate-limit', { status: 429, retryable: true, retryAfterMs: 0 }), 'fine'], status: 'done', requests: 2, waits: [375], kept: 'fine' },
      { what: 'does not wait for longer than is allowed', answers: [fails('rate-limit', { status: 429, retryable: true, retryAfterMs: 60_001 })], status: 'failed', requests: 1, waits: [] },
      { what: 'does not wait for longer than is allowed in all', answers: [fails('rate-limit', { status: 429, retryable: true, retryAfterMs: 25_000 })], status: 'failed', requests: 3, waits: [25_000, 25_000] },
      { what: 'after text was shown is not asked again', answers: [streams([text('so far')], fails('cut', { retryable: true })), 'fine'], status: 'incomplete', requests: 1, waits: [], kept: 'so far' },
      { what: 'in a judge’s words is asked again, which nobody was shown', answers: [streams([text('so far')], fails('cut', { retryable: true })), 'fine'], purpose: 'judge', status: 'done', requests: 2, waits: [375], kept: 'fine' },
      { what: 'in a repair is asked again', answers: [streams([text('so far')], fails('cut', { retryable: true })), 'fine'], purpose: 'repair', status: 'done', requests: 2, waits: [375], kept: 'fine' },
      { what: 'by ending without a finish is asked again', answers: [streams([]), 'fine'], status: 'done', requests: 2, waits: [375], kept: 'fine' },
      { what: 'by ending without a finish keeps its text', answers: [streams([text('half')]), 'fine'], status: 'incomplete', requests: 1, waits: [], kept: 'half' },
    ];
    for (const { what, answers, purpose, retry, status, requests, waits, kept = '' } of rows) {
      it(what, async () => {
        const host = testHost();
        const { outcome, record, events } = await call(answers, { host, overrides: retry === undefined ? {} : { retry }, ...(purpose && { request: { purpose } }) });
        assert.deepEqual([outcome.status, outcome.text, record.calls, host.waits], [status, kept, requests, waits]);
        assert.equal(events.filter((event) => event.type === 'wait-start').length, events.filter((event) => event.type === 'wait-end').length);
        if (status !== 'done') assert.ok(outcome.error !== null && outcome.error.hint !== null);
      });
    }

    it('spreads its waits, so that many do not come back at once', async () => {
      for (const [random, first] of [[0, 250], [0.999_999, 500]] as const) {
        const host = testHost({ random: () => random });
        await call([fails('server', { retryable: true }), 'fine'], { host });
        assert.equal(Math.round(host.waits[0]!), first);
      }
    });

    it('says that it waits, why and until when', async () => {
      const { events } = await call([fails('rate-limit', { status: 429, retryable: true, retryAfterMs: 7000 }), fails('server', { retryable: true }), 'fine']);
      const waits = events.filter((event) => event.type === 'wait-start');
      assert.deepEqual(waits.map(({ reason, text: words, at, until }) => [reason, words, until! - at]), [['rate-limit', 'It went wrong.', 7000], ['retry', 'It went wrong.', 750]]);
    });

    it('says why it does not wait', async () => {
      const notes = async (retryAfterMs: number): Promise<readonly string[]> => modelCalls((await call([fails('rate-limit', { status: 429, retryable: true, retryAfterMs })])).record)[0]!.notes;
      assert.deepEqual(await notes(86_400_000), ['The server asks to wait 86400 s, and a call waits at most 60 s in all.']);
      assert.deepEqual(await notes(25_000), ['The server asks to wait 25 s more, and a call waits at most 60 s in all.']);
    });

    it('counts no request that reached nobody', async () => {
      const { record } = await call([fails('refused', { retryable: true, sent: false }), 'fine']);
      assert.deepEqual([record.calls, modelCalls(record)[0]!.tries.map((one) => one.sent)], [1, [false, true]]);
    });

    it('by a defect keeps what came, says so, and holds nobody else back', async () => {
      const queues = createQueues(() => 0);
      const meter = createMeter({ calls: 2 }, 'the run');
      const one = { key: 'one', limit: 1 };
      const { outcome, record } = await call([streams([text('so far')], new TypeError('x is not a function'))], { queues, meter, overrides: { concurrency: one } });
      assert.deepEqual([outcome.status, outcome.error?.code, outcome.text, record.calls], ['failed', 'internal', 'so far', 1]);
      assert.match(outcome.error!.message, /TypeError: x is not a function/);
      assert.ok(modelCalls(record)[0]!.endedAt !== null);
      assert.equal((await call(['fine'], { queues, meter, overrides: { concurrency: one } })).outcome.text, 'fine');
      assert.equal((await call(['fine'], { queues, meter, overrides: { concurrency: one } })).outcome.error?.code, 'limit', 'the one that failed is counted');
    });
  });

  describe('whose parameter is refused', () => {
    const refused = (parameter: string): ModelError => fails('unsupported-parameter', { status: 400, parameter });

    it('is asked again without it, at once, with a note, and this is no try', async () => {
      const dropped: string[] = [];
      const host = testHost();
      const { outcome, record } = await call([refused('seed'), refused('temperature'), fails('server', { retryable: true }), fails('server', { retryable: true }), fails('server', { retryable: true }), 'fine'], {
        host, overrides: { dropParameter: (name) => dropped.push(name) > 0 },
      });
      assert.deepEqual([outcome.text, dropped, record.calls, host.waits], ['fine', ['seed', 'temperature'], 6, [375, 750, 1500]]);
      assert.match(modelCalls(record)[0]!.notes.join('\n'), /scripted refused the parameter `seed`: it is left out from now on\.\n.*`temperature`/);
    });

    it('is given up where it cannot be left out, or is refused without end', async () => {
      assert.equal((await call([refused('model')], { overrides: { dropParameter: () => false } })).record.calls, 1);
      assert.equal((await call([refused('model')])).record.calls, 1);
      assert.equal((await call([refused('seed')], { overrides: { dropParameter: () => true } })).record.calls, 9);
    });
  });

  describe('that is cut', () => {
    const cut = streams([{ type: 'response-start', status: 200 }, text('one two three')], fails('cut'));
    const kindOf = async (overrides: Partial<Model>): Promise<unknown> => (await call([cut], { overrides })).record.usage;

    it('is counted by the model’s tokenizer', async () => {
      const countTokens = async (input: ModelRequest | string): Promise<{ tokens: number; kind: 'exact' }> => ({ tokens: typeof input === 'string' ? input.length : 100, kind: 'exact' });
      assert.deepEqual(await kindOf({ countTokens }), { inputTokens: 100, outputTokens: 13, cachedInputTokens: null, reasoningTokens: null, kind: 'estimate' });
    });

    const unknown = { inputTokens: null, outputTokens: 1, cachedInputTokens: null, reasoningTokens: null, kind: 'estimate' };

    it('is counted by its deltas where each is a token, or the tokenizer fails', async () => {
      const capabilities = { ...scriptedModel(() => '').capabilities, tokenDeltas: true };
      assert.deepEqual(await kindOf({ capabilities, countTokens: () => assert.fail('It was asked.') }), unknown);
      assert.deepEqual(await kindOf({ countTokens: () => Promise.reject(new Error('gone')) }), unknown);
    });

    it('does not wait for a tokenizer that hangs', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      try {
        const counting = kindOf({ countTokens: () => new Promise(() => undefined) });
        for (let n = 0; n < 10; n++) await new Promise(setImmediate);
        mock.timers.tick(1000);
        assert.deepEqual(await counting, unknown);
      } finally {
        mock.timers.reset();
      }
    });

    it('was not paid for where the server refused it', async () => {
      const { record } = await call([streams([{ type: 'response-start', status: 400 }], fails('bad-request', { status: 400 }))]);
      assert.deepEqual([record.calls, record.usage, record.cost], [1, null, null]);
    });

    it('keeps the usage that came before', async () => {
      const { record } = await call([streams([text('x'), usage(5, 1)], fails('cut'))]);
      assert.deepEqual([record.usage?.inputTokens, record.usage?.kind], [5, 'provider']);
    });
  });

  describe('within limits', () => {
    it('asks for no more than is left, and says which limit it is', async () => {
      const model = scriptedModel(() => 'x');
      await drive({ model, host: testHost(), limits: { tokens: 20 }, request: { messages: [userMessage('one two')], config: { maxOutputTokens: 500 } } });
      await drive({ model, host: testHost(), limits: { tokens: 900 }, request: { messages: [userMessage('one two')], config: { maxOutputTokens: 500 } } });
      assert.deepEqual(model.requests.map((request) => request.config.maxOutputTokens), [18, 500]);
      const { outcome, record } = await drive({ model, host: testHost(), limits: { calls: 0 } });
      assert.deepEqual([outcome.status, outcome.error?.code, record.limit, record.calls, model.requests.length], ['limited', 'limit', { name: 'calls', max: 0, used: 0 }, 0, 2]);
    });

    describe('that bound an answer which bounds itself not', () => {
      const refusing = (most: number, code: 'bad-request' | 'context-overflow', overrides: Partial<Model> = {}): ScriptedModel =>
        scriptedModel((_text, request) => ((request.config.maxOutputTokens ?? 0) > most ? fails(code, { status: 400 }) : 'one two'), overrides);

      const told: readonly (readonly [what: string, tokens: number, contextWindow: number | null, sent: readonly (number | undefined)[]])[] = [
        ['tells the server what any one takes', 4000, null, [3997]],
        ['tells it nothing that it may not take', 5000, null, [undefined]],
        ['tells it nothing where its context bounds it more', 2000, 1500, [undefined]],
        ['tells it less than its context holds', 1000, 1500, [997]],
      ];
      for (const [what, tokens, contextWindow, sent] of told) {
        it(what, async () => {
          const model = scriptedModel(() => 'one two', { contextWindow });
          const { outcome } = await drive({ model, host: testHost(), limits: { tokens } });
          assert.deepEqual([outcome.status, model.requests.map((request) => request.config.maxOutputTokens)], ['done', sent]);
        });
      }

      for (const code of ['bad-request', 'context-overflow'] as const) {
        it(`asks again without where the server refuses it: ${code}`, async () => {
          const host = testHost();
          const model = refusing(500, code);
          const { outcome, record } = await drive({ model, host, limits: { tokens: 1000 } });
          assert.deepEqual([outcome.status, outcome.text, model.requests.map((request) => request.config.maxOutputTokens), record.calls, host.waits], ['done', 'one two', [997, undefined], 2, []]);
          assert.match(modelCalls(record)[0]!.notes.join(), /^scripted was told that its answer may have 997 tokens\./);
        });
      }

      it('asks again but once, and tells what the server says', async () => {
        const model = scriptedModel(() => fails('bad-request', { status: 400 }));
        const { outcome } = await drive({ model, host: testHost(), limits: { tokens: 1000 } });
        assert.deepEqual([outcome.error?.code, model.requests.length], ['bad-request', 2]);
        const limited = await drive({ model: refusing(500, 'bad-request'), host: testHost(), limits: { tokens: 1000, calls: 1 } });
        assert.deepEqual([limited.outcome.status, limited.outcome.error?.code, limited.record.calls, limited.record.limit], ['failed', 'bad-request', 1, null]);
      });

      it('does not ask again where the cell has asked for a longest answer itself', async () => {
        const model = scriptedModel(() => fails('bad-request', { status: 400 }));
        await drive({ model, host: testHost(), limits: { tokens: 1000 }, request: { config: { maxOutputTokens: 2000 } } });
        assert.deepEqual(model.requests.map((request) => request.config.maxOutputTokens), [997]);
      });

      it('says that a server which was not told stopped by itself', async () => {
        const { outcome } = await call([streams([text('x'), usage(3, 1), finish('length')])], { limits: { tokens: 9000 } });
        assert.deepEqual([outcome.status, outcome.error?.code], ['incomplete', 'incomplete']);
      });

      it('names the cost where that is the limit', async () => {
        const { outcome, record } = await call([streams([text('x'), usage(3, 10), finish('length')])], { limits: { cost: 0.000023 } });
        assert.deepEqual([outcome.status, record.limit, outcome.error?.message], ['limited', { name: 'cost', max: 0.000023, used: 0.000023 }, 'The answer was cut at 10 tokens, all that the limit of 0.000023 US dollars of the run left for it.']);
      });
    });

    for (const [what, delta] of [['one token at a time', ' on'], ['many in one piece', ' on'.repeat(1000)]] as const) {
      it(`is stopped where the server writes on past its limit, ${what}`, async () => {
        let told = 0;
        const endless: Answer = function* () {
          for (;;) {
            if ((told += 1) > 10_000) assert.fail('It was not stopped.');
            yield text(delta);
          }
        };
        const { outcome, record } = await call([endless], { limits: { tokens: 30 }, request: { messages: [userMessage('go')] } });
        assert.deepEqual([outcome.status, record.limit?.name, record.calls], ['limited', 'tokens', 1]);
        assert.ok(outcome.text.startsWith(' on'));
        assert.ok(told < 50, `${told} deltas`);
      });
    }
  });

  describe('that is stopped', () => {
    it('while it waits for its place: the wait ends, nothing is sent', async () => {
      const queues = createQueues(() => 0);
      const leave = await queues('one', { concurrency: 1 }).enter(new AbortController().signal, () => undefined);
      const controller = new AbortController();
      const model = inTurn(['x'], { concurrency: { key: 'one', limit: 1 } });
      const { outcome, record } = await drive({ model, host: testHost(), queues, signal: controller.signal, watch: (event) => event.type === 'wait-start' && controller.abort() });
      assert.deepEqual([outcome.status, outcome.error, model.requests.length], ['cancelled', null, 0]);
      assert.deepEqual(modelCalls(record)[0]!.waits.map(({ reason, endedAt }) => [reason, endedAt !== null]), [['queue', true]]);
      leave({ rateLimited: false, tokens: 0 });
    });

    it('by a limit of time: says so', async () => {
      const meter = createMeter({ seconds: 0 }, 'cell poem');
      const { outcome } = await call(['x'], { signal: meter.deadline! });
      assert.deepEqual([outcome.status, outcome.error?.message], ['limited', 'The limit of 0 seconds of cell poem is reached.']);
    });

    it('keeps what had come, and is no failure', async () => {
      const controller = new AbortController();
      const { outcome, record } = await call([(_request, signal) => (function* () {
        yield text('so far');
        controller.abort();
        signal.throwIfAborted();
      })()], { signal: controller.signal });
      assert.deepEqual([outcome.status, outcome.error, outcome.text, record.calls, record.usage?.kind], ['cancelled', null, 'so far', 1, 'estimate']);
    });

    it('before anything had left: counts no call', async () => {
      const controller = new AbortController();
      const { outcome, record } = await call([() => (function* () {
        controller.abort();
        yield* [];
        throw new ModelError('connection', 'Given up while connecting.', { sent: false });
      })()], { signal: controller.signal });
      assert.deepEqual([outcome.status, outcome.error, record.calls, record.usage, modelCalls(record)[0]!.tries.map((one) => one.sent)], ['cancelled', null, 0, null, [false]]);
    });

    it('by a stream that ends quietly: is cancelled, not cut', async () => {
      const controller = new AbortController();
      const { outcome } = await call([() => (function* () {
        yield text('so far');
        controller.abort();
      })()], { signal: controller.signal });
      assert.deepEqual([outcome.status, outcome.error], ['cancelled', null]);
    });
  });

  describe('in a run whose key was refused', () => {
    const reason = new ModelError('auth', 'Not sent, since another cell was refused.', { sent: false, hint: 'Look at the key.' });

    it('is not sent', async () => {
      const model = inTurn(['x']);
      const { outcome, record } = await drive({ model, host: testHost(), halted: AbortSignal.abort(reason) });
      assert.deepEqual([outcome.status, outcome.error?.code, outcome.error?.hint, record.calls, model.requests.length], ['failed', 'auth', 'Look at the key.', 0, 0]);
    });

    it('is not asked again', async () => {
      const halt = new AbortController();
      const host = testHost();
      const { outcome, record } = await call([fails('server', { retryable: true })], { host, halted: halt.signal, watch: (event) => event.type === 'wait-start' && halt.abort(reason) });
      assert.deepEqual([outcome.error?.code, record.calls], ['auth', 1]);
    });

    it('comes to its end where it is under way', async () => {
      const halt = new AbortController();
      const { outcome } = await call(['one two'], { halted: halt.signal, watch: (event) => event.type === 'text-delta' && halt.abort(reason) });
      assert.deepEqual([outcome.status, outcome.text], ['done', 'one two']);
    });
  });
});
