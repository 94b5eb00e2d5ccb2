import assert from 'node:assert/strict';
import * as edit from './edit.ts';
import { decodeNotebook, encodeNotebook, NotUtf8Error } from './bytes.ts';
import { fileOffset, positionsIn } from './positions.ts';
import { makeOutput, readOutput, type OutputSummary } from './output.ts';
import { parseInfo, writeInfo } from './info.ts';
import { readNotebook } from './read.ts';
import { writeNotebook } from './write.ts';

/** `~` stands for a backtick fence, so that rows stay readable. */
const md = (text: string): string => text.replaceAll('~~~', '```');
const cellsOf = (text: string): readonly string[] => readNotebook(md(text)).cells.map((cell) => (cell.kind === 'code' ? `${cell.language}${cell.name === null ? '' : ` ${cell.name}`}: ${cell.text}` : `${cell.kind}: ${cell.text}`));
const problemsOf = (text: string): readonly string[] => readNotebook(md(text)).problems.map((problem) => problem.code);

describe('readNotebook', () => {
  const rows: readonly (readonly [what: string, text: string, cells: readonly string[]])[] = [
    ['an empty file', '', []],
    ['blank lines only', '\n \n', []],
    ['text, cell, text', '# A\n\n~~~{prompt a}\nx\n~~~\n\nB\n', ['markdown: # A', 'prompt a: x', 'markdown: B']],
    ['front matter', '---\npromptnb: 1\n---\nA\n', ['front-matter: promptnb: 1', 'markdown: A']],
    ['front matter that is not first', '\n---\na: 1\n---\n', ['markdown: ---\na: 1\n---']],
    ['a rule at the start', '---\n\ntext\n', ['markdown: ---\n\ntext']],
    ['an ordinary fence', '~~~js\n~~~{prompt}\n~~~\n', ['markdown: ```js\n```{prompt}\n```']],
    ['cells right under each other', '~~~{json a}\n1\n~~~\n~~~{json b}\n2\n~~~', ['json a: 1', 'json b: 2']],
    ['a longer fence around a shorter one', '`~~~{prompt}\n~~~\nx\n~~~\n`~~~\n', ['prompt: ```\nx\n```']],
    ['a fence of 0 to 3 spaces', '   ~~~{prompt}\n   x\n     y\n   ~~~\n', ['prompt: x\n  y']],
    ['four spaces are code', 'a\n\n    ~~~{prompt}\n    ~~~\n', ['markdown: a\n\n    ```{prompt}\n    ```']],
    ['in a list', '- a\n\n  ~~~{prompt}\n  x\n  ~~~\n', ['markdown: - a\n\n  ```{prompt}\n  x\n  ```']],
    ['after a list', '- a\n\n~~~{prompt}\nx\n~~~\n', ['markdown: - a', 'prompt: x']],
    ['right after a list', '1. a\n~~~{prompt}\nx\n~~~\n', ['markdown: 1. a', 'prompt: x']],
    ['in a quote', '> ~~~{prompt}\n> x\n> ~~~\n', ['markdown: > ```{prompt}\n> x\n> ```']],
    ['commented out', '<!--\n~~~{prompt}\nx\n~~~\n-->\n', ['markdown: <!--\n```{prompt}\nx\n```\n-->']],
    ['in <pre>', '<pre>\n~~~{prompt}\n~~~\n</pre>\n', ['markdown: <pre>\n```{prompt}\n```\n</pre>']],
    ['in a block of HTML, which ends at a blank line', '<div>\n~~~{prompt a}\n~~~\n\n~~~{prompt b}\n~~~\n', ['markdown: <div>\n```{prompt a}\n```', 'prompt b: ']],
    ['a divided text', 'a\n\n<!-- cell -->\n\nb\n', ['markdown: a', 'markdown: b']],
    ['a comment that divides nothing', 'a\n\n<!-- cells -->\n\nb\n', ['markdown: a\n\n<!-- cells -->\n\nb']],
    ['an unknown language', '~~~{haskell f x=1}\nf\n~~~\n', ['haskell f: f']],
    ['an output without a cell', '~~~{output run=1}\nx\n~~~\n', ['output: x']],
    ['an output after text', '~~~{prompt}\nx\n~~~\ntext\n~~~{output}\ny\n~~~\n', ['prompt: x', 'markdown: text', 'output: y']],
    ['a cell without an end', '~~~{prompt}\nx\n\n# still in it\n', ['prompt: x\n\n# still in it']],
    ['CR as line end', '# A\r\r~~~{prompt a}\rx\ry\r~~~\r', ['markdown: # A', 'prompt a: x\ny']],
    ['mixed line ends', '~~~{prompt a}\r\nx\ny\rz\r\n~~~', ['prompt a: x\ny\nz']],
    ['a byte order mark', '\ufeff---\na: 1\n---\n', ['front-matter: a: 1']],
  ];
  for (const [what, text, cells] of rows) {
    it(what, () => {
      assert.deepEqual(cellsOf(text), cells);
      assert.equal(writeNotebook(readNotebook(md(text))), md(text));
    });
  }

  it('gives an output to the cell above, past blank lines only', () => {
    const [cell] = readNotebook(md('~~~{prompt}\nx\n~~~\n\n\n~~~~{output run=1 in=2}\n~~~\ncode\n~~~\n~~~~\n'.replaceAll('~~~~', '````'))).cells;
    assert.deepEqual(cell!.output, { attributes: [{ key: 'run', value: '1' }, { key: 'in', value: '2' }], text: '```\ncode\n```' });
  });

  for (const [what, text, codes] of [
    ['nothing is wrong', '# A\n\n~~~{prompt}\nx\n~~~\n', []],
    ['a cell that does not end', '~~~{prompt}\nx\n', ['unclosed-fence']],
    ['a cell that begins inside another', '~~~{prompt a}\nx\n\n~~~{prompt b}\ny\n~~~\n', ['unclosed-fence']],
    ['a fence that does not end', '~~~js\nx\n', ['unclosed-fence']],
    ['a comment that does not end', '<!-- x\n\n~~~{prompt}\n~~~\n', ['unclosed-html']],
    ['front matter that does not end', '---\npromptnb: 1\n\n# A\n', ['front-matter-unclosed']],
    ['marks of a merge', '~~~{prompt}\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n~~~\n', ['merge-conflict']],
    ['NUL characters', 'a\0b\n', ['nul']],
    ['an output of nobody', 'a\n\n~~~{output}\n~~~\n', ['orphan-output']],
  ] as const) {
    it(`tells damage: ${what}`, () => assert.deepEqual(problemsOf(text), codes));
  }

  it('reads 20 MB, a line of 5 MB, and 100,000 open fences in linear time', () => {
    const cell = md(`~~~{prompt}\n${'some text and more of it\n'.repeat(40)}~~~\n\n`);
    for (const text of [cell.repeat(20_000), `${'x'.repeat(5_000_000)}\n${cell}`, md('~~~{prompt}\n').repeat(100_000), '- '.repeat(1_000_000), '<'.repeat(2_000_000), '> '.repeat(1_000_000), '`'.repeat(5_000_000), `<!--${'-'.repeat(2_000_000)}`, '<<<<<<< a\n'.repeat(100_000) + '>>>>>>> b\n']) {
      assert.equal(writeNotebook(readNotebook(text)), text);
    }
  });
});

