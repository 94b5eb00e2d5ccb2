import assert from 'node:assert/strict';
import { inTurn } from './in-turn.ts';

const never = new AbortController().signal;

describe('One at a time', () => {
  it('in the order of asking; leaving twice lets one in', async () => {
    const turn = inTurn();
    const order: number[] = [];
    const first = await turn(never);
    const others = [1, 2, 3].map(async (number) => {
      const leave = await turn(never);
      order.push(number);
      return leave;
    });
    first();
    first();
    const second = await others[0]!;
    await new Promise(setImmediate);
    assert.deepEqual(order, [1]);
    second();
    (await others[1]!)();
    (await others[2]!)();
    assert.deepEqual(order, [1, 2, 3]);
    (await turn(never))();
  });

  it('without whom the wait was ended, with the reason', async () => {
    const turn = inTurn();
    const leave = await turn(never);
    const controller = new AbortController();
    const ended = turn(controller.signal);
    const next = turn(never);
    controller.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
    await assert.rejects(turn(controller.signal), /enough/);
    leave();
    (await next)();
  });
});
