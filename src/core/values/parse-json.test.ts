import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonCandidates, parseJsonAnswer, type JsonSource } from './parse-json.ts';
import { isObject, type Json } from '../json.ts';

/** Whether every number in a value is one that JSON has. */
function isFinite(value: Json): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
}

describe('JSON in an answer', () => {
  const read: readonly (readonly [text: string, value: Json, how: JsonSource])[] = [
    ['{"a": 1}', { a: 1 }, 'exact'],
    [' \n{"a": 1}\n', { a: 1 }, 'exact'],
    ['\ufeff{"a": 1}', { a: 1 }, 'exact'],
    ['7', 7, 'exact'],
    ['null', null, 'exact'],
    ['"{\\"a\\": 1}"', '{"a": 1}', 'exact'],
    ['[1, 2]', [1, 2], 'exact'],
    ['{"__proto__": {"x": 1}}', JSON.parse('{"__proto__": {"x": 1}}') as Json, 'exact'],
    ['```json\n{"a": 1}\n```', { a: 1 }, 'fence'],
    ['Here you are:\n~~~\n[1]\n~~~\nDone [2].', [1], 'fence'],
    ['```\n7\n```', 7, 'fence'],
    ['```js\nlet x = {a: 1}\n```\n```json\n{"b": 2}\n```', { b: 2 }, 'fence'],
    ['```js\nlet x = {a: 1}\n```\n{"b": 2}', { b: 2 }, 'embedded'],
    ['Sure! {"a": 1} Bye.', { a: 1 }, 'embedded'],
    ['`{"a": 1}`', { a: 1 }, 'embedded'],
    ['{{"a": 1}}', { a: 1 }, 'embedded'],
    ['{"a": 1} {"b": 2}', { a: 1 }, 'embedded'],
    ['As in [1], and in [2, 3], it is {"a": 1}.', { a: 1 }, 'embedded'],
    ['See [1, 2].', [1, 2], 'embedded'],
    ['Set {a, b}, [see above], is {"a": [1]}', { a: [1] }, 'embedded'],
    ['{"text": "a { b"} and {"c": 1}', { text: 'a { b' }, 'embedded'],
    [`It is {${' '.repeat(300)}"a": 1}`, { a: 1 }, 'embedded'],
    ['First {a: 1}, then {"b": 2}.', { b: 2 }, 'embedded'],
    ["{'a': 'x', b: True, c: None}", { a: 'x', b: true, c: null }, 'repaired'],
    ['It is {“a”: “b”}.', { a: 'b' }, 'repaired'],
    ['```json\n{"a": 1\n```', { a: 1 }, 'repaired'],
    ['It is {"a": [1, {"b": "cut', { a: [1, { b: 'cut' }] }, 'repaired'],
    ['See [1]: {"a": 1,}', { a: 1 }, 'repaired'],
  ];
  for (const [text, value, how] of read) {
    it(`is read (${how}): ${JSON.stringify(text).slice(0, 70)}`, async () => assert.deepEqual(await parseJsonAnswer(text), { value, how }));
  }

  const missing: readonly (readonly [text: string, problem: RegExp])[] = [
    ['', /The answer is empty/],
    [' \n ', /The answer is empty/],
    ['I cannot say.', /There is no JSON in the answer/],
    ['The answer is 5.', /There is no JSON/],
    ['{', /There is no JSON/],
    ['Open it with {', /There is no JSON/],
    ['{a b c} [see above]', /There is no JSON/],
    ['{"a": NaN}', /NaN is no number in JSON/],
    ['{"a": 1e999}', /A number in the JSON is too large/],
    ['{"a": [1, -1e999,]}', /A number in the JSON is too large/],
    ['[1, 2, ...]', /left out/],
    ['{"a": +5}', /cannot be repaired/],
  ];
  for (const [text, problem] of missing) {
    it(`is not there: ${JSON.stringify(text)}`, async () => {
      const answer = await parseJsonAnswer(text);
      assert.match('problem' in answer ? answer.problem : JSON.stringify(answer), problem);
    });
  }

  const hasC = (value: Json): boolean => isObject(value) && Object.hasOwn(value, 'c');
  const fitting: readonly (readonly [text: string, value: Json, how: JsonSource])[] = [
    ['First {"a": 1}, then {"c": 2}, then {"c": 3}.', { c: 2 }, 'embedded'],
    ['```json\n{"a": 1}\n```\n```json\n{"c": 2}\n```', { c: 2 }, 'fence'],
    ['First {"a": 1}, then {c: 2}.', { c: 2 }, 'repaired'],
    ['{c: 1} {"c": 2}', { c: 2 }, 'embedded'],
    ['First {"a": 1}, then {"b": 2}.', { a: 1 }, 'embedded'],
    ['{"a": 1}', { a: 1 }, 'exact'],
  ];
  for (const [text, value, how] of fitting) {
    it(`is the first that fits, else the first: ${JSON.stringify(text)}`, async () => assert.deepEqual(await parseJsonAnswer(text, hasC), { value, how }));
  }

  it('is found between any words that hold no brackets', async () => {
    const words = fc.string({ unit: fc.constantFrom('a', ' ', '.', '\n', '"', "'", ',', ':', '1', '\\'), maxLength: 10 });
    const value = fc.jsonValue({ depthSize: 'small', maxDepth: 3 }).filter((one) => Array.isArray(one) ? one.length > 0 && !one.every((item) => typeof item === 'number') : isObject(one as Json));
    await fc.assert(fc.asyncProperty(words, value, words, fc.constantFrom(0, 1), async (before, one, after, indent) => {
      const text = JSON.stringify(one, null, indent);
      assert.deepEqual(await parseJsonAnswer(`${before} x ${text} x ${after}`), { value: JSON.parse(text) as Json, how: 'embedded' });
      assert.deepEqual(jsonCandidates(`x ${text} x`).map((candidate) => candidate.text), [text]);
    }), { numRuns: 200 });
  });

  it('never throws, whatever is answered', async () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', "'", ',', ':', 'a', '1', ' ', '\n', '\\', '```', '~~~\n', '…', '...', 'NaN', '1e999', '/*', '//', '“', 'true', 'None', '.5', '-');
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const answer = await parseJsonAnswer(pieces.join(''));
      if ('value' in answer) assert.ok(isFinite(answer.value));
      else assert.ok(answer.problem.length > 0);
    }), { numRuns: 1000 });
  });

  describe('that is hostile', () => {
    const { stackTraceLimit } = Error;
    before(() => void (Error.stackTraceLimit = 10));
    after(() => void (Error.stackTraceLimit = stackTraceLimit));

    const bounded: readonly (readonly [what: string, text: () => string, problem: RegExp])[] = [
      ['a million open lists', () => '['.repeat(1_000_000), /too long to be repaired/],
      ['a million open objects', () => '{"a":'.repeat(1_000_000), /too long to be repaired/],
      ['a million brackets that open no JSON', () => '[x '.repeat(1_000_000), /There is no JSON/],
      ['broken values without end', () => '{a: +5} '.repeat(100_000), /cannot be repaired/],
      ['a hundred thousand code fences', () => '```\nx\n```\n'.repeat(100_000), /There is no JSON/],
      ['a nesting too deep to be read', () => `${'['.repeat(600)}${']'.repeat(600)}`, /nested more than 500 levels deep/],
      ['more than is read', () => ' '.repeat(32_000_001), /has 32000001 characters; JSON of at most 32000000 is read/],
    ];
    for (const [what, text, problem] of bounded) {
      it(`is bounded: ${what}`, async () => {
        const answer = await parseJsonAnswer(text());
        assert.match('problem' in answer ? answer.problem : JSON.stringify(answer).slice(0, 100), problem);
      });
    }

    it('is bounded: a value of 10 MB is read whole', async () => {
      const answer = await parseJsonAnswer(`{"a": "${'x'.repeat(10_000_000)}"}`);
      assert.ok('value' in answer && JSON.stringify(answer.value).length > 10_000_000);
    });
  });
});
