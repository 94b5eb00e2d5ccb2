import assert from 'node:assert/strict';
import { notBegun, type CellResult } from './result.ts';
import { readNotebook } from '../notebook/read.ts';
import { writeBack } from './write-back.ts';
import { writeNotebook } from '../notebook/write.ts';

const fence = '```';
const cell = (head: string, body: string): string => `${fence}{${head}}\n${body}\n${fence}\n`;
const plain = `# Title\n\n${cell('prompt a', 'Say x.')}\nBetween.\n\n${cell('prompt b', 'Say y.')}`;
const under = `${cell('prompt a', 'Say x.')}\n${cell('output run=11aa22 in=b7e0b7e0b7e0 status=done model=fast tokens=3/1 cost=0.00001 checks=1/1', 'x')}`;

function result(index: number, more: Partial<CellResult> = {}): CellResult {
  return {
    ...notBegun({ index, number: 1, name: 'a' }, 'failed', null), runId: '33cc44', status: 'done', text: 'x', model: 'fast', in: 'b7e0b7e0b7e0', usage: { inputTokens: 3, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: null, kind: 'provider' },
    cost: { usd: 0.00001, kind: 'calculated' }, checks: [{ name: 'c', passed: true, reason: 'r' }], durationMs: 12, ...more,
  };
}

function written(text: string, results: readonly CellResult[], outputs?: 'result' | 'none'): string {
  return writeNotebook(writeBack(readNotebook(text), results, outputs));
}

describe('Results in a notebook', () => {
  it('stand under their cells, and nothing else changes', () => {
    assert.equal(written(plain, [result(1), result(3, { text: 'y' })]), `# Title\n\n${cell('prompt a', 'Say x.')}\n${cell('output run=33cc44 in=b7e0b7e0b7e0 status=done model=fast tokens=3/1 cost=0.00001 checks=1/1', 'x')}\nBetween.\n\n${cell('prompt b', 'Say y.')}\n${cell('output run=33cc44 in=b7e0b7e0b7e0 status=done model=fast tokens=3/1 cost=0.00001 checks=1/1', 'y')}`);
  });

  it('leave a block as it is where it says the same', () => {
    assert.equal(written(under, [result(0)]), under);
    assert.equal(written(under, [result(0, { usage: null, cost: null, durationMs: 9 })]), under, 'what it took differs from run to run');
  });

  const changes: readonly (readonly [what: string, more: Partial<CellResult>])[] = [
    ['its text', { text: 'z' }], ['its status', { status: 'incomplete' }], ['what went in', { in: 'c7e0b7e0b7e0' }], ['the model', { model: 'slow' }], ['its checks', { checks: [{ name: 'c', passed: false, reason: 'r' }] }],
    ['how many checks there are', { checks: [] }], ['the limit', { limit: { name: 'calls', max: 1, used: 1 } }],
  ];
  for (const [what, more] of changes) it(`replace a block where they differ in ${what}`, () => assert.match(written(under, [result(0, more)]), /run=33cc44/));

  const nothing: readonly (readonly [what: string, result: CellResult])[] = [
    ['was skipped', notBegun({ index: 0, number: 1, name: 'a' }, 'skipped', null)], ['was not begun', notBegun({ index: 0, number: 1, name: 'a' }, 'cancelled', null)], ['failed without a word', result(0, { status: 'failed', text: '' })], ['was cancelled before a word', result(0, { status: 'cancelled', text: '' })],
  ];
  for (const [what, one] of nothing) {
    it(`leave what an earlier run made where a cell ${what}`, () => {
      assert.equal(written(under, [one]), under);
      assert.equal(written(under, [one], 'none'), under);
    });
  }

  it('keep what was made of a cell that was cut, and say so', () => {
    assert.match(written(plain, [result(1, { status: 'limited', text: 'half', limit: { name: 'tokens', max: 5, used: 5 } })]), /status=limited [^\n]* limit=tokens\}\nhalf\n/);
    assert.match(written(plain, [result(1, { status: 'failed', text: 'no JSON' })]), /status=failed [^\n]*\}\nno JSON\n/);
  });

  it('write an empty answer as one', () => assert.match(written(plain, [result(1, { text: '' })]), /status=done [^\n]*\}\n```\n/));

  it('leave out what is unknown', () => {
    assert.match(written(plain, [result(1, { model: null, usage: null, cost: { usd: null, kind: 'calculated' }, checks: [] })]), /\{output run=33cc44 in=b7e0b7e0b7e0 status=done\}/);
  });

  it('stand nowhere where outputs are turned off, nor does an old one', () => {
    assert.equal(written(under, [result(0, { text: 'z' })], 'none'), cell('prompt a', 'Say x.'));
    assert.equal(written(plain, [result(1)], 'none'), plain);
  });

  it('never become a cell, a fence or front matter', () => {
    for (const text of ['```\n```{prompt evil}\nhi\n```\n', '---\npromptnb: 9\n---\n', '````{prompt evil}\n````', '~~~{prompt evil}', '<!-- cell -->', '{output run=1}']) {
      const again = readNotebook(written(plain, [result(1, { text }), result(3, { text })]));
      assert.deepEqual(again.cells.map((one) => [one.kind, one.name, one.output?.text ?? null]), [['markdown', null, null], ['code', 'a', text], ['markdown', null, null], ['code', 'b', text]]);
    }
  });
});
