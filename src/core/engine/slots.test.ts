import assert from 'node:assert/strict';
import { createSlots } from './slots.ts';

describe('Slots', () => {
  for (const [count, most] of [[1, 1], [3, 3], [0, 1], [-5, 1]] as const) {
    it(`${count}: never more than ${most} at once, everybody in the order of asking`, async () => {
      const slots = createSlots(count);
      const order: number[] = [];
      let inside = 0;
      let seen = 0;
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const leave = await slots.enter();
          order.push(index);
          seen = Math.max(seen, (inside += 1));
          for (let turns = 0; turns < index % 5; turns++) await Promise.resolve();
          inside -= 1;
          leave();
        }),
      );
      assert.deepEqual([seen, order], [most, Array.from({ length: 20 }, (_, index) => index)]);
    });
  }

  it('are free again after ten thousand have waited', async () => {
    const slots = createSlots(2);
    let done = 0;
    await Promise.all(
      Array.from({ length: 10_000 }, async () => {
        const leave = await slots.enter();
        done += 1;
        leave();
      }),
    );
    assert.equal(done, 10_000);
    const [first, second] = await Promise.all([slots.enter(), slots.enter()]);
    let third = false;
    void slots.enter().then(() => (third = true));
    await new Promise(setImmediate);
    assert.equal(third, false);
    first();
    await new Promise(setImmediate);
    assert.equal(third, true);
    second();
  });
});
