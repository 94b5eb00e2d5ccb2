import assert from 'node:assert/strict';
import { diagnose } from '../../src/core/language/diagnostics.ts';
import { readProgram } from '../../src/core/engine/program.ts';
import { readNotebook } from '../../src/core/notebook/read.ts';
import { refusalsOf } from '../../src/core/engine/refuse.ts';
import { renderCell } from '../../src/core/engine/render-cell.ts';
import { messageText } from '../../src/core/prompt/message.ts';
import { writeNotebook } from '../../src/core/notebook/write.ts';

const fence = '```';
const cell = (head: string, body: string): string => `${fence}{${head}}\n${body}\n${fence}\n\n`;

/** Texts that would be the end of a careless program: each must be read in bounded time and memory, with a problem where it is one. */
const notebooks: readonly (readonly [what: string, text: () => string, code: string | null])[] = [
  ['100,000 nested lists of JSON', () => cell('json d', '['.repeat(100_000) + ']'.repeat(100_000)) + cell('prompt', '{{d}}'), 'too-deep'],
  ['100,000 nested maps of YAML', () => cell('yaml d', Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')), 'too-deep'],
  ['a YAML bomb', () => cell('yaml d', ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(',')}]`)].join('\n')), 'too-large'],
  ['a YAML bomb in options', () => cell('prompt', '---\nmetadata:\n  a: &a [x,x]\n  b: &b [*a,*a]\n  c: [*b,*b]\n---\nx'), 'yaml-alias'],
  ['options of 1 MB', () => cell('prompt', `---\nmetadata: ${'x'.repeat(1_000_000)}\n---\nx`), 'too-large'],
  ['10,000 options', () => cell('prompt', `---\n${Array.from({ length: 5000 }, (_, index) => `o${index}: 1`).join('\n')}\n---\nx`), 'unknown-option'],
  ['100,000 nested blocks', () => cell('prompt', '{{#if a}}'.repeat(100_000)), 'too-deep'],
  ['100,000 open braces', () => cell('prompt', '{{'.repeat(100_000)), 'not-in-language'],
  ['100,000 tags with unknown names', () => cell('prompt', '{{nobody}} '.repeat(100_000)), 'unknown-name'],
  ['a name of 1 MB', () => cell('prompt', `{{${'x'.repeat(1_000_000)}}}`), 'unknown-name'],
  ['a path of 100,000 parts', () => cell('json d', '{}') + cell('prompt', `{{d${'.a'.repeat(100_000)}}}`), 'too-deep'],
  ['100,000 rows of CSV', () => cell('csv rows', `a,b\n${'1,"x ""y"""\n'.repeat(100_000)}`) + cell('prompt', '{{#each rows}}{{a}}{{/each}}'), null],
  ['CSV with a quote that never ends', () => cell('csv rows', `a\n"${'x\n'.repeat(200_000)}`), 'csv-quote'],
  ['5,000 cells that need each other in a ring', () => Array.from({ length: 5000 }, (_, index) => cell(`prompt p${index}`, `{{p${(index + 1) % 5000}}}`)).join(''), 'cycle'],
  ['partials that double', () => Array.from({ length: 40 }, (_, index) => cell(`prompt p${index}`, `{{> p${index + 1}}}{{> p${index + 1}}}`)).join('') + cell('prompt p40', 'x'), 'too-large'],
  ['1,000 cells with 100 partials of 900 tags each', () => cell('text a', 'x') + cell('prompt big', '{{a}} '.repeat(900)) + Array.from({ length: 1000 }, () => cell('prompt', '{{> big}}'.repeat(100))).join(''), 'too-large'],
  ['2,000 cells with 50 unknown names each', () => Array.from({ length: 2000 }, (_, at) => cell(`prompt cell-number-${at}`, Array.from({ length: 50 }, (_name, index) => `{{zell-number-${at}${index}}}`).join(' '))).join(''), 'unknown-name'],
  ['an info string of 1 MB', () => cell(`prompt ${'x'.repeat(1_000_000)}`, 'x'), null],
  ['a check that is a regular expression without end', () => cell('prompt', '---\ncheck:\n  - matches: (a+)+$\n---\nx'), null],
  ['a schema that refers to itself', () => cell('prompt', '---\noutput:\n  schema: { type: object, properties: { a: { $ref: "#" } } }\n---\nx'), null],
  ['names that are properties of every object', () => cell('json __proto__', '1') + cell('json constructor', '2') + cell('prompt', '{{__proto__}} {{constructor}} {{toString}}'), 'unknown-name'],
];

describe('Hostile notebooks', function () {
  // Far above what they take: what is not bounded takes hours.
  this.timeout(20_000);
  for (const [what, text, code] of notebooks) {
    it(what, () => {
      const written = text();
      const notebook = readNotebook(written);
      assert.equal(writeNotebook(notebook), written);
      const program = readProgram(notebook);
      const diagnostics = diagnose(program, written);
      if (code !== null) assert.ok(diagnostics.some((one) => one.code === code), `${code}, not ${[...new Set(diagnostics.map((one) => `${one.code}: ${one.message.slice(0, 200)}`))].slice(0, 5).join(' | ')}`);
      else assert.deepEqual(diagnostics.filter((one) => one.severity === 'error').map((one) => one.message.slice(0, 300)), []);
    });
  }

  it('a hundred thousand problems of data are looked through once, and only those of what was to run are told', () => {
    const broken = `a,b\n${'1\n'.repeat(100)}`;
    const program = readProgram(readNotebook(Array.from({ length: 1000 }, (_, index) => cell(`csv d${index}`, broken)).join('') + cell('prompt', '{{d1}} {{d2}}')));
    const refusals = refusalsOf(program.prompts, { program, params: new Map(), inputs: new Map() });
    assert.deepEqual([program.problems.length, refusals.length, new Set(refusals.map((refusal) => refusal.at)).size], [100_000, 200, 2]);
  });

  it('a value of 10 MB is inserted whole, and one that is too large a hundred times is a problem', () => {
    const big = 'x'.repeat(10_000_000);
    const program = readProgram(readNotebook(cell('text big', big) + cell('prompt', '{{big}}') + cell('json many', `[${Array(100).fill('1').join(',')}]`) + cell('prompt', '{{#each many}}{{@root.big}}{{/each}}')));
    const cells = new Map([['big', { data: big, source: { kind: 'cell', name: 'big' } as const, taint: [] }], ['many', { data: Array(100).fill(1) as number[], source: { kind: 'cell', name: 'many' } as const, taint: [] }]]);
    const render = (index: number): ReturnType<typeof renderCell> => renderCell(program, program.prompts[index]!, { cells, parameters: new Map(), inputs: new Map() });
    assert.equal(messageText(render(0).messages[0]!).length, big.length);
    assert.deepEqual(render(1).problems.map((problem) => problem.code).filter((one) => one === 'too-large'), ['too-large']);
  });

  it('values reach own properties only, whatever they are called', () => {
    const program = readProgram(readNotebook(cell('json d', '{"__proto__": {"x": "own"}, "a": {}}') + cell('prompt', '[{{d.__proto__.x}}][{{d.a.__proto__}}][{{d.a.constructor}}][{{d.a.toString.length}}]')));
    const data = program.data[0]!.value;
    assert.deepEqual(program.problems, []);
    const { messages } = renderCell(program, program.prompts[0]!, { cells: new Map([['d', { data, source: { kind: 'cell', name: 'd' }, taint: [] }]]), parameters: new Map(), inputs: new Map() });
    assert.equal(messageText(messages[0]!), '[own][][][]');
    assert.equal(({} as { x?: unknown }).x, undefined);
  });
});
