import assert from 'node:assert/strict';
import { answer, echo } from '../servers/behaviours/good.ts';
import { createMeter } from '../../src/core/engine/meter.ts';
import { createQueues } from '../../src/core/engine/queue.ts';
import { drive, openModel, testHost, userMessage } from './drive.ts';
import { forever, reset, role, stream, text } from '../servers/behaviours/stream.ts';
import { apiError, internalError, rateLimited } from '../servers/behaviours/status.ts';
import { resetAtOnce } from '../servers/behaviours/connection.ts';
import { lastText } from '../servers/behaviours/good.ts';
import { startFaultServer, type Behaviour, type FaultServer } from '../servers/fault-server.ts';
import type { Limits } from '../../src/core/engine/meter.ts';

describe('What many calls cost', () => {
  let server: FaultServer;
  afterEach(() => server.close());

  it('200 calls side by side, 30 % answered by 429: none lost, none doubled, calls and tokens are the server\'s', async () => {
    // Each prompt meets its own faults: what one call sees does not depend on who came first.
    const seen = new Map<string, number>();
    const faulty: Behaviour = (call) => {
      const prompt = lastText(call);
      const number = (seen.get(prompt) ?? 0) + 1;
      seen.set(prompt, number);
      const draw = hash(`${prompt}#${number}`) % 100;
      const behaviour = number > 3 ? echo : draw < 30 ? rateLimited({ 'retry-after': '1' }) : draw < 34 ? internalError : draw < 37 ? resetAtOnce : echo;
      return behaviour(call);
    };
    server = await startFaultServer([faulty]);
    const host = testHost();
    const model = await openModel(server.baseUrl, host, { limits: { concurrency: 16 } });
    const queues = createQueues(() => host.now());
    const meter = createMeter({}, 'the notebook');
    const all = await Promise.all(Array.from({ length: 200 }, (_, row) => drive({ model, host, queues, meter, request: { messages: [userMessage(`row ${row}`)] } })));
    assert.deepEqual(all.map(({ outcome }) => [outcome.status, outcome.text]), all.map((_, row) => ['done', `row ${row}`]));
    const answered = server.log.filter((request) => request.usage !== null);
    assert.equal(answered.length, 200, 'each is answered once');
    assert.ok(server.log.length > 250, `${server.log.length} requests`);
    assert.equal(all.reduce((sum, { record }) => sum + record.calls, 0), server.log.length);
    const tokens = (side: 'prompt_tokens' | 'completion_tokens'): number => answered.reduce((sum, request) => sum + request.usage![side], 0);
    assert.equal(all.reduce((sum, { record }) => sum + (record.usage?.inputTokens ?? 0), 0), tokens('prompt_tokens'));
    assert.equal(all.reduce((sum, { record }) => sum + (record.usage?.outputTokens ?? 0), 0), tokens('completion_tokens'));
    assert.ok(all.every(({ record }) => record.usage?.kind === 'provider'));
  });

  it('never more requests at once than the limit', async () => {
    let now = 0;
    let most = 0;
    const counted: Behaviour = async (call) => {
      most = Math.max(most, (now += 1));
      // Until as many are there as may be, or longer than the next one needs to come.
      for (let turns = 0; turns < 200 && now < 3; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
      now -= 1;
      return echo(call);
    };
    server = await startFaultServer([counted]);
    const host = testHost();
    const model = await openModel(server.baseUrl, host, { limits: { concurrency: 3 } });
    const queues = createQueues(() => host.now());
    await Promise.all(Array.from({ length: 30 }, () => drive({ model, host, queues })));
    assert.deepEqual([most, server.log.length], [3, 30]);
  });

  it('a cut try and a whole one: both are counted, and the total takes the weaker kind', async () => {
    server = await startFaultServer([stream(role, reset), answer('fine and whole')]);
    const host = testHost();
    const { record } = await drive({ model: await openModel(server.baseUrl, host), host });
    assert.deepEqual([record.calls, record.usage?.kind], [2, 'estimate']);
    const [cut, whole] = record.steps.flatMap((step) => (step.kind === 'model-call' ? step.tries : []));
    assert.deepEqual([cut?.usage?.kind, whole?.usage?.kind, whole?.usage?.outputTokens], ['estimate', 'provider', 3]);
    assert.ok((record.usage?.inputTokens ?? 0) > (whole?.usage?.inputTokens ?? 0), 'the prompt of the cut try was paid, too');
  });

  it('cost is tokens times price, cached tokens at their own price', async () => {
    server = await startFaultServer([answer({ text: 'one two three', cachedTokens: 4 })]);
    const host = testHost();
    const { record } = await drive({ model: await openModel(server.baseUrl, host, { price: { input: 2, cachedInput: 0.5, output: 10 } }), host });
    const input = server.log[0]!.usage!.prompt_tokens;
    assert.deepEqual(record.cost, { usd: ((input - 4) * 2 + 4 * 0.5 + 3 * 10) / 1e6, kind: 'calculated' });
    assert.deepEqual([record.usage?.cachedInputTokens, record.usage?.outputTokens], [4, 3]);
  });

  it('an unknown price is an unknown cost, never 0', async () => {
    server = await startFaultServer([answer('x')]);
    const host = testHost();
    const { record } = await drive({ model: await openModel(server.baseUrl, host), host });
    assert.equal(record.cost?.usd, null);
  });

  const limited: readonly { readonly name: string; readonly limits: Limits; readonly requests: number; readonly limit: keyof Limits }[] = [
    { name: 'no calls at all', limits: { calls: 0 }, requests: 0, limit: 'calls' },
    { name: 'one call, where retries need more', limits: { calls: 1 }, requests: 1, limit: 'calls' },
    { name: 'two calls', limits: { calls: 2 }, requests: 2, limit: 'calls' },
    { name: 'tokens that not even the prompt fits into', limits: { tokens: 2 }, requests: 0, limit: 'tokens' },
    { name: 'a cost whose price is unknown', limits: { cost: 1 }, requests: 0, limit: 'cost' },
  ];
  for (const row of limited) {
    it(`limit: ${row.name}`, async () => {
      server = await startFaultServer([internalError]);
      const host = testHost();
      const { outcome, record } = await drive({ model: await openModel(server.baseUrl, host), host, limits: row.limits });
      assert.deepEqual([outcome.status, outcome.error?.code, record.limit?.name], ['limited', 'limit', row.limit]);
      assert.deepEqual([server.log.length, record.calls], [row.requests, row.requests]);
      assert.ok(outcome.error?.hint);
    });
  }

  describe('limits side by side stop exactly, whatever order the answers come in', () => {
    /** Writes as much as it may, at most twelve words, sooner or later. */
    const obedient: Behaviour = async (call) => {
      const { max_tokens: most = Infinity } = call.request.body as { max_tokens?: number };
      for (let turns = hash(lastText(call)) % 5; turns > 0; turns--) await new Promise(setImmediate);
      const words = Math.min(12, most);
      await answer({ text: Array.from({ length: words }, (_, index) => `w${index}`).join(' '), finish: words < 12 ? 'length' : 'stop' })(call);
    };
    const price = { input: 1, output: 2 };
    const bounds: readonly (readonly [what: string, limits: Limits, spent: (calls: number, input: number, output: number) => number, most: number])[] = [
      ['7 calls', { calls: 7 }, (calls) => calls, 7],
      ['200 tokens', { tokens: 200 }, (_calls, input, output) => input + output, 200],
      ['$0.0003', { cost: 0.0003 }, (_calls, input, output) => (input + 2 * output) / 1e6, 0.0003],
    ];
    for (const [what, limits, spent, most] of bounds) {
      for (const maxOutputTokens of [undefined, 12]) {
        it(`${what}, where ${maxOutputTokens === undefined ? 'no answer' : 'each answer'} is bounded`, async () => {
          server = await startFaultServer([obedient]);
          const host = testHost();
          const model = await openModel(server.baseUrl, host, { limits: { concurrency: 8 }, price });
          const queues = createQueues(() => host.now());
          const meter = createMeter(limits, 'the run');
          const config = maxOutputTokens === undefined ? {} : { maxOutputTokens };
          const all = await Promise.all(Array.from({ length: 40 }, (_, row) => drive({ model, host, queues, meter, request: { messages: [userMessage(`row ${row}`)], config } })));
          const sum = (side: 'prompt_tokens' | 'completion_tokens'): number => server.log.reduce((total, request) => total + request.usage![side], 0);
          const used = spent(server.log.length, sum('prompt_tokens'), sum('completion_tokens'));
          assert.ok(used <= most * (1 + 1e-9), `${used} of ${most}`);
          // Nothing more would have fitted: a call takes about 7 tokens of prompt, which we count as a few more, and one of answer.
          assert.ok(used > most - spent(1, 12, 1), `${used} of ${most}`);
          assert.equal(all.reduce((total, { record }) => total + record.calls, 0), server.log.length);
          const limited = all.filter(({ outcome }) => outcome.status === 'limited');
          assert.ok(limited.length >= 40 - server.log.length && limited.every(({ record }) => record.limit?.name === Object.keys(limits)[0]));
          assert.ok(all.every(({ outcome }) => outcome.status === 'done' || outcome.status === 'limited'));
        });
      }
    }
  });

  it('limit of tokens beyond what the server takes as a longest answer: it is asked again without, and held to it here', async () => {
    const short: Behaviour = (call) => {
      const { max_tokens: most = 0 } = call.request.body as { max_tokens?: number };
      return (most > 500 ? apiError(400, { message: `max_tokens is too large: ${most}. This model supports at most 500 completion tokens.`, code: 'invalid_value', param: 'max_tokens' }) : stream(role, forever(1, text(' on'))))(call);
    };
    server = await startFaultServer([short]);
    const host = testHost();
    const { outcome, record } = await drive({ model: await openModel(server.baseUrl, host), host, limits: { tokens: 600 } });
    assert.deepEqual([outcome.status, record.limit?.name, server.log.length, record.calls, host.waits.length], ['limited', 'tokens', 2, 2, 0]);
    assert.deepEqual(server.log.map((request) => typeof (request.body as { max_tokens?: number }).max_tokens), ['number', 'undefined']);
    assert.ok(record.usage!.outputTokens! < 600 * 1.3, `${record.usage!.outputTokens}`);
  });

  it('limit of tokens or cost far beyond any answer: the server is told nothing that it may not take', async () => {
    server = await startFaultServer([answer('fine')]);
    const host = testHost();
    const model = await openModel(server.baseUrl, host, { price: { input: 1, output: 2 } });
    for (const limits of [{ tokens: 1_000_000 }, { cost: 5 }]) {
      const { outcome } = await drive({ model, host, limits });
      assert.deepEqual([outcome.status, 'max_tokens' in (server.log.at(-1)!.body as object)], ['done', false]);
    }
  });

  it('limit of tokens: the server is asked for no more than what is left, and a server that writes on is cut off', async () => {
    server = await startFaultServer([stream(role, forever(1, text(' on')))]);
    const host = testHost();
    const { outcome, record } = await drive({ model: await openModel(server.baseUrl, host), host, limits: { tokens: 60 } });
    assert.deepEqual([outcome.status, record.limit?.name, server.log.length], ['limited', 'tokens', 1]);
    assert.ok(((server.log[0]!.body as { max_tokens?: number }).max_tokens ?? Infinity) < 60);
    assert.match(outcome.text, /^ on on/);
    await server.until('the server is told', (log) => log[0]!.end === 'client');
  });
});

function hash(words: string): number {
  let value = 2166136261;
  for (const letter of words) value = Math.imul(value ^ letter.codePointAt(0)!, 16777619);
  return value >>> 0;
}
