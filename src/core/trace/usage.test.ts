import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addCost, addUsage, costOf, ratesOf } from './usage.ts';
import type { Cost } from './event.ts';
import type { CountKind, Price, Usage } from '../models/model.ts';

const kinds: readonly CountKind[] = ['provider', 'exact', 'calibrated', 'estimate'];
const count = fc.option(fc.nat(1_000_000));
const usages = fc.record<Usage>({ inputTokens: count, outputTokens: count, cachedInputTokens: count, reasoningTokens: count, kind: fc.constantFrom(...kinds) });
// Halves and quarters of dollars, whose sums are exact.
const costs = fc.record<Cost>({ usd: fc.option(fc.nat(10_000).map((n) => n / 64)), kind: fc.constantFrom('provider', 'calculated', 'estimate') });

describe('Sums of usage', () => {
  it('do not depend on the order, nor on how they are put together', () =>
    fc.assert(
      fc.property(fc.option(usages), fc.option(usages), fc.option(usages), (a, b, c) => {
        assert.deepEqual(addUsage(a, b), addUsage(b, a));
        assert.deepEqual(addUsage(addUsage(a, b), c), addUsage(a, addUsage(b, c)));
        assert.deepEqual(addUsage(a, null), a);
      }),
    ));

  it('add what is known, and stay unknown only where nothing is', () =>
    fc.assert(
      fc.property(fc.array(usages, { minLength: 1 }), (all) => {
        const sum = all.reduce<Usage | null>(addUsage, null)!;
        for (const field of ['inputTokens', 'outputTokens', 'cachedInputTokens', 'reasoningTokens'] as const) {
          const known = all.map((usage) => usage[field]).filter((value) => value !== null);
          assert.equal(sum[field], known.length === 0 ? null : known.reduce((total, value) => total + value, 0));
        }
      }),
    ));

  it('are of the weakest kind among their parts', () =>
    fc.assert(
      fc.property(fc.array(usages, { minLength: 1 }), (all) => {
        const weakest = Math.max(...all.map((usage) => kinds.indexOf(usage.kind)));
        assert.equal(all.reduce<Usage | null>(addUsage, null)!.kind, kinds[weakest]);
      }),
    ));
});

describe('Sums of cost', () => {
  it('do not depend on the order, and are unknown as soon as a part is', () =>
    fc.assert(
      fc.property(fc.array(costs, { minLength: 1 }), (all) => {
        const sum = all.reduce<Cost | null>(addCost, null)!;
        assert.deepEqual(sum, all.toReversed().reduce<Cost | null>(addCost, null));
        const known = all.map((cost) => cost.usd);
        assert.equal(sum.usd, known.includes(null) ? null : known.reduce<number>((total, usd) => total + usd!, 0));
        const order = ['provider', 'calculated', 'estimate'] as const;
        assert.equal(sum.kind, order[Math.max(...all.map((cost) => order.indexOf(cost.kind)))]);
      }),
    ));
});

describe('The cost of a usage', () => {
  const price: Price = { input: 2, cachedInput: 0.5, output: 10 };
  const used = (inputTokens: number | null, outputTokens: number | null, more: Partial<Usage> = {}): Usage => ({ inputTokens, outputTokens, cachedInputTokens: null, reasoningTokens: null, kind: 'provider', ...more });
  const rows: readonly (readonly [what: string, usage: Usage | null, price: Price | null, cost: Cost])[] = [
    ['tokens times price', used(1_000_000, 100_000), price, { usd: 3, kind: 'calculated' }],
    ['cached input at its own price', used(1_000_000, 0, { cachedInputTokens: 500_000 }), price, { usd: 1.25, kind: 'calculated' }],
    ['cached input at the usual price where there is none of its own', used(1_000_000, 0, { cachedInputTokens: 500_000 }), { input: 2, output: 10 }, { usd: 2, kind: 'calculated' }],
    ['more cached than there was', used(100, 0, { cachedInputTokens: 500 }), { input: 2, cachedInput: 1, output: 10 }, { usd: 0.0001, kind: 'calculated' }],
    ['reasoning is in the output already', used(0, 1_000_000, { reasoningTokens: 900_000 }), price, { usd: 10, kind: 'calculated' }],
    ['of counts by our tokenizer, exact', used(1_000_000, 0, { kind: 'exact' }), price, { usd: 2, kind: 'calculated' }],
    ['of counts that are scaled', used(1_000_000, 0, { kind: 'calibrated' }), price, { usd: 2, kind: 'estimate' }],
    ['of counts that are guesses', used(1_000_000, 0, { kind: 'estimate' }), price, { usd: 2, kind: 'estimate' }],
    ['without a price', used(1, 1), null, { usd: null, kind: 'calculated' }],
    ['without a usage', null, price, { usd: null, kind: 'calculated' }],
    ['without the input', used(null, 5), price, { usd: null, kind: 'calculated' }],
    ['without the output', used(5, null), price, { usd: null, kind: 'calculated' }],
    ['what is free is free, whatever was used', null, { input: 0, output: 0 }, { usd: 0, kind: 'calculated' }],
    ['a prompt up to the bound', used(200_000, 0), { input: 1, output: 1, above: { inputTokens: 200_000, input: 2, output: 3 } }, { usd: 0.2, kind: 'calculated' }],
    ['a prompt beyond it, as a whole, its answer too', used(300_000, 100_000), { input: 1, output: 1, above: { inputTokens: 200_000, input: 2, output: 3 } }, { usd: 0.9, kind: 'calculated' }],
    ['its cached part at that price', used(400_000, 0, { cachedInputTokens: 400_000 }), { input: 1, cachedInput: 0.5, output: 1, above: { inputTokens: 200_000, input: 2, cachedInput: 1, output: 3 } }, { usd: 0.4, kind: 'calculated' }],
  ];
  for (const [what, usage, given, cost] of rows) it(what, () => assert.deepEqual(costOf(usage, given), cost));

  it('takes the higher prices beyond the bound only', () => {
    const tiers: Price = { input: 1, output: 2, above: { inputTokens: 10, input: 3, output: 4 } };
    assert.deepEqual([ratesOf(tiers, 10).input, ratesOf(tiers, 11).input, ratesOf({ input: 1, output: 2 }, 1e9).output], [1, 3, 2]);
  });
});