describe('Editing a notebook', () => {
  const text = md('---\npromptnb: 1\n---\n\n# A\n\n  ~~~~{prompt a  x="1 2"}\n  one\n\n  two\n  ~~~~\n\n\n~~~{json b}\n1\n~~~\n').replaceAll('~', '`');
  const notebook = readNotebook(text);
  /** Lines that differ, `-` and `+`. */
  const diff = (after: string): readonly string[] => {
    const [a, b] = [text.split('\n'), after.split('\n')];
    let start = 0;
    while (start < a.length && a[start] === b[start]) start += 1;
    let end = 0;
    while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
    return [...a.slice(start, a.length - end).map((line) => `-${line}`), ...b.slice(start, b.length - end).map((line) => `+${line}`)];
  };

  for (const [what, change, lines] of [
    ['a text changes its lines', edit.setText(notebook, 2, 'one\n\nthree'), ['-  two', '+  three']],
    ['a name changes the first line', edit.setName(notebook, 2, 'c'), ['-  ````{prompt a  x="1 2"}', '+  ````{prompt c x="1 2"}']],
    ['an output comes after a blank line', edit.setOutput(notebook, 3, { attributes: [{ key: 'run', value: 'ab' }], text: 'x' }), ['+```{output run=ab}', '+x', '+```', '+']],
    ['a deleted cell goes with the blank lines after it', edit.deleteCell(notebook, 2), ['-  ````{prompt a  x="1 2"}', '-  one', '-', '-  two', '-  ````', '-', '-']],
    ['a new cell stands with blank lines around', edit.insertCell(notebook, 4, { kind: 'code', text: 'new' }), ['+```{prompt}', '+new', '+```', '+']],
  ] as const) {
    it(what, () => {
      assert.deepEqual(diff(writeNotebook(change)), lines);
    });
  }

  it('gives a text with a fence a longer one', () => {
    assert.ok(writeNotebook(edit.setText(notebook, 3, '```\n2\n```')).includes('````{json b}\n```\n2\n```\n````\n'));
  });

  it('splits and joins', () => {
    const split = edit.splitCell(notebook, 2, 4);
    assert.deepEqual(split.cells.slice(2, 4).map((cell) => [cell.name, cell.text]), [['a', 'one'], [null, '\ntwo']]);
    assert.equal(edit.joinCells(split, 2).cells[2]!.text, 'one\n\ntwo');
  });

  it('puts a separator between two texts', () => {
    const two = edit.insertCell(readNotebook('a\n'), 1, { kind: 'markdown', text: 'b' });
    assert.equal(writeNotebook(two), 'a\n\n<!-- cell -->\n\nb\n');
  });

  it('keeps the line ends of the file', () => {
    const crlf = readNotebook(md('~~~{prompt}\r\na\r\n~~~\r\n'));
    assert.equal(writeNotebook(edit.setOutput(edit.setText(crlf, 0, 'b\nc'), 0, { attributes: [], text: 'd\ne' })), md('~~~{prompt}\r\nb\r\nc\r\n~~~\r\n\r\n~~~{output}\r\nd\r\ne\r\n~~~\r\n'));
  });

  it('gives an edited cell the line ends that it had most of, whatever the file has', () => {
    const mixed = readNotebook(md('# A\n\n~~~{prompt}\r\na\r\nb\n~~~\r\n\n~~~{json}\n1\n~~~\n'));
    assert.equal(writeNotebook(edit.setText(mixed, 1, 'a\nc\nd')), md('# A\n\n~~~{prompt}\r\na\r\nc\r\nd\r\n~~~\r\n\n~~~{json}\n1\n~~~\n'));
  });

  it('keeps what stands between cells when others come and go', () => {
    const tight = readNotebook(md('a\n~~~{json b}\n1\n~~~\n\n\n\n~~~{json c}\n2\n~~~\nd\n'));
    assert.equal(writeNotebook(edit.deleteCell(tight, 2)), md('a\n~~~{json b}\n1\n~~~\n\n\n\nd\n'));
    assert.equal(writeNotebook(edit.moveCell(tight, 2, 1)), md('a\n~~~{json c}\n2\n~~~\n~~~{json b}\n1\n~~~\n\n\n\nd\n'));
  });

  for (const evil of ['```\n# not text\n```{prompt}\nx', '---\npromptnb: 9\n---', '````````', '~~~{prompt}', '<!-- cell -->', '```\r```{prompt evil}\rx\r```', '\n\n```{output}\n', '</pre>-->']) {
    it(`keeps what a model writes inside its output: ${JSON.stringify(evil)}`, () => {
      const written = writeNotebook(edit.setOutput(notebook, 3, makeOutput({ runId: 'ab', in: null, status: 'done', model: null, tokens: null, cost: null, checks: null, limit: null }, evil)));
      const again = readNotebook(written);
      assert.deepEqual(again.cells.map((cell) => cell.kind), notebook.cells.map((cell) => cell.kind));
      assert.equal(again.cells[3]!.output!.text, evil.replace(/\r\n?/g, '\n'));
    });
  }
});

