import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readArguments } from './validate-arguments.ts';
import { isObject, type Json, type JsonSchema } from '../json.ts';

describe('The arguments of a call', () => {
  const read: readonly (readonly [text: string, value: Json])[] = [
    ['{"a": "x"}', { a: 'x' }],
    [' \n{"a": "x"}\n', { a: 'x' }],
    ['', {}],
    [' \n ', {}],
    // Some models write the object within a text.
    ['"{\\"a\\": \\"x\\"}"', { a: 'x' }],
    // Quotes, commas, blanks and a fence are no words.
    ["{'a': 'it\\'s'}", { a: "it's" }],
    ['{a: "x"}', { a: 'x' }],
    ['{"a": "x",}', { a: 'x' }],
    ['{"a": "x" "b": 1}', { a: 'x', b: 1 }],
    ['{“a”: “x”}', { a: 'x' }],
    ['{"a": "he said "hi" to me"}', { a: 'he said "hi" to me' }],
    ['{"a": "two\nlines"}', { a: 'two\nlines' }],
    ['{"a": True, "b": None, "c": False}', { a: true, b: null, c: false }],
    ['{"a": two words}', { a: 'two words' }],
    ['```json\n{"a": "x",}\n```', { a: 'x' }],
    ['{"a": "x", "a": "y"}', { a: 'y' }],
    ['{"__proto__": {"x": 1}}', JSON.parse('{"__proto__": {"x": 1}}') as Json],
  ];
  for (const [text, value] of read) it(`are read: ${JSON.stringify(text)}`, async () => assert.deepEqual(await readArguments(text, { type: 'object' }), { value }));

  const refused: readonly (readonly [what: string, text: string])[] = [
    ['an end that was cut', '{"a": "x"'],
    ['a text that was cut', '{"a": "rm -rf /tmp/x'],
    ['a comment', '{"a": 1 /* or 2 */}'],
    ['a comment behind', '{"a": 1} // sum'],
    ['a call around', 'tool({"a": 1})'],
    ['two objects', '{"a": 1}{"a": 2}'],
    ['something left out', '{"a": [1, ...]}'],
    ['a number that JSON does not have', '{"a": NaN}'],
    ['an escape that JSON does not have', '{"a": "\\q"}'],
    ['a colon missing', '{"a" "x"}'],
    ['a fence with words around', 'Here:\n```json\n{"a": 1,}\n```'],
    ['a fence without an end', '```json\n{"a": 1}'],
    ['words', 'I would like to call it.'],
    ['half a calculation', '{"a": 1+1}'],
  ];
  for (const [what, text] of refused) {
    it(`are not guessed: ${what}`, async () => {
      const answer = await readArguments(text, {});
      assert.match('error' in answer ? answer.error : JSON.stringify(answer), /^The arguments are not valid JSON \(.*\)\. Write one JSON object with the tool's parameters\. The tool was not run\.$/s);
    });
  }

  const schema: JsonSchema = { type: 'object', properties: { n: { type: 'integer', minimum: 0 } }, required: ['n'], additionalProperties: false };
  const unfit: readonly (readonly [text: string, error: RegExp])[] = [
    ['{"n": -1}', /do not fit the tool: n must be at least 0, is -1\. The tool was not run\.$/],
    ['{"n": "1", "m": 2}', /n must be a whole number, is "1"/],
    ['', /n is missing/],
    ['null', /must be an object, is null/],
    ['[1]', /must be an object, is a list/],
    ['"1"', /must be an object, is "1"/],
    ['"[1]"', /must be an object, is "\[1\]"/],
    ["{'n': 1.5}", /n must be a whole number, is 1\.5/],
    ['{"__proto__": {"n": 1}}', /n is missing/],
  ];
  for (const [text, error] of unfit) {
    it(`do not fit: ${JSON.stringify(text)}`, async () => {
      const answer = await readArguments(text, schema);
      assert.match('error' in answer ? answer.error : JSON.stringify(answer), error);
    });
  }

  it('cannot be validated with a schema that is wrong', async () => {
    assert.deepEqual(await readArguments('{}', { type: 'objec' }), { error: 'The tool\'s own schema cannot be used: `type: "objec"` at # is no type. There are null, boolean, object, array, number, string, integer. The tool was not run.' });
  });

  it('are read from every object as JSON.parse reads it', async () => {
    await fc.assert(fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ depthSize: 'small', maxDepth: 2 }), { maxKeys: 4 }), fc.constantFrom(0, 2), async (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(await readArguments(text, true), { value: JSON.parse(text) as Json });
    }), { numRuns: 100 });
  });

  it('are never made of a part of what was written', async () => {
    const letters = (text: string): string => text.replace(/[^a-z0-9]/g, '');
    const value = fc.dictionary(fc.constantFrom('ab', 'cd', 'ef'), fc.oneof(fc.constantFrom<Json>('one two', 'it"s', 7, null, true), fc.array(fc.constantFrom<Json>('x y', 3), { maxLength: 3 })), { maxKeys: 3, noNullPrototype: true });
    await fc.assert(fc.asyncProperty(value, fc.nat(), fc.constantFrom('', '"', ',', "'", ']', '}', '\\', ' ', '/*', '...'), fc.nat({ max: 3 }), async (one, at, put, cut) => {
      const text = JSON.stringify(one);
      const place = at % (text.length + 1);
      const broken = text.slice(0, place) + put + text.slice(place + cut);
      const answer = await readArguments(broken, true);
      if ('value' in answer && isObject(answer.value)) assert.equal(letters(JSON.stringify(answer.value)), letters(broken));
    }), { numRuns: 500 });
  });

  const bounded: readonly (readonly [what: string, text: () => string, error: RegExp])[] = [
    ['of a megabyte and more', () => ' '.repeat(1_000_001), /have 1000001 characters; at most 1000000 are allowed/],
    ['that nest too deep', () => '['.repeat(100_000), /nested more than 500 levels deep/],
    ['that nest too deep within a text', () => JSON.stringify('['.repeat(100_000)), /must be an object/],
    ['that are broken for long', () => `{"a": ${'x"'.repeat(100_000)}`, /are not valid JSON/],
  ];
  for (const [what, text, error] of bounded) {
    it(`are bounded: ${what}`, async () => {
      const answer = await readArguments(text(), { type: 'object' });
      assert.match('error' in answer ? answer.error : JSON.stringify(answer), error);
    });
  }
});
