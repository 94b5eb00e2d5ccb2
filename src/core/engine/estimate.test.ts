import assert from 'node:assert/strict';
import { estimateCall, overBudget, refuseOverBudget } from './estimate.ts';
import { scriptedModel } from '../../../test/scripted-model.ts';
import { userMessage } from '../../../test/faults/drive.ts';
import type { Budget } from '../techniques/budget.ts';
import type { Model } from '../models/model.ts';
import type { RunRequest } from '../techniques/technique.ts';

function request(overrides: Partial<Model> = {}, config: RunRequest['config'] = {}): RunRequest {
  return { messages: [userMessage('one two three')], config, tools: [], purpose: 'answer', model: scriptedModel(() => '', overrides), sample: 0, parent: 0 };
}

describe('The estimate of a call', () => {
  it('is its prompt, and its longest answer where one is bounded', async () => {
    assert.deepEqual(await estimateCall(request()), { tokens: 3, usd: 3e-6 });
    assert.deepEqual(await estimateCall(request({}, { maxOutputTokens: 10 })), { tokens: 13, usd: 23e-6 });
    assert.deepEqual(await estimateCall(request({ config: { maxOutputTokens: 10 } })), { tokens: 13, usd: 23e-6 });
    assert.deepEqual(await estimateCall(request({ config: { maxOutputTokens: 10 } }, { maxOutputTokens: 1 })), { tokens: 4, usd: 5e-6 });
  });

  it('is unknown in dollars where the price is, and nothing where the model is free', async () => {
    assert.deepEqual([(await estimateCall(request({ price: null }))).usd, (await estimateCall(request({ price: { input: 0, output: 0 } }))).usd], [null, 0]);
  });

  it('takes the price of long prompts for long prompts', async () => {
    assert.equal((await estimateCall(request({ price: { input: 1, output: 2, above: { inputTokens: 2, input: 10, output: 20 } } }))).usd, 30e-6);
  });
});

describe('A budget', () => {
  const rows: readonly (readonly [what: string, budget: Budget, tokens: number, usd: number | null, says: RegExp | null])[] = [
    ['without amounts', {}, 1e9, 1e9, null],
    ['of tokens that are enough', { tokens: 100 }, 100, null, null],
    ['of tokens that are too few', { tokens: 100 }, 101, null, /^This would take at least 101 tokens, and the budget of this run is 100\. Nothing was sent\.$/],
    ['of money that is enough', { cost: 0.05 }, 5, 0.05, null],
    ['of money that is too little', { cost: 0.05 }, 5, 0.0501, /^This would cost at least \$0\.05, and the budget of this run is \$0\.05\. Nothing was sent\.$/],
    ['of very little money', { cost: 0.00001 }, 5, 0.000123, /at least \$0\.00012, and the budget of this run is \$0\.000010\./],
    ['of no money for what is free', { cost: 0 }, 5, 0, null],
    ['of money where the price is unknown', { cost: 1 }, 5, null, /^The budget of this run is \$1\.00, but the price of fast is unknown, so it could not be held\. Nothing was sent\.$/],
    ['of tokens where the price is unknown', { tokens: 10 }, 5, null, null],
    ['of both, held by one', { cost: 1, tokens: 4 }, 5, 0.5, /at least 5 tokens/],
  ];
  for (const [what, budget, tokens, usd, says] of rows) {
    it(what, () => {
      const refused = overBudget({ tokens, usd }, budget, { scope: 'this run', model: 'fast' });
      if (says === null) return assert.equal(refused, null);
      assert.deepEqual([refused?.code, refused?.hint !== null], ['budget', true]);
      assert.match(refused!.message, says);
    });
  }

  it('of a cell is held against its first call, and asks for no count where there is none', async () => {
    assert.equal(await refuseOverBudget(undefined, { request: request({ countTokens: () => assert.fail('It counted.') }), scope: 'cell a' }), null);
    assert.equal(await refuseOverBudget({}, { request: request({ countTokens: () => assert.fail('It counted.') }), scope: 'cell a' }), null);
    assert.equal(await refuseOverBudget({ tokens: 3 }, { request: request(), scope: 'cell a' }), null);
    assert.match((await refuseOverBudget({ tokens: 2 }, { request: request(), scope: 'cell a' }))!.message, /the budget of cell a is 2/);
  });
});
