import assert from 'node:assert/strict';
import type { Json } from '../json.ts';
import { problemsOf, verdict } from '../../../test/checks/run-check.ts';

const person = 'json: {type: object, properties: {age: {type: integer, minimum: 0}}, required: [age]}';

describe('json', () => {
  const rows: readonly (readonly [item: string, answer: string, passed: boolean, reason: RegExp])[] = [
    ['json: true', '{"a": 1}', true, /is JSON/],
    ['json', ' [1]\r\n', true, /is JSON/],
    ['json:', '"x"', true, /is JSON/],
    ['json', '{a: 1}', false, /not JSON: /],
    ['json', '', false, /empty/],
    ['json', '```json\n{"a": 1}\n```', false, /code fence/],
    ['json', 'Here it is: {"a": 1}', false, /not JSON/],
    ['json', '{"a": 1}\n{"b": 2}', false, /not JSON/],
    [person, '{"age": 7}', true, /follows the schema/],
    [person, '{"age": "7"}', false, /age must be a whole number, is "7"/],
    [person, '{}', false, /age is missing/],
    [person, '[]', false, /must be an object/],
    ['json: {required: [a, b, c]}', '{}', false, /schema: a is missing; b is missing; c is missing\.$/],
    ['json: {required: [a, b, c, d]}', '{}', false, /c is missing and 1 more\.$/],
    ['json: {$ref: "#"}', '1', false, /nested too deeply/],
  ];
  for (const [item, answer, passed, reason] of rows) {
    it(`- ${item} on ${JSON.stringify(answer)} is ${passed}`, async () => {
      const result = await verdict(item, answer);
      assert.equal(result.passed, passed, result.reason);
      assert.match(result.reason, reason);
    });
  }

  it('takes the value of a cell that has read its answer', async () => {
    const value: Json = { age: 3 };
    assert.equal((await verdict(person, { text: '```\n{"age": 3}\n```', value })).passed, true);
  });

  const problems: readonly (readonly [item: string, message: RegExp])[] = [
    ['json: false', /`true` or a JSON Schema/],
    ['json: 5', /`true` or a JSON Schema/],
    ['json: {type: strnig}', /no type/],
    ['json: {$ref: "https://example.com/schema.json"}', /outside of the schema/],
    ["json: {pattern: '(?<=a)b'}", /look-behind/],
  ];
  for (const [item, message] of problems) it(`- ${item} is a problem`, () => assert.match(problemsOf(item)[0] ?? '', message));

  it('refuses an answer of a million brackets', async () => {
    const { passed, reason } = await verdict('json', '['.repeat(1_000_000) + ']'.repeat(1_000_000));
    assert.equal(passed, false);
    assert.match(reason, /levels deep/);
  });
});
