import assert from 'node:assert/strict';
import { dollars, statusParts, type CellStatus } from './cell-status.ts';

const poem: CellStatus = {
  name: 'poem', model: { id: 'gpt-4.1-mini', from: 'picked' }, tokens: { count: 38, kind: 'estimate' }, contextWindow: 1_047_576, price: { input: 0.4, output: 1.6 }, maxOutputTokens: null,
  facts: { unknown: [], result: 'none', staleBelow: null },
};
const texts = (status: Partial<CellStatus>): readonly string[] => statusParts({ ...poem, ...status }).map((part) => part.text);

describe('The line under a cell', () => {
  it('tells name, model, tokens and their share of the context, and cost', () => {
    assert.deepEqual(texts({}), ['poem', 'gpt-4.1-mini', '≈ 38 tokens · < 0.1 % of context', '≈ $0.00002']);
  });

  for (const [what, status, expected] of [
    ['a data cell', { model: null, tokens: { count: 1, kind: 'exact' }, contextWindow: null, price: null, facts: null }, ['poem', '1 token']],
    ['a cell without a name', { name: null, tokens: null }, ['Name…', 'gpt-4.1-mini']],
    ['a model that costs nothing', { price: { input: 0, output: 0 } }, ['poem', 'gpt-4.1-mini', '≈ 38 tokens · < 0.1 % of context']],
    ['an unknown price and context', { price: null, contextWindow: null, tokens: { count: 12_345, kind: 'exact' } }, ['poem', 'gpt-4.1-mini', '12,345 tokens']],
    ['half of a small context', { contextWindow: 8192, tokens: { count: 4096, kind: 'exact' }, price: null }, ['poem', 'gpt-4.1-mini', '4,096 tokens · 50 % of context']],
    ['a part that is not known yet', { facts: { unknown: ['topic'], result: 'none', staleBelow: null }, tokens: { count: 9, kind: 'exact' }, price: null, contextWindow: null }, ['poem', 'gpt-4.1-mini', '≈ 9 tokens']],
    ['a stale result', { price: null, tokens: null, facts: { unknown: [], result: 'stale', staleBelow: null } }, ['poem', 'gpt-4.1-mini', 'stale']],
    ['a result that stands on a stale one', { price: null, tokens: null, facts: { unknown: [], result: 'stale', staleBelow: 'topic' } }, ['poem', 'gpt-4.1-mini', 'stale: topic is']],
  ] as const satisfies readonly (readonly [string, Partial<CellStatus>, readonly string[]])[]) {
    it(`tells of ${what}`, () => assert.deepEqual(texts(status), expected));
  }

  it('says how each number came about', () => {
    const [name, model, tokens, cost] = statusParts({ ...poem, maxOutputTokens: 100, facts: { unknown: ['topic'], result: 'none', staleBelow: null } }).map((part) => part.tooltip);
    assert.match(name!, /\{\{poem\}\}/);
    assert.match(model!, /picked for this notebook/);
    assert.match(tokens!, /38 tokens.*\nAn estimate[^]*\{\{topic\}\}[^]*1,047,576/);
    assert.match(cost!, /38 tokens at \$0\.4 per million[^]*at most \$0\.00016 for 100 tokens/);
  });

  it('shows dollars with the digits that count', () => {
    assert.deepEqual([0, 0.000001, 0.00018, 0.0099, 0.01, 1.234].map(dollars), ['$0', '< $0.00001', '$0.00018', '$0.00990', '$0.01', '$1.23']);
  });
});
