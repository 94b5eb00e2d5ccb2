import assert from 'node:assert/strict';
import { createQueues, type Queue, type QueueLimits, type Went } from './queue.ts';
import { mock } from 'node:test';

const never = new AbortController().signal;
const went: Went = { rateLimited: false, tokens: 0 };
const rateLimited: Went = { rateLimited: true, tokens: 0 };
const nobody = (): void => undefined;

interface Clock {
  time: number;
}

function queueOf(limits: QueueLimits, clock: Clock = { time: 1_000_000 }): Queue {
  return createQueues(() => clock.time)('server', limits);
}

type Leave = (went: Went) => void;

/** Asks for a place; `place` is there when it is given. */
function ask(queue: Queue, signal: AbortSignal = never): { place: Leave | null; readonly waited: string[]; readonly promise: Promise<Leave> } {
  const waited: string[] = [];
  const asked: { place: Leave | null; readonly waited: string[]; readonly promise: Promise<Leave> } = { place: null, waited, promise: queue.enter(signal, (reason) => waited.push(reason)) };
  asked.promise.then((leave) => (asked.place = leave), nobody);
  return asked;
}

/** Lets promises settle. */
async function turn(): Promise<void> {
  for (let n = 0; n < 10; n++) await Promise.resolve();
}

/** How many more would be let in now: they are, and are left in. */
async function room(queue: Queue, most = 50): Promise<number> {
  const asked = Array.from({ length: most }, () => ask(queue));
  await turn();
  return asked.filter((one) => one.place !== null).length;
}

describe('A queue before a server', () => {
  for (const concurrency of [1, 4]) {
    it(`lets in ${concurrency} at once, and the next one as a place gets free, first come first served`, async () => {
      const queue = queueOf({ concurrency });
      const asked = Array.from({ length: concurrency + 2 }, () => ask(queue));
      await turn();
      assert.deepEqual(asked.map((one) => one.place !== null), [...Array<boolean>(concurrency).fill(true), false, false]);
      assert.deepEqual(asked.map((one) => one.waited), [...Array<string[]>(concurrency).fill([]), ['queue'], ['queue']]);
      asked[0]!.place!(went);
      await turn();
      assert.deepEqual(asked.slice(concurrency).map((one) => one.place !== null), [true, false]);
    });
  }

  it('is one for each server, made once', async () => {
    const queues = createQueues(() => 0);
    assert.equal(queues('a', { concurrency: 1 }), queues('a', { concurrency: 5 }));
    await queues('a', { concurrency: 1 }).enter(never, nobody);
    assert.notEqual(ask(queues('b', { concurrency: 1 })).waited.length, 1);
  });

  it('is left by who is cancelled, and the others move up', async () => {
    const queue = queueOf({ concurrency: 1 });
    const first = ask(queue);
    const controller = new AbortController();
    const second = ask(queue, controller.signal);
    const third = ask(queue);
    await turn();
    controller.abort(new Error('enough'));
    await assert.rejects(second.promise, /enough/);
    first.place!(went);
    await turn();
    assert.ok(third.place !== null);
  });

  it('lets nobody in who is cancelled already, nor who cancels on being told to wait', async () => {
    const queue = queueOf({ concurrency: 1 });
    await assert.rejects(queue.enter(AbortSignal.abort(new Error('before')), nobody), /before/);
    const holder = ask(queue);
    await turn();
    const controller = new AbortController();
    await assert.rejects(queue.enter(controller.signal, () => controller.abort(new Error('then'))), /then/);
    holder.place!(went);
    assert.equal(await room(queue), 1, 'nobody holds a place unseen');
  });

  describe('that is told of rate limits', () => {
    /** Asks for twenty places, says how many are given at once, and lets everybody in and out. */
    const crowd = async (queue: Queue, how: Went): Promise<number> => {
      const asked = Array.from({ length: 20 }, () => ask(queue));
      await turn();
      const inside = asked.filter((one) => one.place !== null).length;
      for (const one of asked) {
        const leave = await one.promise;
        leave(how);
      }
      return inside;
    };

    it('halves what it lets in, down to one, and grows back as answers come', async () => {
      const queue = queueOf({ concurrency: 8 });
      assert.equal(await crowd(queue, went), 8);
      (await queue.enter(never, nobody))(rateLimited);
      assert.equal(await crowd(queue, rateLimited), 4);
      assert.equal(await crowd(queue, went), 1, 'one goes always');
      const grown = await crowd(queue, went);
      assert.ok(grown > 1 && grown < 8, `${grown}, after twenty answers`);
      for (let n = 0; n < 5; n++) await crowd(queue, went);
      assert.equal(await crowd(queue, went), 8);
    });

    it('never grows beyond its limit', async () => {
      const queue = queueOf({ concurrency: 3 });
      for (let n = 0; n < 50; n++) (await queue.enter(never, nobody))(went);
      assert.equal(await room(queue), 3);
    });
  });

  describe('with rates', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    afterEach(() => mock.timers.reset());

    /** Time passes for the clock and for timers. */
    const pass = async (clock: Clock, ms: number): Promise<void> => {
      clock.time += ms;
      mock.timers.tick(ms);
      await turn();
    };

    it('holds requests per minute by a sliding window', async () => {
      const clock = { time: 5000 };
      const queue = queueOf({ concurrency: 10, requestsPerMinute: 2 }, clock);
      (await queue.enter(never, nobody))(went);
      await pass(clock, 20_000);
      (await queue.enter(never, nobody))(went);
      const third = ask(queue);
      const fourth = ask(queue);
      await turn();
      assert.deepEqual([third.place, third.waited, fourth.waited], [null, ['rate-limit'], ['rate-limit']]);
      await pass(clock, 39_999);
      assert.equal(third.place, null);
      await pass(clock, 1);
      assert.ok(third.place !== null && fourth.place === null, 'a minute after the first, one more');
      await pass(clock, 20_000);
      assert.ok(fourth.place !== null, 'a minute after the second');
    });

    it('holds tokens per minute: who comes after what was spent waits until it is a minute old', async () => {
      const clock = { time: 5000 };
      const queue = queueOf({ concurrency: 10, tokensPerMinute: 100 }, clock);
      (await queue.enter(never, nobody))({ rateLimited: false, tokens: 60 });
      (await queue.enter(never, nobody))({ rateLimited: false, tokens: 60 });
      const third = ask(queue);
      await pass(clock, 59_999);
      assert.equal(third.place, null);
      await pass(clock, 1);
      assert.ok(third.place !== null);
    });

    for (const [what, jump] of [['back', -86_400_000], ['forward', 86_400_000]] as const) {
      it(`keeps nobody waiting for longer than a minute when the clock is set ${what}`, async () => {
        const clock = { time: 1_000_000_000 };
        const queue = queueOf({ concurrency: 10, requestsPerMinute: 1, tokensPerMinute: 10 }, clock);
        (await queue.enter(never, nobody))({ rateLimited: false, tokens: 50 });
        clock.time += jump;
        const second = ask(queue);
        await pass(clock, 60_000);
        assert.ok(second.place !== null);
      });
    }

    it('is left by who is cancelled while it waits for the rate, and keeps no timer for nobody', async () => {
      const clock = { time: 5000 };
      const queue = queueOf({ concurrency: 10, requestsPerMinute: 1 }, clock);
      (await queue.enter(never, nobody))(went);
      const controller = new AbortController();
      const second = ask(queue, controller.signal);
      controller.abort(new Error('enough'));
      await assert.rejects(second.promise, /enough/);
      await pass(clock, 60_000);
      assert.equal(await room(queue, 3), 1);
    });
  });
});
