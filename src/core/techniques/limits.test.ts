import assert from 'node:assert/strict';
import { limits } from './limits.ts';
import { parseOption } from '../../../test/parse-option.ts';

describe('The option limits', () => {
  it('reads what may be limited', () => {
    assert.deepEqual(parseOption(limits, '{ calls: 3, steps: 5, tokens: 1000, cost: 0.05, seconds: 2.5 }'), { value: { calls: 3, steps: 5, tokens: 1000, cost: 0.05, seconds: 2.5 }, problems: [] });
    assert.deepEqual(parseOption(limits, '{ calls: 0, seconds: 0, x-why: test }'), { value: { calls: 0, seconds: 0 }, problems: [] });
  });

  const wrong: readonly (readonly [yaml: string, says: RegExp])[] = [
    ['3', /must be a map with `calls`, `steps`, `tokens`, `cost` or `seconds`/], ['{ call: 3 }', /has no `call`\. Did you mean `calls`\?/], ['{ calls: 1.5 }', /`limits\.calls` must be a whole number/], ['{ tokens: -1 }', /0 or more/],
    ['{ seconds: soon }', /`limits\.seconds` must be a number, not `soon`/], ['{ cost: $5 }', /`limits\.cost` must be a number/], ['{ steps: .nan }', /whole number/], ['{ minutes: 5 }', /has no `minutes`/],
  ];
  for (const [yaml, says] of wrong) it(`has a problem with ${yaml}`, () => assert.match(parseOption(limits, yaml).problems.join('\n'), says));

  it('keeps what is right beside what is wrong', () => assert.deepEqual(parseOption(limits, '{ calls: 3, tokens: many }').value, { calls: 3 }));
});
