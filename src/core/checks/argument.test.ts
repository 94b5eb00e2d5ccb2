import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quoted, shorten, subjectText, withLf } from './argument.ts';

describe('What checks show', () => {
  const rows: readonly (readonly [text: string, short: string])[] = [
    ['', ''],
    ['  two \n words\t', 'two words'],
    ['x'.repeat(60), 'x'.repeat(60)],
    ['x'.repeat(61), `${'x'.repeat(59)}…`],
    [`${'x'.repeat(58)}😀😀`, `${'x'.repeat(58)}…`],
    [`${'x'.repeat(58)} yyy`, `${'x'.repeat(58)}…`],
    [`${' '.repeat(1000)}x`, '…'],
    [`x${' '.repeat(1000)}y`, 'x…'],
  ];
  for (const [text, short] of rows) it(`of ${JSON.stringify(text).slice(0, 30)} is ${short.slice(0, 20)}`, () => assert.equal(shorten(text), short));

  it('stands in quotes', () => assert.equal(quoted('a "b"'), '"a "b""'));

  it('is one line of at most so many characters, with whole characters', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', '😀', 'é', '\u2028'), maxLength: 700 }), fc.integer({ min: 2, max: 80 }), (text, length) => {
      const short = shorten(text, length);
      assert.ok(short.length <= length && !/[\n\t\u2028]| {2}|^ | $/.test(short) && short.isWellFormed(), JSON.stringify(short));
      const whole = text.replace(/\s+/gu, ' ').trim();
      assert.ok(short === whole || (short.endsWith('…') && whole.startsWith(short.slice(0, -1))), JSON.stringify([short, whole]));
    }), { numRuns: 300 });
  });

  it('looks at the value where that is a text of its own, else at the answer, with LF', () => {
    assert.equal(subjectText({ text: '"a\\r\\nb"', value: 'a\r\nb' }), 'a\nb');
    assert.equal(subjectText({ text: '{"a": 1}\r', value: { a: 1 } }), '{"a": 1}\n');
    assert.equal(withLf('a\r\n\r\nb\rc\n'), 'a\n\nb\nc\n');
  });
});
