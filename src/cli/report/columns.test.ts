import assert from 'node:assert/strict';
import { advance, cut, widthOf } from './columns.ts';

describe('Columns of a terminal', () => {
  const widths: readonly (readonly [char: string, width: number])[] = [['a', 1], ['é', 1], ['—', 1], ['日', 2], ['한', 2], ['！', 2], ['😀', 2], ['⠋', 1], ['✓', 1], ['\u0301', 0], ['\u200d', 0], ['\ufe0f', 0], ['𠀀', 2]];
  for (const [char, width] of widths) it(`${JSON.stringify(char)} takes ${width}`, () => assert.equal(widthOf(char), width));

  const ways: readonly (readonly [text: string, from: number, column: number, wraps: boolean])[] = [
    ['', 3, 3, false], ['abc', 0, 3, false], ['0123456789', 0, 10, false], ['0123456789a', 0, 1, true], ['a', 10, 1, true], ['日', 9, 2, true], ['日', 8, 10, false],
    ['ab\n', 0, 0, true], ['ab\ncd', 5, 2, true], ['a\tb', 0, 9, false], ['\t\t', 0, 9, false], ['ab\rc', 0, 1, false], ['\u001b[31mab\u001b[39m', 0, 2, false],
  ];
  for (const [text, from, column, wraps] of ways) it(`${JSON.stringify(text)} from ${from} of 10 leads to ${column}`, () => assert.deepEqual(advance(text, { column: from, sure: true }, 10), { column, sure: true, wraps }));

  it('knows what it does not know, up to the end of the line', () => {
    for (const text of ['😀', '👩\u200d🚀', '🇩🇪', 'का', 'a\ufe0f']) {
      const after = advance(text, { column: 0, sure: true }, 10);
      assert.equal(after.sure, false, text);
      assert.equal(advance('more', after, 10).sure, false);
      assert.deepEqual(advance('more\nab', after, 10), { column: 2, sure: true, wraps: true });
    }
  });

  it('cuts to a width, wide characters whole', () => {
    assert.equal(cut('abcdef', 3), 'abc');
    assert.equal(cut('日本語', 5), '日本');
    assert.equal(cut('e\u0301tude', 2), 'e\u0301t');
    assert.equal(cut('', 5), '');
  });
});
