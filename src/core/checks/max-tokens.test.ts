import assert from 'node:assert/strict';
import { countingModel, problemsOf, verdict } from '../../../test/checks/run-check.ts';
import type { Model } from '../models/model.ts';

describe('max_tokens', () => {
  const rows: readonly (readonly [item: string, answer: string, passed: boolean])[] = [
    ['max_tokens: 3', 'one two three', true],
    ['max_tokens: 3', 'one two three four', false],
    ['max_tokens: 1', '', true],
  ];
  for (const [item, answer, passed] of rows) it(`- ${item} on ${JSON.stringify(answer)} is ${passed}`, async () => assert.equal((await verdict(item, answer)).passed, passed));

  it('says how many there are, and whether that is an estimate', async () => {
    assert.match((await verdict('max_tokens: 1', 'one two')).reason, /has 2 tokens, and at most 1 are allowed/);
    assert.match((await verdict('max_tokens: 1', 'one two', { model: countingModel('estimate') })).reason, /has about 2 tokens/);
  });

  it('does not count a text that is too long by far', async () => {
    const model = { countTokens: () => Promise.reject(new Error('must not be asked')) } as unknown as Model;
    assert.match((await verdict('max_tokens: 10', 'x'.repeat(10_000_000), { model })).reason, /10000000 characters/);
  });

  for (const item of ['max_tokens: 0', 'max_tokens: -1', 'max_tokens: 1.5', 'max_tokens: many', 'max_tokens:', 'max_tokens: "5"', 'max_tokens: [5]']) {
    it(`- ${item} is a problem`, () => assert.match(problemsOf(item)[0] ?? '', /whole number of 1 or more/));
  }
});
