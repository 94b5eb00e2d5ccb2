import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonDepth } from './json-depth.ts';
import type { Json } from '../json.ts';

describe('How deep JSON nests', () => {
  const rows: readonly (readonly [text: string, depth: number])[] = [
    ['', 0], ['7', 0], ['"[[["', 0], ['[]', 1], ['{"a": [1, {"b": "]]]"}]}', 3], ['[[]][[[]]]', 3], [']]][[', 0], ['"\\"["', 0], ['"\\\\"[', 1], ['[[[', 3], ['not JSON (at) all', 0],
  ];
  for (const [text, depth] of rows) it(`${JSON.stringify(text)} is ${depth}`, () => assert.equal(jsonDepth(text), depth));

  const depthOf = (value: Json): number => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0);

  it('is that of the value', () => {
    fc.assert(fc.property(fc.jsonValue({ depthSize: 'small' }), fc.constantFrom(0, 1), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.equal(jsonDepth(text), depthOf(JSON.parse(text) as Json));
    }), { numRuns: 200 });
  });
});
