import assert from 'node:assert/strict';
import { getPath, setOwn } from './path.ts';
import type { Json } from '../json.ts';

describe('A path into a value', () => {
  const order = JSON.parse('{"items": [{"name": "pins", "": 1}, null], "__proto__": {"x": "own"}, "length": "long", "0": "zero"}') as Json;
  const rows: readonly (readonly [path: readonly string[], found: Json | undefined])[] = [
    [[], order],
    [['items', '0', 'name'], 'pins'],
    [['items', '0', ''], 1],
    [['items', '1'], null],
    [['items', '2'], undefined],
    [['items', '-1'], undefined],
    [['items', '00'], undefined],
    [['items', '1', 'a'], undefined],
    [['items', 'length'], 2],
    [['items', '0', 'name', 'length'], undefined],
    [['items', '0', 'name', '0'], undefined],
    [['length'], 'long'],
    [['0'], 'zero'],
    [['__proto__', 'x'], 'own'],
    [['items', '__proto__'], undefined],
    [['items', 'constructor'], undefined],
    [['items', '0', '__proto__'], undefined],
    [['items', '0', 'constructor', 'prototype'], undefined],
    [['toString'], undefined],
    [['hasOwnProperty', 'call'], undefined],
  ];
  for (const [path, found] of rows) it(`${JSON.stringify(path)} is ${JSON.stringify(found)?.slice(0, 40)}`, () => assert.deepEqual(getPath(order, path), found));

  it('of any length takes no stack', () => assert.equal(getPath({}, Array<string>(1_000_000).fill('a')), undefined));

  it('is set as an own property, whatever its name', () => {
    const target: Record<string, Json> = {};
    for (const [index, key] of ['__proto__', 'constructor', 'a', '__proto__', '0'].entries()) setOwn(target, key, index);
    assert.equal(JSON.stringify(target), '{"0":4,"__proto__":3,"constructor":1,"a":2}');
    assert.equal(Object.getPrototypeOf(target), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(target, '__proto__'), { value: 3, writable: true, enumerable: true, configurable: true });
  });
});
