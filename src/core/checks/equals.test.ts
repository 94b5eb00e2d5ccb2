import assert from 'node:assert/strict';
import type { Json } from '../json.ts';
import { problemsOf, verdict } from '../../../test/checks/run-check.ts';

describe('equals', () => {
  const rows: readonly (readonly [item: string, answer: string, passed: boolean])[] = [
    ['equals: yes', 'yes', true],
    ['equals: yes', ' yes\n', true],
    ['equals: yes', 'Yes', false],
    ['equals: yes', 'yes.', false],
    ['equals: 007', '007', true],
    ['equals: 007', '7', false],
    ['equals: 1e3', '1000', false],
    ['equals: true', 'true', true],
    ['equals: "a\\nb"', 'a\r\nb\r\n', true],
    ['equals: |\n      a\n      b', 'a\nb', true],
    ['equals: null', 'null', true],
    ['equals: ""', ' \n', true],
    ['equals: [1, 2]', '[ 1,\n2 ]', true],
    ['equals: [1, 2]', '[2, 1]', false],
    ['equals: {a: 1, b: [x]}', '{"b": ["x"], "a": 1}', true],
    ['equals: {a: 1}', '{"a": "1"}', false],
    ['equals: {a: 1}', 'no JSON', false],
    ['equals: {a: 1}', '{"a": 1, "__proto__": {}}', false],
  ];
  for (const [item, answer, passed] of rows) {
    it(`- ${item.replace(/\n\s*/g, '⏎')} on ${JSON.stringify(answer)} is ${passed}`, async () => assert.equal((await verdict(item, answer)).passed, passed));
  }

  const values: readonly (readonly [item: string, text: string, value: Json, passed: boolean])[] = [
    ['equals: 7', '{"n": 7}', 7, true],
    ['equals: warm', '"warm"', 'warm', true],
    ['equals: false', 'No.', false, true],
    ['equals: {n: 7}', '```json\n{"n": 7}\n```', { n: 7 }, true],
    ['equals: 8', '7', 7, false],
  ];
  for (const [item, text, value, passed] of values) {
    it(`- ${item} on the value ${JSON.stringify(value)} is ${passed}`, async () => assert.equal((await verdict(item, { text, value })).passed, passed));
  }

  it('says what there is and what there should be', async () => {
    assert.equal((await verdict('equals: yes', 'no')).reason, 'The answer is "no", not "yes".');
  });

  it('survives an answer of a million brackets', async () => {
    assert.deepEqual(await verdict('equals: [1]', '['.repeat(1_000_000) + ']'.repeat(1_000_000)), { passed: false, reason: 'The answer is nested too deeply to be compared.' });
  });

  it('needs a value', () => assert.match(problemsOf('equals:')[0] ?? '', /`equals` needs/));
});
