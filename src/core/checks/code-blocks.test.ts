import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codeBlocks } from './code-blocks.ts';

describe('The code blocks of an answer', () => {
  // As CommonMark 0.31, 4.5, has its examples.
  const rows: readonly (readonly [text: string, blocks: readonly (readonly [info: string, content: string, closed: boolean])[], outside: readonly string[]])[] = [
    ['```\n<\n >\n```', [['', '<\n >', true]], []],
    ['~~~\n<\n~~~', [['', '<', true]], []],
    ['``\nfoo\n``', [], ['``', 'foo', '``']],
    ['```\naaa\n~~~\n```', [['', 'aaa\n~~~', true]], []],
    ['````\naaa\n```\n``````', [['', 'aaa\n```', true]], []],
    ['```', [['', '', false]], []],
    ['`````\n\n```\naaa', [['', '\n```\naaa', false]], []],
    ['```\n\n  \n```', [['', '\n  ', true]], []],
    ['```\n```', [['', '', true]], []],
    ['   ```\naaa\n   ```', [['', 'aaa', true]], []],
    ['    ```\naaa', [], ['    ```', 'aaa']],
    ['```\naaa\n    ```', [['', 'aaa\n    ```', false]], []],
    ['``` ```\naaa', [], ['``` ```', 'aaa']],
    ['~~~ aa ``` ~~~\naaa\n~~~', [['aa ``` ~~~', 'aaa', true]], []],
    ['```\naaa\n``` bbb\n```', [['', 'aaa\n``` bbb', true]], []],
    ['foo\n```\nbar\n```\nbaz', [['', 'bar', true]], ['foo', 'baz']],
    ['```ruby  startline=3\ndef\n```', [['ruby  startline=3', 'def', true]], []],
    ['```js\na\n```\n```\nb\n```', [['js', 'a', true], ['', 'b', true]], []],
    ['```\r\na\r\nb\r\n```\r\n', [['', 'a\nb', true]], []],
  ];
  for (const [text, blocks, outside] of rows) {
    it(JSON.stringify(text), () => {
      const found = codeBlocks(text);
      assert.deepEqual(found.blocks.map(({ info, content, closed }) => [info, content, closed]), blocks);
      assert.deepEqual(found.outside.map((line) => line.text), outside);
    });
  }

  it('say on which lines they stand', () => {
    const { blocks, outside } = codeBlocks('one\n\n```\na\n```\nsix\n```\nb');
    assert.deepEqual([blocks.map(({ line }) => line), outside.map(({ line }) => line)], [[3, 7], [1, 6]]);
  });

  it('give back whatever was put between longer fences', () => {
    const content = fc.array(fc.constantFrom('```', '~~~', '````', 'text', '', '    code', '> x'), { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));
    fc.assert(fc.property(content, fc.constantFrom('`', '~'), fc.constantFrom('\n', '\r\n'), (text, char, eol) => {
      const fence = char.repeat(5);
      const { blocks, outside } = codeBlocks(`before${eol}${fence} js${eol}${text.replaceAll('\n', eol)}${eol}${fence}${eol}after`);
      assert.deepEqual([blocks.map(({ info, content: read, closed }) => [info, read, closed]), outside.map((line) => line.text)], [[['js', text, true]], ['before', 'after']]);
    }), { numRuns: 200 });
  });

  for (const [what, text] of [['a line of backticks', '`'.repeat(5_000_000)], ['backticks with one behind', `${'`'.repeat(2_000_000)}x\``], ['fences', '```\n'.repeat(500_000)], ['blanks', ' '.repeat(5_000_000)]] as const) {
    it(`take no time: ${what} of megabytes`, () => assert.ok(codeBlocks(text).blocks.length <= 250_000));
  }
});