describe('Outputs and info strings', () => {
  it('say what a run was, and unknown is left out', () => {
    const summary: OutputSummary = { runId: '9f2c41', in: 'b7e0', status: 'done', model: 'gpt-4.1-mini', tokens: { input: 21, output: 46 }, cost: 0.00008, checks: { passed: 2, total: 2 }, limit: null };
    const output = makeOutput(summary, 'x');
    assert.equal(writeInfo({ language: 'output', name: null, attributes: output.attributes }), '{output run=9f2c41 in=b7e0 status=done model=gpt-4.1-mini tokens=21/46 cost=0.00008 checks=2/2}');
    assert.deepEqual(readOutput(output), { ...summary, text: 'x' });
    const unknown: OutputSummary = { runId: 'a', in: null, status: 'failed', model: null, tokens: { input: null, output: 3 }, cost: null, checks: null, limit: 'calls' };
    assert.deepEqual(readOutput(makeOutput(unknown, '')), { ...unknown, text: '' });
  });

  it('read nonsense as nothing', () => {
    const { runId, status, tokens, cost, checks } = readOutput({ attributes: [{ key: 'status', value: 'great' }, { key: 'tokens', value: '1' }, { key: 'cost', value: '-1' }, { key: 'checks', value: 'a/b' }], text: '' });
    assert.deepEqual([runId, status, tokens, cost, checks], [null, null, null, null, null]);
  });

  for (const value of ['a', 'a b', '"', '\\', '`', '{}', '', 'ü 世界', 'a\nb', '="']) {
    it(`carry the value ${JSON.stringify(value)}`, () => {
      const info = { language: 'json', name: 'a', attributes: [{ key: 'k', value }] };
      const written = writeInfo(info);
      assert.ok(!/[`\n]/.test(written));
      assert.deepEqual(parseInfo(written), info);
    });
  }
});

describe('Positions', () => {
  it('find lines and columns whatever the line ends', () => {
    const at = positionsIn('a\r\nbc\rd\n\ne');
    assert.deepEqual([0, 3, 4, 6, 8, 9].map((offset) => [at(offset).line, at(offset).column]), [[1, 1], [2, 1], [2, 2], [3, 1], [4, 1], [5, 1]]);
  });

  it('lead from a cell’s text to the file', () => {
    for (const eol of ['\n', '\r\n']) {
      for (const indent of ['', '  ']) {
        const text = ['# A', '', `${indent}\`\`\`{prompt}`, `${indent}one`, '', `${indent}two`, `${indent}\`\`\``, ''].join(eol);
        const cell = readNotebook(text).cells[1]!;
        for (const word of ['one', 'two']) assert.equal(fileOffset(cell, cell.text.indexOf(word)), text.indexOf(word));
      }
    }
  });
});

describe('The bytes of a notebook', () => {
  it('are UTF-8, with or without a mark', () => {
    for (const text of ['', 'ü 世界 👩‍👩‍👧', '\ufeffa']) assert.equal(decodeNotebook(encodeNotebook(text)), text);
  });

  for (const [what, bytes, message] of [
    ['Latin-1', Buffer.from('Gr\xfc\xdfe', 'latin1'), /not UTF-8 text \(byte 3\)/],
    ['UTF-16 with a mark', Buffer.from('\ufeffHello', 'utf16le'), /UTF-16/],
    ['UTF-16 without a mark', Buffer.from('Hello, world', 'utf16le'), /UTF-16/],
    ['UTF-16, big end first', Buffer.from('Hello, world', 'utf16le').swap16(), /UTF-16/],
    ['a cut character', Buffer.from('ü').subarray(0, 1), /ends inside a character/],
    ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80]), /byte [23]/],
  ] as const) {
    it(`${what} is refused`, () => assert.throws(() => decodeNotebook(bytes), (error) => error instanceof NotUtf8Error && message.test(error.message) && /left as it is/.test(error.message)));
  }
});
