import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addLimits, createMeter, LimitError, type CallNeed, type Limits, type Meter } from './meter.ts';
import { mock } from 'node:test';
import type { Cost } from '../trace/event.ts';
import type { Usage } from '../models/model.ts';

const never = new AbortController().signal;
const free: Cost = { usd: null, kind: 'calculated' };

function need(input = 0, output: number | null = null, price: CallNeed['price'] = null): CallNeed {
  return { inputTokens: async () => input, maxOutputTokens: output, contextWindow: null, price, model: 'fast' };
}

function used(inputTokens: number | null, outputTokens: number | null): Usage {
  return { inputTokens, outputTokens, cachedInputTokens: null, reasoningTokens: null, kind: 'provider' };
}

/** Why the meter has no room for this call. */
async function refusal(meter: Meter, asked: CallNeed = need()): Promise<LimitError> {
  const error: unknown = await meter.reserve(asked, never).then(() => assert.fail('There was room.'), (reason: unknown) => reason);
  assert.ok(error instanceof LimitError, String(error));
  return error;
}

/** Takes a place and gives it back with what was used. */
async function spend(meter: Meter, { asked = need(), usage = null, cost = free, sent = true }: { asked?: CallNeed; usage?: Usage | null; cost?: Cost; sent?: boolean } = {}): Promise<void> {
  (await meter.reserve(asked, never)).settle(sent, usage, cost);
}

/** Whether a promise is still open after everything that could happen by itself has happened. */
async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  promise.then(() => (open = false), () => (open = false));
  await new Promise(setImmediate);
  return open;
}

