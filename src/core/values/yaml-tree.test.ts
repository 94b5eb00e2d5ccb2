import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { readYamlTree } from './yaml-tree.ts';
import type { Json } from '../json.ts';
import type { OptionNode } from '../prompt/options.ts';

const read = (text: string): { value: Json | undefined; codes: readonly string[]; spots: readonly string[] } => {
  const { root, issues } = readYamlTree(text, 'data');
  return { value: root?.value, codes: issues.map((issue) => issue.code), spots: issues.map(({ span }) => text.slice(span.start, span.end)) };
};

/** What a node's parts say, built anew from scalars, items and entries. */
function rebuilt(node: OptionNode): Json {
  if (node.items !== null) return node.items.map(rebuilt);
  if (node.entries !== null) return Object.fromEntries(node.entries.map(({ key, node: inner }) => [key, rebuilt(inner)]));
  return node.value;
}

describe('YAML as a tree', () => {
  const values: readonly (readonly [text: string, value: Json | undefined])[] = [
    ['', undefined],
    ['# a comment', undefined],
    ['---', null],
    ['a: 1', { a: 1 }],
    ['1: a\ntrue: b\nnull: c\n~: d', { 1: 'a', true: 'b', null: 'c', '~': 'd' }],
    ['- 1\n- 2.5\n- .5\n- 1e3\n- -7\n- +5', [1, 2.5, 0.5, 1000, -7, 5]],
    ['- 0x1F\n- 0o17', [31, 15]],
    ['- yes\n- no\n- on\n- off\n- y\n- n', ['yes', 'no', 'on', 'off', 'y', 'n']],
    ['- true\n- True\n- FALSE\n- null\n- Null\n- ~\n-', [true, true, false, null, null, null, null]],
    ['- 2024-01-01\n- 12:30:45\n- 1_000\n- 0b1\n- 1.2.3', ['2024-01-01', '12:30:45', '1_000', '0b1', '1.2.3']],
    ['- "1"\n- \'true\'\n- "\\u0041\\n"\n- \'it\'\'s\'', ['1', 'true', 'A\n', "it's"]],
    ['a: |\n  x\n   y\n\nb: >-\n  x\n  y\n', { a: 'x\n y\n', b: 'x y' }],
    ['{a, b: , "c": [d, [e], {f: g}]}', { a: null, b: null, c: ['d', ['e'], { f: 'g' }] }],
    ['? a\n: b\n: c', { a: 'b', '': 'c' }],
    ['a: &x [1, 2]\nb: *x\nc: [*x, *x]', { a: [1, 2], b: [1, 2], c: [[1, 2], [1, 2]] }],
    ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['"<<": 1', { '<<': 1 }],
    ['constructor: 1\ntoString: {a: 2}', { constructor: 1, toString: { a: 2 } }],
    ['a: x # a comment\nb: x#none', { a: 'x', b: 'x#none' }],
    ['a: 😀', { a: '😀' }],
    ['a: 1\r\nb: |\r\n  x\r\n  y\r\n', { a: 1, b: 'x\ny\n' }],
  ];
  for (const [text, value] of values) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(read(text), { value, codes: [], spots: [] }));
  }

  it('reads names that every object has as its own', () => {
    const { value } = read('__proto__: {x: 1}\na: {__proto__: 2}');
    assert.equal(JSON.stringify(value), '{"__proto__":{"x":1},"a":{"__proto__":2}}');
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  const wrong: readonly (readonly [text: string, code: string, spot: string])[] = [
    ['a: 1\na: 2', 'duplicate-key', 'a'],
    ['"a": 1\na: 2', 'duplicate-key', 'a'],
    ['a: b: c', 'yaml', 'b'],
    ['a:\n\tb: 1', 'yaml', '\t'],
    ['x: {a: 1', 'yaml', ''],
    ['a: "x" y', 'yaml', 'y'],
    ['- a\nb', 'yaml', 'b'],
    ['--- a\n--- b', 'yaml', '--- b'],
    ['a: @x', 'yaml', '@'],
    ['<<: {a: 1}', 'yaml-merge', '<<'],
    ['a: *x', 'yaml-alias', '*x'],
    ['a: &x [*x]', 'yaml-alias', '*x'],
    ['a: !!str 1', 'yaml-tag', '!!str'],
    ['a: !local x', 'yaml-tag', '!local'],
    ['a: !!binary aGk=', 'yaml-tag', '!!binary'],
    ['a: .inf', 'yaml-number', '.inf'],
    ['a: 1e999', 'yaml-number', '1e999'],
    ['a: 007', 'yaml-number', '007'],
    ['a: 12345678901234567890', 'yaml-number', '12345678901234567890'],
    ['a: 0xFFFFFFFFFFFFFFFFF', 'yaml-number', '0xFFFFFFFFFFFFFFFFF'],
  ];
  for (const [text, code, spot] of wrong) {
    it(`reports ${code} in ${JSON.stringify(text)}`, () => {
      const { codes, spots } = read(text);
      assert.equal(codes[0], code);
      assert.equal(spots[0], spot);
    });
  }

  it('says of a number that loses something how it stays: in quotes', () => {
    const { root, issues } = readYamlTree('a: 007\nb: 1e999', 'data');
    assert.deepEqual(root!.value, { a: 7, b: '1e999' });
    assert.deepEqual(issues.map(({ severity, quote }) => [severity, quote]), [['warning', '007'], ['error', '1e999']]);
  });

  it('refuses keys that are no texts', () => assert.ok(read('? [a]\n: b').codes.includes('yaml-key')));

  it('refuses anchors and aliases in options, and keeps their numbers as written', () => {
    const { root, issues } = readYamlTree('a: &x 007\nb: *x\n&k c: 1e999', 'options');
    assert.deepEqual(issues.map(({ code }) => code), ['yaml-anchor', 'yaml-alias', 'yaml-anchor']);
    assert.deepEqual(root!.entries!.map(({ node }) => node.source), ['007', '', '1e999']);
  });

  it('knows of every part where it stands and how it is written', () => {
    const text = 'key: [a, "b", 1.50]\nmore: |\n  x\n';
    const { root } = readYamlTree(text, 'options');
    const at = ({ span }: { readonly span: { readonly start: number; readonly end: number } }): string => text.slice(span.start, span.end);
    const [key, more] = root!.entries!;
    assert.deepEqual([text.slice(key!.keySpan.start, key!.keySpan.end), at(key!.node), key!.node.items!.map(at)], ['key', '[a, "b", 1.50]', ['a', '"b"', '1.50']]);
    assert.deepEqual(key!.node.items!.map(({ source, quoted, value }) => [source, quoted, value]), [['a', false, 'a'], ['b', true, 'b'], ['1.50', false, 1.5]]);
    assert.deepEqual([more!.node.source, more!.node.quoted], ['x\n', true]);
  });

  it('gives back every JSON value that was written as YAML', () => {
    fc.assert(fc.property(fc.jsonValue({ depthSize: 'small', noUnicodeString: false }), fc.constantFrom(0, 80), (value, lineWidth) => {
      const json = JSON.parse(JSON.stringify(value)) as Json;
      const text = stringify(json, { lineWidth, aliasDuplicateObjects: false });
      const { root, issues } = readYamlTree(text, 'data');
      assert.deepEqual([root?.value ?? null, issues.filter(({ severity }) => severity === 'error')], [json, []]);
    }), { numRuns: 250 });
  });

  const piece = fc.constantFrom('a', 'b', ' ', '\n', '- ', ': ', '? ', '[', ']', '{', '}', ',', '&x ', '*x', '!', '"', "'", '#', '|', '>', '  ', '1', '.', '\t', '---\n', '<<', '~', '%', '\\n', '0');
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

  it('reads what has no problem as the library does, and its parts say the same as the whole', () => {
    fc.assert(fc.property(text, (source) => {
      const { root, issues } = readYamlTree(source, 'data');
      if (root !== null) assert.deepEqual(rebuilt(root), root.value);
      if (issues.length > 0) return;
      assert.deepEqual(root?.value ?? null, parse(source, { version: '1.2', schema: 'core', stringKeys: true, uniqueKeys: false, logLevel: 'silent' }));
    }), { numRuns: 1000 });
  });

  it('never throws, and reports within the text only', () => {
    fc.assert(fc.property(fc.oneof(text, fc.string({ unit: 'binary', maxLength: 30 })), fc.constantFrom('data' as const, 'options' as const), (source, purpose) => {
      for (const { span } of readYamlTree(source, purpose).issues) assert.ok(span.start >= 0 && span.start <= span.end && span.end <= source.length, JSON.stringify(span));
    }), { numRuns: 600 });
  });

  describe('that is hostile', () => {
    // Mocha asks for stacks without end, which take seconds where the stack overflows; programs do not.
    const { stackTraceLimit } = Error;
    before(() => void (Error.stackTraceLimit = 10));
    after(() => void (Error.stackTraceLimit = stackTraceLimit));

    const bomb = (scalar: string): string => ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]!}`).join(',')}]`)].join('\n').replaceAll('x', scalar);
    const bounded: readonly (readonly [what: string, text: () => string, code: string])[] = [
      ['a bomb of lists', () => bomb('x'), 'too-large'],
      ['a bomb of maps', () => `a: &a {k: v}\nb: &b [${'*a,'.repeat(1000)}]\nc: [${'*b,'.repeat(1000)}]`, 'too-large'],
      ['one long text many times', () => `a: &a ${'x'.repeat(1_000_000)}\nb: [${'*a,'.repeat(1000)}]`, 'too-large'],
      ['one long key many times', () => `a: &a { ${'k'.repeat(1000)}: 1 }\nb: [${'*a,'.repeat(70_000)}]`, 'too-large'],
      ['lists in lists', () => '['.repeat(20_000), 'too-deep'],
      ['block lists in lists', () => '- '.repeat(20_000), 'too-deep'],
      ['maps in maps', () => Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'too-deep'],
      ['maps in maps of one line', () => '{a: '.repeat(20_000), 'too-deep'],
      ['more marks than may be', () => '[],'.repeat(200_000), 'too-large'],
      ['a number of a million digits', () => `a: ${'9'.repeat(1_000_000)}`, 'yaml-number'],
    ];
    for (const [what, source, code] of bounded) {
      it(`is bounded: ${what}`, () => {
        const { codes, value } = read(source());
        assert.equal(codes.filter((one) => one === code).length, 1, codes.slice(0, 3).join());
        assert.ok(codes.length <= 200);
        assert.ok(JSON.stringify(value ?? null).length < 100_000_000);
      });
    }

    it('is bounded: 101 levels are one too many, 100 are read', () => {
      assert.deepEqual(read(`${'['.repeat(100)}${']'.repeat(100)}`).codes, []);
      assert.deepEqual(read(`${'['.repeat(102)}${']'.repeat(102)}`).codes, ['too-deep']);
    });

    it('is bounded: a text of 10 MB is read whole', () => assert.equal((read(`a: ${'x'.repeat(10_000_000)}`).value as { a: string }).a.length, 10_000_000));
  });
});
