import assert from 'node:assert/strict';
import { lookupPrice, providersOf, snapshotDate } from './prices.ts';
import { priceList } from './price-list.ts';

describe('The snapshot of prices and context windows', () => {
  it('says of which day it is', () => {
    assert.match(snapshotDate, /^20\d\d-\d\d-\d\d$/);
    assert.ok(!Number.isNaN(Date.parse(snapshotDate)));
  });

  const rows: readonly (readonly [name: string, contextWindow: number | undefined, input?: number, cachedInput?: number | undefined, output?: number])[] = [
    ['openai/gpt-4.1-mini', 1_047_576, 0.4, 0.1, 1.6],
    ['openai/gpt-4.1-mini-2025-04-14', 1_047_576, 0.4, 0.1, 1.6],
    ['openai/gpt-4', 8192, 30, undefined, 60],
    ['openai/gpt-4-0613', 8192, 30, undefined, 60],
    ['openai/gpt-4o-2024-05-13', 128_000, 5, undefined, 15],
    ['openai/gpt-4o-audio-preview', undefined],
    ['openai/gpt-4.1-minimal', undefined],
    ['openai/gpt-99', undefined],
    ['nobody/gpt-4.1', undefined],
    ['gpt-4.1', undefined],
    ['constructor/toString', undefined],
    ['', undefined],
  ];
  for (const [name, contextWindow, input, cachedInput, output] of rows) {
    it(`${JSON.stringify(name)} is ${contextWindow === undefined ? 'unknown' : 'known'}`, () => {
      const known = lookupPrice(name);
      assert.equal(known?.contextWindow, contextWindow);
      assert.deepEqual([known?.price.input, known?.price.cachedInput, known?.price.output], [input, cachedInput, output]);
    });
  }

  it('knows what costs more above a number of input tokens', () => {
    assert.deepEqual(lookupPrice('google/gemini-2.5-pro')?.price.above, { inputTokens: 200_000, input: 2.5, cachedInput: 0.25, output: 15 });
  });

  it('holds numbers that can be: windows are whole, cached input costs no more than input, more input no less', () => {
    for (const [provider, models] of Object.entries(priceList)) {
      for (const [model, [contextWindow, input, cachedInput, output, tier]] of Object.entries(models)) {
        const name = `${provider}/${model}`;
        assert.ok(Number.isSafeInteger(contextWindow) && contextWindow > 1000, name);
        assert.ok(input > 0 && output > 0 && (cachedInput === null || (cachedInput > 0 && cachedInput <= input)), name);
        assert.ok(tier === undefined || (tier[0] < contextWindow && tier[1] >= input && tier[3] >= output), name);
      }
    }
  });

  it('tells who has a model of this name', () => {
    assert.deepEqual(providersOf('gpt-4.1'), ['openai']);
    assert.deepEqual(providersOf('nothing'), []);
  });
});
