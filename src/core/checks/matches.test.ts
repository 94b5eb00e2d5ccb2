import assert from 'node:assert/strict';
import { problemsOf, verdict } from '../../../test/checks/run-check.ts';

describe('matches', () => {
  const rows: readonly (readonly [item: string, answer: string, passed: boolean])[] = [
    ['matches: ^[0-9]+$', '42\n', true],
    ['matches: ^[0-9]+$', '42 cats', false],
    ['matches: /^yes$/i', 'YES', true],
    ['matches: ^yes$', 'YES', false],
    ['matches: /a\\/b/', 'a/b', true],
    ['matches: \\/usr/lib', 'see /usr/lib', true],
    ['matches: \\/a/i', 'see /a/i', true],
    ['matches: 007', '007', true],
    ['matches: 007', '7', false],
    ['matches: /^b$/m', 'a\r\nb\r\nc', true],
    ['matches: /^\\p{Lu}/u', 'Ärger', true],
    ["matches: '[0-9]{3}'", '123', true],
    ['matches: "\\\\d"', '5', true],
    ['matches: /a/gd', 'banana', true],
  ];
  for (const [item, answer, passed] of rows) {
    it(`- ${item} on ${JSON.stringify(answer)} is ${passed}`, async () => assert.equal((await verdict(item, answer)).passed, passed));
  }

  const problems: readonly (readonly [item: string, message: RegExp])[] = [
    ["matches: '('", /not a regular expression: Unterminated group/],
    ['matches: /a/q', /`q` is no flag/],
    ['matches: /a/ii', /stands there twice/],
    ['matches: /usr/lib', /`l` is no flag.* Slashes/],
    ['matches: ""', /empty/],
    ['matches:', /needs one regular expression/],
    ['matches: {a: b}', /needs one regular expression/],
    [`matches: ${'a'.repeat(2001)}`, /at most 2000/],
  ];
  for (const [item, message] of problems) {
    it(`- ${item.slice(0, 40)} is a problem`, () => assert.match(problemsOf(item)[0] ?? '', message));
  }

  it('runs the pattern through what bounds it, and passes its error on', async () => {
    const calls: unknown[] = [];
    const matches = async (...args: unknown[]): Promise<boolean> => {
      calls.push(args.slice(0, 3));
      throw new Error('took too long');
    };
    await assert.rejects(verdict('matches: /(a+)+$/i', 'aaa', { matches }), /took too long/);
    assert.deepEqual(calls, [['(a+)+$', 'i', 'aaa']]);
  });
});
