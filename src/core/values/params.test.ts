import assert from 'node:assert/strict';
import { checkParamValue, parseParams, parseParamValue, type ParamDeclaration, type ParamType } from './params.ts';
import { readYamlTree } from './yaml-tree.ts';
import type { Json } from '../json.ts';

type Declared = Omit<ParamDeclaration, 'name' | 'nameSpan'>;

function read(yaml: string): { readonly params: Readonly<Record<string, Declared>>; readonly problems: readonly string[]; readonly spots: readonly string[] } {
  const { params, problems } = parseParams(readYamlTree(yaml, 'options').root!);
  return {
    params: Object.fromEntries(params.map(({ name, nameSpan: _, ...declared }) => [name, declared])),
    problems: problems.map((problem) => `${problem.severity} ${problem.code}: ${problem.message}`),
    spots: problems.map(({ span }) => yaml.slice(span.start, span.end)),
  };
}

describe('Parameters of a notebook', () => {
  const rows: readonly (readonly [yaml: string, declared: Declared])[] = [
    ['p: paper clips', { type: 'string', default: 'paper clips' }],
    ['p: 4', { type: 'number', default: 4 }],
    ['p: true', { type: 'boolean', default: true }],
    ['p: "4"', { type: 'string', default: '4' }],
    ['p: [1, a]', { type: 'array', default: [1, 'a'] }],
    ['p: {a: 1}', { type: 'object', default: { a: 1 } }],
    ['p:', { type: 'string' }],
    ['p: null', { type: 'string' }],
    ['p: ""', { type: 'string', default: '' }],
    ['p: {type: integer}', { type: 'integer' }],
    ['p: {type: integer, default: 4, description: how many}', { type: 'integer', default: 4, description: 'how many' }],
    ['p: {default: 4}', { type: 'number', default: 4 }],
    ['p: {default: null}', { type: 'any', default: null }],
    ['p: {type: string, default: null}', { type: 'string', default: null }],
    ['p: {type: string, default: 007}', { type: 'string', default: '007' }],
    ['p: {type: string, default: true}', { type: 'string', default: 'true' }],
    ['p: {type: any, default: [x]}', { type: 'any', default: ['x'] }],
    ['p: {default: {type: x}}', { type: 'object', default: { type: 'x' } }],
    ['p: {type: car, wheels: 4}', { type: 'object', default: { type: 'car', wheels: 4 } }],
    ['p: {description: a thing}', { type: 'object', default: { description: 'a thing' } }],
    ['p: {type: number, default: 1.0}', { type: 'number', default: 1 }],
    ['p: {type: integer, default: 1.0}', { type: 'integer', default: 1 }],
  ];
  for (const [yaml, declared] of rows) it(`are read: ${yaml}`, () => assert.deepEqual(read(yaml), { params: { p: declared }, problems: [], spots: [] }));

  it('keep the order they stand in, and where their names stand', () => {
    const yaml = 'b: 1\na-2: x';
    const { params } = parseParams(readYamlTree(yaml, 'options').root!);
    assert.deepEqual(params.map(({ name, nameSpan }) => [name, yaml.slice(nameSpan.start, nameSpan.end)]), [['b', 'b'], ['a-2', 'a-2']]);
  });

  const wrong: readonly (readonly [yaml: string, spot: string, message: RegExp])[] = [
    ['[a]', '[a]', /error param: `params` is a map/],
    ['text', 'text', /error param: `params` is a map/],
    ['each: 1', 'each', /error bad-name: `each` cannot be a name/],
    ['2nd: 1', '2nd', /error bad-name/],
    ['"a b": 1', '"a b"', /error bad-name/],
    ['p: {type: int}', 'int', /error param: .* not `int`\. Did you mean `integer`\?/],
    ['p: {type: bolean}', 'bolean', /Did you mean `boolean`\?/],
    ['p: {type: list}', 'list', /Did you mean `array`\?/],
    ['p: {type: 5}', '5', /not `5`\.$/],
    ['p: {type: [a]}', '[a]', /error param: A parameter's type is/],
    ['p: {type: constructor}', 'constructor', /not `constructor`\.$/],
    ['p: {type: number, defualt: 4}', 'defualt', /error unknown-option: A parameter has no `defualt`\. Did you mean `default`\?/],
    ['p: {type: integer, default: x}', 'x', /error param: The default of `p` is not a whole number/],
    ['p: {type: integer, default: 1.5}', '1.5', /is not a whole number/],
    ['p: {type: array, default: {}}', '{}', /is not a list/],
    ['p: {type: string, default: [x]}', '[x]', /is not text/],
    ['p: 007', '007', /warning yaml-number: `007` would be the number 7/],
    ['p: {default: 12345678901234567890}', '12345678901234567890', /warning yaml-number/],
  ];
  for (const [yaml, spot, message] of wrong) {
    it(`are wrong: ${yaml}`, () => {
      const { problems, spots } = read(yaml);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, message);
      assert.deepEqual(spots, [spot]);
    });
  }

  it('have fixes where it is known what was meant', () => {
    const fixed = (yaml: string): string => {
      const { span, text } = parseParams(readYamlTree(yaml, 'options').root!).problems[0]!.fix!;
      return yaml.slice(0, span.start) + text + yaml.slice(span.end);
    };
    assert.deepEqual(['p: {type: int}', 'p: {type: x, default: 1}', 'p: {type: number, defualt: 4}', 'p: 007'].map((yaml) => (yaml.includes('x,') ? parseParams(readYamlTree(yaml, 'options').root!).problems[0]!.fix : fixed(yaml))), ['p: {type: integer}', undefined, 'p: {type: number, default: 4}', 'p: "007"']);
  });

  it('are none where nothing stands', () => assert.deepEqual(parseParams({ value: null, span: { start: 0, end: 0 }, source: '', quoted: false, items: null, entries: null }), { params: [], problems: [] }));

  describe('given as text', () => {
    const param = (type: ParamType): ParamDeclaration => ({ name: 'p', nameSpan: { start: 0, end: 1 }, type });
    const given: readonly (readonly [type: ParamType, text: string, value: Json])[] = [
      ['string', '', ''], ['string', ' 5 ', ' 5 '], ['string', '{"a": 1}', '{"a": 1}'], ['string', 'null', 'null'],
      ['number', '5', 5], ['number', ' -1.5e3 ', -1500], ['integer', '5', 5], ['integer', '5.0', 5], ['integer', '-0', -0],
      ['boolean', 'true', true], ['boolean', 'false', false], ['array', '[1, "a"]', [1, 'a']], ['object', '{"a": [null]}', { a: [null] }],
      ['any', '5', 5], ['any', 'null', null], ['any', '"x"', 'x'], ['any', 'just words', 'just words'], ['any', '[1,]', '[1,]'], ['any', '12345678901234567890', '12345678901234567890'], ['any', '', ''],
    ];
    for (const [type, text, value] of given) it(`${type}: ${JSON.stringify(text)}`, () => assert.deepEqual(parseParamValue(param(type), text), { value }));

    const refused: readonly (readonly [type: ParamType, text: string, problem: RegExp])[] = [
      ['number', 'five', /^The parameter `p` is a number, and `five` is not\.$/],
      ['number', '', /is a number, and `` is not/],
      ['number', '"5"', /is a number/],
      ['number', '0x10', /is a number/],
      ['number', '1e999', /is too large for a number/],
      ['integer', '1.5', /is a whole number, and `1\.5` is not/],
      ['integer', '12345678901234567890', /has more digits than a number keeps/],
      ['boolean', 'yes', /is `true` or `false`, and `yes` is not/],
      ['boolean', '1', /is `true` or `false`/],
      ['array', '{}', /is a list in JSON, and `{}` is not\.$/],
      ['array', '[1,]', /is a list in JSON, and `\[1,\]` is not\. JSON has no comma before/],
      ['object', 'null', /is an object in JSON/],
      ['object', '[]', /is an object in JSON/],
      ['number', 'x'.repeat(100), /`x{39}…` is not/],
    ];
    for (const [type, text, problem] of refused) {
      it(`${type}, refused: ${JSON.stringify(text).slice(0, 40)}`, () => {
        const read = parseParamValue(param(type), text);
        assert.match('problem' in read ? read.problem : JSON.stringify(read), problem);
      });
    }
  });

  describe('given as values', () => {
    const right: readonly (readonly [type: ParamType, value: Json, is: boolean])[] = [
      ['string', 'x', true], ['string', 5, false], ['number', 5, true], ['number', '5', false], ['integer', 5.5, false], ['integer', 5, true], ['boolean', false, true], ['boolean', 0, false],
      ['array', [], true], ['array', {}, false], ['object', {}, true], ['object', [], false], ['object', null, false], ['any', null, true], ['any', [], true],
    ];
    for (const [type, value, is] of right) {
      it(`${JSON.stringify(value)} is ${is ? '' : 'not '}of type ${type}`, () => {
        const read = checkParamValue({ name: 'p', nameSpan: { start: 0, end: 1 }, type }, value);
        if (is) assert.deepEqual(read, { value });
        else assert.match('problem' in read ? read.problem : '', /^The parameter `p` is .*, and `.*` is not\.$/);
      });
    }
  });
});
