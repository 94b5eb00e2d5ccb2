import assert from 'node:assert/strict';
import { money, seconds, summaryParts, tokens, type Summarized } from './summary.ts';
import type { Usage } from '../models/model.ts';

const usage: Usage = { inputTokens: 1061, outputTokens: 46, cachedInputTokens: 0, reasoningTokens: null, kind: 'provider' };
const run: Summarized = { status: 'done', model: 'fast', usage, cost: { usd: 0.00008, kind: 'calculated' }, durationMs: 812, checks: [], source: 'live', calls: 1, attempts: 1 };

describe('The summary line', () => {
  const lines: readonly (readonly [what: string, run: Partial<Summarized>, line: string])[] = [
    ['of a plain run', {}, 'fast · 1,061 → 46 tokens · $0.00008 · 812 ms · live'],
    ['names every status but done', { status: 'limited' }, 'limited · fast · 1,061 → 46 tokens · $0.00008 · 812 ms · live'],
    ['counts calls, checks and attempts where there are several', { calls: 4, attempts: 2, checks: [{ name: 'a', passed: true, reason: '' }, { name: 'b', passed: null, reason: '' }] }, 'fast · 1,061 → 46 tokens · $0.00008 · 4 calls · 812 ms · checks 1/2 · 2 attempts · live'],
    ['tells cached input', { usage: { ...usage, cachedInputTokens: 1000 } }, 'fast · 1,061 → 46 tokens · 1,000 cached · $0.00008 · 812 ms · live'],
    ['leaves out what is unknown', { usage: null, cost: null, durationMs: null, model: null, source: null }, ''],
    ['says that a price is unknown', { cost: { usd: null, kind: 'calculated' } }, 'fast · 1,061 → 46 tokens · cost unknown · 812 ms · live'],
    ['says no more of a cached answer than that it is one', { calls: 0, source: 'cache', usage: { ...usage, inputTokens: 0, outputTokens: 0 }, cost: { usd: 0, kind: 'calculated' }, durationMs: 2 }, 'fast · 2 ms · cached'],
    ['tells what came besides the cache', { source: 'mixed', calls: 1 }, 'fast · 1,061 → 46 tokens · $0.00008 · 812 ms · partly cached'],
    ['of a replay', { source: 'replay' }, 'fast · 1,061 → 46 tokens · $0.00008 · 812 ms · replayed'],
    ['of a skipped cell', { status: 'skipped', model: null, usage: null, cost: null, durationMs: null, source: null, calls: 0, attempts: 0 }, 'skipped'],
  ];
  for (const [what, given, line] of lines) it(what, () => assert.equal(summaryParts({ ...run, ...given }).join(' · '), line));

  const amounts: readonly (readonly [usd: number | null, text: string])[] = [
    [null, 'cost unknown'], [0, '$0'], [0.00008, '$0.00008'], [0.0000083, '$0.0000083'], [0.00000001, '$0.00000001'], [0.0123, '$0.012'], [0.5, '$0.50'], [0.999, '$1.00'], [1.2, '$1.20'], [1234.5, '$1234.50'], [0.001, '$0.001'], [0.1, '$0.10'], [1e-15, '$0.00'],
  ];
  for (const [usd, text] of amounts) it(`writes ${usd ?? 'an unknown amount'} as ${text}`, () => assert.equal(money({ usd, kind: 'calculated' }), text));

  it('marks estimates', () => {
    assert.equal(money({ usd: 0.02, kind: 'estimate' }), '~$0.02');
    assert.equal(money({ usd: 0.02, kind: 'provider' }), '$0.02');
    for (const kind of ['estimate', 'calibrated'] as const) assert.equal(tokens({ ...usage, kind }), '~1,061 → 46 tokens');
    assert.equal(tokens({ ...usage, kind: 'exact', inputTokens: null }), '? → 46 tokens');
  });

  it('writes times', () => {
    for (const [ms, text] of [[0, '0 ms'], [999.4, '999 ms'], [999.6, '1.0 s'], [1500, '1.5 s'], [59_949, '59.9 s'], [59_960, '1 min 0 s'], [61_000, '1 min 1 s'], [3_600_000, '60 min 0 s']] as const) assert.equal(seconds(ms), text);
  });
});
