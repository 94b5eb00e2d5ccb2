import assert from 'node:assert/strict';
import { tokenCounts, type TokenCounts } from './counter.ts';

describe('Counting tokens in a thread', () => {
  let counts: TokenCounts;
  beforeEach(() => void (counts = tokenCounts()));
  afterEach(async () => counts.close());

  it('counts as the encoding does, and says how sure it is', async () => {
    assert.deepEqual(await counts.count(['Write about paper clips', '', 'don’t'], 'o200k'), { id: 1, counts: [4, 0, 2], kind: 'exact' });
    assert.equal((await counts.count(['Hello'], 'a-model-of-nobody'))?.kind, 'estimate');
  });

  it('counts long texts in proportion, quickly', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(100_000);
    const { counts: [tokens], kind } = (await counts.count([text], 'o200k'))!;
    assert.equal(kind, 'estimate');
    assert.ok(Math.abs(tokens! / 1_000_000 - 1) < 0.02, String(tokens));
  });

  it('answers each question, however many are asked at once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => counts.count([' one'.repeat(index)], 'o200k')));
    assert.deepEqual(all.map((one) => one?.counts[0]), Array.from({ length: 50 }, (_, index) => index));
  });

  it('says nothing when the thread is gone, and starts another for the next question', async () => {
    const broken = tokenCounts(new URL('data:text/javascript,throw new Error("boom")'));
    assert.equal(await broken.count(['x'], 'o200k'), null);
    assert.equal(await broken.count(['x'], 'o200k'), null);
    const open = counts.count(['x'], 'o200k');
    await counts.close();
    assert.equal(await open, null);
    assert.equal((await counts.count(['x'], 'o200k'))?.counts[0], 1);
  });
});