describe('Limits of both', () => {
  const rows: readonly (readonly [a: Limits, b: Limits, both: Limits])[] = [
    [{}, {}, {}],
    [{ calls: 3 }, {}, { calls: 3 }],
    [{}, { calls: 3 }, { calls: 3 }],
    [{ calls: 3, cost: 1 }, { calls: 2, tokens: 5 }, { calls: 2, cost: 1, tokens: 5 }],
    [{ calls: 0 }, { calls: 2 }, { calls: 0 }],
  ];
  for (const [a, b, both] of rows) it(`${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => assert.deepEqual(addLimits(a, b), both));
});

describe('A meter', () => {
  it('without limits lets everything through, asks for no count and bounds nothing', async () => {
    const meter = createMeter({}, 'the run');
    const place = await meter.reserve({ ...need(0, 50), inputTokens: () => assert.fail('It counted.') }, never);
    assert.equal(place.maxOutputTokens, 50);
    for (let n = 0; n < 100; n++) {
      meter.step();
      await spend(meter);
    }
    assert.equal(meter.deadline, null);
  });

  for (const calls of [0, 1, 3]) {
    it(`of ${calls} calls lets through just so many`, async () => {
      const meter = createMeter({ calls }, 'cell poem');
      for (let n = 0; n < calls; n++) await spend(meter);
      const error = await refusal(meter);
      assert.deepEqual([error.limit, error.max, error.used], ['calls', calls, calls]);
      assert.equal(error.message, `The limit of ${calls} ${calls === 1 ? 'call' : 'calls'} of cell poem is reached: ${calls} used, and the next call would pass it.`);
      assert.equal(error.hint, 'What was made is kept. Raise `limits.calls` of cell poem, or let it do less.');
    });
  }

  it('counts what was sent, and not what was not', async () => {
    const meter = createMeter({ calls: 1 }, 'the run');
    for (let n = 0; n < 5; n++) await spend(meter, { sent: false });
    await spend(meter);
    assert.equal((await refusal(meter)).used, 1);
  });

  it('lets a call wait while another holds the last place, and go on or be refused as that one ends', async () => {
    for (const [sent, after] of [[false, 'goes on'], [true, 'refused']] as const) {
      const meter = createMeter({ calls: 1 }, 'the run');
      const first = await meter.reserve(need(), never);
      const second = meter.reserve(need(), never).then(() => 'goes on', (error: LimitError) => (error.limit === 'calls' ? 'refused' : 'wrong'));
      assert.ok(await isWaiting(second));
      first.settle(sent, null, free);
      assert.equal(await second, after);
    }
  });

  it('lets a call that waits be cancelled, with the reason', async () => {
    const meter = createMeter({ calls: 1 }, 'the run');
    const first = await meter.reserve(need(), never);
    const controller = new AbortController();
    const second = meter.reserve(need(), controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(second, /enough/);
    first.settle(false, null, free);
    await spend(meter);
  });

  describe('of tokens', () => {
    it('leaves for the answer what the prompt and earlier calls have left', async () => {
      const meter = createMeter({ tokens: 100 }, 'the run');
      const first = await meter.reserve(need(10), never);
      assert.equal(first.maxOutputTokens, 90);
      first.settle(true, used(10, 30), free);
      assert.equal((await meter.reserve(need(20), never)).maxOutputTokens, 40);
    });

    it('says what an answer was cut at, and which limit it was; nothing where the request asks for no more', async () => {
      const { cut } = await createMeter({ tokens: 100 }, 'cell poem').reserve(need(10), never);
      assert.deepEqual([cut?.limit, cut?.max, cut?.used], ['tokens', 100, 100]);
      assert.equal(cut?.message, 'The answer was cut at 90 tokens, all that the limit of 100 tokens of cell poem left for it.');
      assert.match(cut.hint, /`limits\.tokens`.*of cell poem, or ask for a shorter answer/);
      assert.equal((await createMeter({ tokens: 100 }, 'the run').reserve(need(10, 90), never)).cut, null);
      assert.equal((await createMeter({ tokens: 100 }, 'the run').reserve(need(10, 91), never)).cut?.limit, 'tokens');
      assert.equal((await createMeter({ calls: 5 }, 'the run').reserve(need(10, 91), never)).cut, null);
    });

    it('bounds no answer that bounds itself lower', async () => {
      assert.equal((await createMeter({ tokens: 100 }, 'the run').reserve(need(10, 5), never)).maxOutputTokens, 5);
    });

    it('leaves room for one token at least, else refuses', async () => {
      assert.equal((await createMeter({ tokens: 100 }, 'the run').reserve(need(99), never)).maxOutputTokens, 1);
      const error = await refusal(createMeter({ tokens: 100 }, 'the run'), need(100));
      assert.deepEqual([error.limit, error.max, error.used], ['tokens', 100, 0]);
      assert.match(error.hint, /`limits\.tokens`, `budget` or `--max-tokens`/);
    });

    it('lets a call wait rather than cut its answer short, while others run', async () => {
      const meter = createMeter({ tokens: 100 }, 'the run');
      const first = await meter.reserve(need(10, 40), never);
      const second = meter.reserve(need(10, 50), never);
      assert.ok(await isWaiting(second), '60 are left, of which 10 are its prompt: it fits only when the first is done');
      first.settle(true, used(10, 10), free);
      assert.equal((await second).maxOutputTokens, 50);
    });

    it('lets calls side by side where both fit', async () => {
      const meter = createMeter({ tokens: 100 }, 'the run');
      await meter.reserve(need(10, 30), never);
      assert.equal((await meter.reserve(need(10, 30), never)).maxOutputTokens, 30);
    });

    it('lets calls side by side whose answers are bounded by nothing but the model’s context', async () => {
      const meter = createMeter({ tokens: 300 }, 'the run');
      const asked = { ...need(10), contextWindow: 110 };
      const places = [await meter.reserve(asked, never), await meter.reserve(asked, never)];
      assert.deepEqual(places.map(({ maxOutputTokens, cut }) => [maxOutputTokens, cut]), [[null, null], [null, null]], 'no limit bounds them');
      const third = meter.reserve(asked, never);
      assert.ok(await isWaiting(third), '80 are left, and its answer may have 100');
      places[0]!.settle(true, used(10, 100), free);
      assert.ok(await isWaiting(third), 'nothing is gained as long as the first one has taken all that it might');
      places[1]!.settle(true, used(10, 90), free);
      assert.deepEqual([(await third).maxOutputTokens, (await third).cut?.limit], [80, 'tokens']);
    });

    it('takes a prompt that is longer than the context for what it is: the model refuses it', async () => {
      assert.equal((await createMeter({ tokens: 300 }, 'the run').reserve({ ...need(200), contextWindow: 110 }, never)).maxOutputTokens, null);
    });

    const settled: readonly (readonly [what: string, usage: Usage | null, left: number])[] = [
      ['what the server said, also beyond what was reserved', used(30, 25), 45],
      ['of an unknown prompt what was counted', used(null, 25), 65],
      ['of an unknown answer nothing', used(10, null), 90],
      ['nothing of a call without usage', null, 100],
    ];
    for (const [what, usage, left] of settled) {
      it(`counts ${what}`, async () => {
        const meter = createMeter({ tokens: 100 }, 'the run');
        await spend(meter, { asked: need(10), usage });
        assert.equal((await meter.reserve(need(), never)).maxOutputTokens, left);
      });
    }
  });

  describe('of cost', () => {
    const price = { input: 1, output: 2 };

    it('leaves for the answer what can be paid', async () => {
      const meter = createMeter({ cost: 0.0001 }, 'the run');
      const first = await meter.reserve(need(20, null, price), never);
      assert.equal(first.maxOutputTokens, 40);
      first.settle(true, used(20, 10), { usd: 0.00004, kind: 'calculated' });
      assert.equal((await meter.reserve(need(20, null, price), never)).maxOutputTokens, 20);
    });

    it('says that it is the cost where that is the lower bound', async () => {
      const both = (tokens: number, cost: number): Promise<LimitError | null> => createMeter({ tokens, cost }, 'the run').reserve(need(10, null, price), never).then((place) => place.cut);
      assert.deepEqual([(await both(100, 1))?.limit, (await both(100, 0.00005))?.limit], ['tokens', 'cost']);
      assert.equal((await both(100, 0.00005))?.message, 'The answer was cut at 20 tokens, all that the limit of 0.00005 US dollars of the run left for it.');
    });

    it('counts to the last token, whatever sums of dollars come to', async () => {
      for (const tokens of [1, 43, 81, 86]) {
        const cost = (tokens * 0.1) / 1e6;
        assert.equal((await createMeter({ cost }, 'the run').reserve(need(0, null, { input: 0.1, output: 0.1 }), never)).maxOutputTokens, tokens);
      }
    });

    it('refuses a price that is unknown, with a hint how to give it, and counts nothing for that', async () => {
      const error = await refusal(createMeter({ cost: 1 }, 'cell poem'), { ...need(), inputTokens: () => assert.fail('It counted.') });
      assert.match(error.message, /^A cost limit is set for cell poem, but the price of fast is unknown/);
      assert.match(error.hint, /price: \{/);
    });

    it('refuses what cannot be paid', async () => {
      const error = await refusal(createMeter({ cost: 0.00001 }, 'the run'), need(10, null, price));
      assert.deepEqual([error.limit, error.max], ['cost', 0.00001]);
      assert.match(error.message, /\$0\.00000 used/);
      assert.equal((await refusal(createMeter({ cost: 0 }, 'the run'), need(0, null, price))).limit, 'cost');
    });

    it('bounds nothing where a model costs nothing', async () => {
      assert.equal((await createMeter({ cost: 0 }, 'the run').reserve(need(1_000_000, null, { input: 0, output: 0 }), never)).maxOutputTokens, null);
    });

    it('bounds a prompt where answers alone cost nothing', async () => {
      const meter = createMeter({ cost: 0.00001 }, 'the run');
      assert.equal((await meter.reserve(need(10, null, { input: 1, output: 0 }), never)).maxOutputTokens, null);
      assert.equal((await refusal(createMeter({ cost: 0.00001 }, 'the run'), need(11, null, { input: 1, output: 0 }))).limit, 'cost');
    });

    it('takes the price of long prompts for long prompts', async () => {
      const tiers = { input: 1, output: 2, above: { inputTokens: 100, input: 2, output: 4 } };
      const left = async (input: number): Promise<number | null> => (await createMeter({ cost: 0.001 }, 'the run').reserve(need(input, null, tiers), never)).maxOutputTokens;
      assert.deepEqual([await left(100), await left(101)], [450, 199]);
    });
  });

  it('of steps lets through just so many', () => {
    const meter = createMeter({ steps: 2 }, 'cell poem');
    meter.step();
    meter.step();
    assert.throws(() => meter.step(), (error: LimitError) => error.limit === 'steps' && error.used === 2 && error.message === 'The limit of 2 steps of cell poem is reached: 2 used, and the next step would pass it.');
  });

  describe('inside another', () => {
    it('holds both limits, whichever is lower', async () => {
      const outer = createMeter({ tokens: 50 }, 'the run');
      assert.equal((await createMeter({ tokens: 80 }, 'cell a', outer).reserve(need(10), never)).maxOutputTokens, 40);
      assert.equal((await createMeter({ tokens: 30 }, 'cell b', createMeter({ tokens: 50 }, 'the run')).reserve(need(10), never)).maxOutputTokens, 20);
      const scope = async (own: number, all: number): Promise<string | undefined> => (await createMeter({ tokens: own }, 'cell b', createMeter({ tokens: all }, 'the run')).reserve(need(10), never)).cut?.message;
      assert.match((await scope(30, 50))!, /of cell b left/);
      assert.match((await scope(80, 50))!, /of the run left/);
    });

    it('counts in both', async () => {
      const outer = createMeter({ calls: 3 }, 'the run');
      await spend(createMeter({ calls: 2 }, 'cell a', outer));
      await spend(createMeter({}, 'cell b', outer));
      await spend(outer);
      assert.match((await refusal(createMeter({ calls: 2 }, 'cell c', outer))).message, /of the run is reached/);
    });

    it('gives its own place back when the outer one has none', async () => {
      const outer = createMeter({ calls: 1 }, 'the run');
      const inner = createMeter({ calls: 1 }, 'cell a', outer);
      const other = await outer.reserve(need(), never);
      const waits = inner.reserve(need(), never);
      other.settle(true, null, free);
      await assert.rejects(waits, /of the run/);
      assert.match((await refusal(inner)).message, /of the run/, 'not of the cell, of which nothing was used');
    });

    it('counts no step outside that it refuses itself', () => {
      const outer = createMeter({ steps: 2 }, 'the run');
      const inner = createMeter({ steps: 1 }, 'cell a', outer);
      inner.step();
      assert.throws(() => inner.step(), /of cell a/);
      outer.step();
      assert.throws(() => outer.step(), /of the run/);
    });

    it('counts no step of its own that the outer one refuses', () => {
      const outer = createMeter({ steps: 0 }, 'the run');
      const inner = createMeter({ steps: 1 }, 'cell a', outer);
      for (let n = 0; n < 3; n++) assert.throws(() => inner.step(), /of the run/);
    });
  });

  describe('of seconds', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    afterEach(() => mock.timers.reset());

    it('aborts when its time is over, and says which limit it was', () => {
      const { deadline } = createMeter({ seconds: 2.5 }, 'cell poem');
      mock.timers.tick(2499);
      assert.equal(deadline!.aborted, false);
      mock.timers.tick(1);
      const reason = deadline!.reason as LimitError;
      assert.deepEqual([reason.limit, reason.max, reason.message], ['seconds', 2.5, 'The limit of 2.5 seconds of cell poem is reached.']);
    });

    it('aborts at once where there is no time at all', () => {
      assert.equal(createMeter({ seconds: 0 }, 'cell poem').deadline!.aborted, true);
    });

    it('stops its clock when it is closed', () => {
      const meter = createMeter({ seconds: 1 }, 'cell poem');
      meter.close();
      mock.timers.tick(5000);
      assert.equal(meter.deadline!.aborted, false);
    });

    it('takes what no timer can hold for no limit', () => {
      const { deadline } = createMeter({ seconds: 1e12 }, 'cell poem');
      mock.timers.tick(2 ** 31);
      assert.equal(deadline!.aborted, false);
    });
  });

  describe('with any calls side by side', () => {
    interface Call {
      readonly cell: number;
      readonly input: number;
      readonly asks: number | null;
      readonly contextWindow: number | null;
      /** How much of what it may it writes. */
      readonly writes: number;
      readonly turns: number;
    }
    const calls = fc.array(
      fc.record<Call>({ cell: fc.nat(3), input: fc.nat(40), asks: fc.option(fc.integer({ min: 1, max: 60 })), contextWindow: fc.option(fc.integer({ min: 41, max: 120 })), writes: fc.double({ min: 0, max: 1, noNaN: true }), turns: fc.nat(6) }),
      { minLength: 1, maxLength: 25 },
    );
    const limit = (max: number): fc.Arbitrary<number | undefined> => fc.option(fc.nat(max), { nil: undefined });

    it('passes no limit, refuses only where there is no room, and leaves nobody waiting', () =>
      fc.assert(
        fc.asyncProperty(calls, limit(20), limit(400), limit(10), limit(150), async (all, runCalls, runTokens, cellCalls, cellTokens) => {
          const given = (calls: number | undefined, tokens: number | undefined): Limits => ({ ...(calls !== undefined && { calls }), ...(tokens !== undefined && { tokens }) });
          const outer = createMeter(given(runCalls, runTokens), 'the run');
          const cells = Array.from({ length: 4 }, (_, index) => createMeter(given(cellCalls, cellTokens), `cell ${index}`, outer));
          const spent = { calls: 0, tokens: 0, cells: cells.map(() => ({ calls: 0, tokens: 0 })) };
          const one = async ({ cell, input, asks, contextWindow, writes, turns }: Call): Promise<void> => {
            const scope = spent.cells[cell]!;
            let place;
            try {
              place = await cells[cell]!.reserve({ ...need(input, asks), contextWindow }, never);
            } catch (error) {
              assert.ok(error instanceof LimitError);
              const [of, max] = error.message.includes('of the run') ? [spent, { calls: runCalls, tokens: runTokens }] : [scope, { calls: cellCalls, tokens: cellTokens }];
              if (error.limit === 'calls') assert.equal(of.calls, max.calls);
              else assert.ok(of.tokens + input + 1 > max.tokens!, `${of.tokens} + ${input} fits into ${max.tokens}`);
              return;
            }
            for (let turn = 0; turn < turns; turn++) await Promise.resolve();
            // What no limit bounds is bounded by the model alone.
            const longest = place.maxOutputTokens ?? (contextWindow === null ? 80 : contextWindow - input);
            const output = Math.floor(longest * writes);
            assert.ok(asks === null || place.maxOutputTokens! <= asks);
            for (const count of [spent, scope]) {
              count.calls += 1;
              count.tokens += input + output;
            }
            place.settle(true, used(input, output), free);
            assert.ok(spent.calls <= (runCalls ?? Infinity) && spent.tokens <= (runTokens ?? Infinity) && scope.calls <= (cellCalls ?? Infinity) && scope.tokens <= (cellTokens ?? Infinity));
          };
          // Would never come to its end if one waited for nothing: the test would time out.
          await Promise.all(all.map(one));
        }),
        { numRuns: 300 },
      ));
  });
});
