import assert from 'node:assert/strict';
import { insertedText, jsonText, toLf } from './inserted-text.ts';
import type { Json } from '../json.ts';

describe('What a value looks like in a prompt', () => {
  const rows: readonly (readonly [value: Json, text: string])[] = [
    ['', ''],
    ['text as it is: {{x}} <b> "quoted"\t\\n', 'text as it is: {{x}} <b> "quoted"\t\\n'],
    ['a\r\nb\rc\nd\r\r\ne', 'a\nb\nc\nd\n\ne'],
    [null, ''],
    [0, '0'],
    [-1.5, '-1.5'],
    [1e21, '1e+21'],
    [true, 'true'],
    [false, 'false'],
    [[], '[]'],
    [{}, '{}'],
    [{ b: 1, a: [null, 'x\r\n"'] }, '{"b":1,"a":[null,"x\\r\\n\\""]}'],
  ];
  for (const [value, text] of rows) it(`${JSON.stringify(value)} is ${JSON.stringify(text)}`, () => assert.equal(insertedText(value), text));

  it('can be indented as JSON', () => {
    assert.equal(jsonText({ a: [1, 'x'] }, 2), '{\n  "a": [\n    1,\n    "x"\n  ]\n}');
    assert.equal(jsonText('x'), '"x"');
    assert.equal(jsonText(null), 'null');
  });

  it('has the line ends that models get', () => assert.deepEqual(['\r\n', '\r', '\n', '\r\r', 'a'].map(toLf), ['\n', '\n', '\n', '\n\n', 'a']));

  it('is no text where the value nests too deep', () => {
    let deep: Json = [];
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    assert.throws(() => insertedText(deep), RangeError);
  });
});
