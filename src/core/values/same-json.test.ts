import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { sameJson } from './same-json.ts';
import type { Json } from '../json.ts';

describe('The same JSON', () => {
  const rows: readonly (readonly [left: Json, right: Json, same: boolean])[] = [
    [1, 1, true],
    [1, 1.0, true],
    [0, -0, true],
    [1, '1', false],
    [1, true, false],
    [null, null, true],
    [null, false, false],
    [null, {}, false],
    ['', [], false],
    [[], {}, false],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [{ a: 1, b: { c: [2] } }, { b: { c: [2] }, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: null }, {}, false],
    [{ a: { 0: 'x' } }, { a: ['x'] }, false],
    [{}, JSON.parse('{"__proto__": {}}') as Json, false],
    [JSON.parse('{"__proto__": 1}') as Json, JSON.parse('{"__proto__": 1}') as Json, true],
    [JSON.parse('{"__proto__": 1}') as Json, { constructor: 1 }, false],
    [{ constructor: 1 }, { toString: 1 }, false],
  ];
  for (const [left, right, same] of rows) {
    it(`${JSON.stringify(left)} and ${JSON.stringify(right)}: ${same}`, () => assert.deepEqual([sameJson(left, right), sameJson(right, left)], [same, same]));
  }

  it('is what is equal in depth', () => {
    const value = fc.jsonValue({ maxDepth: 3, depthSize: 'small' }).map((one) => JSON.parse(JSON.stringify(one)) as Json);
    fc.assert(fc.property(value, fc.option(value, { nil: undefined }), (a, b) => {
      const other = b === undefined ? (JSON.parse(JSON.stringify(a)) as Json) : b;
      assert.equal(sameJson(a, other), isDeepStrictEqual(a, other));
    }), { numRuns: 300 });
  });

  it('compares values of any depth', () => {
    const deep = (): Json => Array.from({ length: 100_000 }).reduce<Json>((inner) => [inner], 1);
    assert.equal(sameJson(deep(), deep()), true);
    assert.equal(sameJson(deep(), [deep()]), false);
  });

  describe('takes its work from somebody', () => {
    const work = (left: Json, right: Json): number => {
      let steps = 0;
      sameJson(left, right, (more) => {
        steps += more;
        return true;
      });
      return steps;
    };

    it('as much as there is to compare', () => {
      assert.ok(work('x'.repeat(1_000_000), `${'x'.repeat(999_999)}y`) >= 1000);
      assert.ok(work('x'.repeat(1_000_000), 'x') < 5);
      assert.ok(work(Array(1000).fill(1) as number[], Array(1000).fill(1) as number[]) >= 1000);
      assert.ok(work(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1])), {}) >= 1000);
    });

    it('even for the first step', () => assert.equal(sameJson('x', 'x', () => false), false));

    it('and ends where that says so, before the work is done', () => {
      let left = 10;
      const value = Array<Json>(1000).fill([1]);
      assert.equal(sameJson(value, [...value], (more) => (left -= more) >= 0), false);
    });
  });
});
