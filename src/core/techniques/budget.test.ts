import assert from 'node:assert/strict';
import { budget, type Budget } from './budget.ts';
import { parseOption } from '../../../test/parse-option.ts';

describe('The option budget', () => {
  const rows: readonly (readonly [yaml: string, value: Budget])[] = [
    ['$0.05', { cost: 0.05 }], ['0.05', { cost: 0.05 }], ['"$0.05"', { cost: 0.05 }], ['$ 2', { cost: 2 }], ['.5', { cost: 0.5 }], ['$.5', { cost: 0.5 }], ['0', { cost: 0 }], ['0.05 USD', { cost: 0.05 }], ['3', { cost: 3 }],
    ['2000 tokens', { tokens: 2000 }], ['1 token', { tokens: 1 }], ['20_000 tokens', { tokens: 20_000 }], ['20,000 tokens', { tokens: 20_000 }], ['0 tokens', { tokens: 0 }],
    ['{ cost: 0.05 }', { cost: 0.05 }], ['{ cost: $0.05, tokens: 2000 }', { cost: 0.05, tokens: 2000 }], ['{ tokens: 7 }', { tokens: 7 }], ['{ x-note: "mine" }', {}],
  ];
  for (const [yaml, value] of rows) it(`reads ${yaml}`, () => assert.deepEqual(parseOption(budget, yaml), { value, problems: [] }));

  for (const yaml of ['cheap', '-1', '$-1', '€5', '5 €', '[1]', 'null', 'true', '1e5', '.inf', '$', 'tokens', '2000 words', '1.5 tokens', '{ cost: cheap }', '{ tokens: 1.5 }', '{ tokens: -1 }', '{ price: 5 }', '{ cost: 20 tokens }']) {
    it(`has a problem with ${yaml}`, () => assert.equal(parseOption(budget, yaml).problems.length, 1));
  }
});
