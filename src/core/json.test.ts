import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonicalJson, isObject, ownProperty, type Json } from './json.ts';

describe('A JSON value', () => {
  const objects: readonly (readonly [value: Json | undefined, is: boolean])[] = [[{}, true], [{ a: 1 }, true], [[], false], [null, false], [undefined, false], ['x', false], [0, false], [true, false]];
  for (const [value, is] of objects) it(`${JSON.stringify(value)} is ${is ? 'an' : 'no'} object`, () => assert.equal(isObject(value), is));

  const properties: readonly (readonly [value: Json | undefined, key: string, found: Json | undefined])[] = [
    [{ a: 1 }, 'a', 1],
    [{ a: null }, 'a', null],
    [{ a: 1 }, 'b', undefined],
    [{}, '__proto__', undefined],
    [{}, 'constructor', undefined],
    [{}, 'toString', undefined],
    [JSON.parse('{"__proto__": 1}') as Json, '__proto__', 1],
    [['x', 'y'], '0', 'x'],
    [['x', 'y'], '1', 'y'],
    [Array.from({ length: 101 }, (_, index) => index), '100', 100],
    [['x', 'y'], '2', undefined],
    [['x', 'y'], '01', undefined],
    [['x', 'y'], '-1', undefined],
    [['x', 'y'], '1.0', undefined],
    [['x', 'y'], '1e0', undefined],
    [['x', 'y'], ' 1', undefined],
    [['x', 'y'], '', undefined],
    [['x', 'y'], 'length', undefined],
    [['x', 'y'], 'map', undefined],
    ['text', '0', undefined],
    ['text', 'length', undefined],
    [null, 'a', undefined],
    [undefined, 'a', undefined],
    [7, 'toFixed', undefined],
  ];
  for (const [value, key, found] of properties) it(`${JSON.stringify(value)} has under ${JSON.stringify(key)} ${JSON.stringify(found)}`, () => assert.deepEqual(ownProperty(value, key), found));

  describe('in one form only', () => {
    it('says the same whatever the order of keys', () => {
      assert.equal(canonicalJson({ b: 1, a: { d: [{ z: 1, y: 2 }], c: null } }), '{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}');
      assert.equal(canonicalJson({ 10: 1, 9: 2, a: 3 }), canonicalJson({ a: 3, 9: 2, 10: 1 }));
      assert.equal(canonicalJson({ a: undefined, b: [undefined] }), '{"b":[null]}');
    });

    it('keeps a key `__proto__`', () => assert.equal(canonicalJson(JSON.parse('{"b": 1, "__proto__": {"d": 1, "c": 2}}')), '{"__proto__":{"c":2,"d":1},"b":1}'));

    it('is JSON of the same value, and differs where values differ', () => {
      const value = fc.jsonValue({ noUnicodeString: false, depthSize: 'small', maxDepth: 3 });
      fc.assert(fc.property(value, fc.option(value, { nil: undefined }), (a, b) => {
        const text = JSON.stringify(a);
        assert.deepEqual(JSON.parse(canonicalJson(a)), JSON.parse(text));
        const reversed = JSON.parse(text, (_key, inner: Json) => (isObject(inner) ? Object.fromEntries(Object.entries(inner).reverse()) : inner)) as Json;
        assert.equal(canonicalJson(reversed), canonicalJson(a));
        const other = b === undefined ? reversed : (JSON.parse(JSON.stringify(b)) as Json);
        assert.equal(canonicalJson(a) === canonicalJson(other), isDeepStrictEqual(JSON.parse(text), other));
      }), { numRuns: 150 });
    });
  });
});
