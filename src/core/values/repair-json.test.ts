import assert from 'node:assert/strict';
import { maxRepair, repairJson } from './repair-json.ts';
import type { Json } from '../json.ts';

describe('Broken JSON', () => {
  const mended: readonly (readonly [text: string, value: Json])[] = [
    ['{"a": 1}', { a: 1 }],
    ['{"a": 1,}', { a: 1 }],
    ['[1, 2,]', [1, 2]],
    ['{"a": 1 "b": 2}', { a: 1, b: 2 }],
    ["{'a': 'it\\'s'}", { a: "it's" }],
    ['{a: "x", b-c: 1}', { a: 'x', 'b-c': 1 }],
    ['{“a”: “b”}', { a: 'b' }],
    ['{"a": True, "b": False, "c": None}', { a: true, b: false, c: null }],
    ['{"a": 1 // one\n, /* two */ "b": 2}', { a: 1, b: 2 }],
    ['{"a": [1, {"b": "x', { a: [1, { b: 'x' }] }],
    ['{"a": "line\nend\ttab"}', { a: 'line\nend\ttab' }],
    ['{"a": "he said "hi" to me"}', { a: 'he said "hi" to me' }],
    ['{"a": "NaN", "b": "...", "c": ["Infinity, ..."]}', { a: 'NaN', b: '...', c: ['Infinity, ...'] }],
    ['{"__proto__": 1,}', JSON.parse('{"__proto__": 1}') as Json],
  ];
  for (const [text, value] of mended) {
    it(`is mended: ${JSON.stringify(text)}`, async () => {
      const read = await repairJson(text);
      assert.ok('value' in read, JSON.stringify(read));
      assert.deepEqual(read.value, value);
      assert.deepEqual(JSON.parse(read.text), value);
    });
  }

  const left: readonly (readonly [text: string, problem: RegExp])[] = [
    ['{"a": NaN}', /NaN is no number in JSON/],
    ['[1, -Infinity]', /-Infinity is no number in JSON/],
    ['{"a": Infinity,}', /Infinity is no number/],
    ['[1, 2, ...]', /"\.\.\." stands in it for something left out/],
    ['[…, 2]', /left out/],
    ['{"a": 1, ...}', /left out/],
    ['{...}', /left out/],
    ['{"a": +5}', /cannot be repaired/],
    ['', /cannot be repaired/],
    [`{"a": "${'x'.repeat(maxRepair)}"`, /with 30008 characters too long to be repaired/],
    ['['.repeat(501), /nested more than 500 levels deep/],
  ];
  for (const [text, problem] of left) {
    it(`stays broken: ${JSON.stringify(text).slice(0, 40)}`, async () => {
      const read = await repairJson(text);
      assert.match('problem' in read ? read.problem : JSON.stringify(read), problem);
    });
  }
});
