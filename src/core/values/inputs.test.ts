import assert from 'node:assert/strict';
import { parseInputs, wrongInput, inputChoices, inputFromText } from './inputs.ts';
import { parseOptions } from '../prompt/front-matter.ts';
import type { Json, JsonSchema } from '../json.ts';

function read(yaml: string): { readonly inputs: readonly unknown[]; readonly problems: readonly string[] } {
  const text = `input: ${yaml}`;
  const { root, problems } = parseOptions(text);
  assert.deepEqual(problems, []);
  const found = parseInputs(root!.entries![0]!.node);
  return {
    inputs: found.inputs.map(({ name, required, default: value, span }) => [name, required ? 'required' : 'optional', ...(value === undefined ? [] : [value]), text.slice(span.start, span.end)]),
    problems: found.problems.map(({ code, span, message }) => `${code}: ${text.slice(span.start, span.end)}: ${message}`),
  };
}

describe('The inputs of a cell', () => {
  const rows: readonly (readonly [yaml: string, inputs: readonly unknown[], ...problems: string[]])[] = [
    ['{schema: {topic: string, tone?: "string, how"}}', [['topic', 'required', 'topic'], ['tone', 'optional', 'tone?']]],
    ['{schema: {type: object, properties: {topic: {type: string}}, required: [topic]}}', [['topic', 'required', 'topic']]],
    ['{schema: {properties: {topic: {type: string}}}}', [['topic', 'optional', 'topic']]],
    ['{default: {topic: pins, n: 3}}', [['topic', 'optional', 'pins', 'topic'], ['n', 'optional', 3, 'n']]],
    ['{schema: {topic: string}, default: {topic: pins}}', [['topic', 'required', 'pins', 'topic']]],
    ['{schema: {year: string, sure?: string, n: number}, default: {year: 007, sure: yes, n: 1.50}}', [['year', 'required', '007', 'year'], ['sure', 'optional', 'yes', 'sure?'], ['n', 'required', 1.5, 'n']]],
    ['{default: {year: 007}}', [['year', 'optional', 7, 'year']], 'yaml-number: 007: `007` would be the number 7: quote it to keep it as it is.'],
    ['{schema: {n: integer}, default: {n: null}}', [['n', 'required', null, 'n']]],
    ['{x-note: a}', []],
    ['{schema: {n: integer}, default: {n: many}}', [['n', 'required', 'many', 'n']], 'input: many: The default of `n` must be a whole number, as its schema says.'],
    ['{schema: {mood(enum): [dark, light]}, default: {mood: grey}}', [['mood', 'required', 'grey', 'mood(enum)']], 'input: grey: The default of `mood` must be `dark` or `light`, as its schema says.'],
    ['[a]', [], 'input: [a]: `input` is a map with `schema` and `default`.'],
    ['{default: [a]}', [], 'input: [a]: `default` is a map from the name of an input to its value.'],
    ['{defualt: {a: 1}}', [], 'unknown-option: defualt: `input` has no `defualt`: it has `schema` and `default`. Did you mean `default`?'],
    ['{schema: {each: string}}', [], 'bad-name: each: `each` cannot be a name: it is letters, digits, `_` and `-`, not first a digit, and no word of the language.'],
    ['{schema: {a: string, (*): number}}', [['a', 'required', 'a']]],
    ['{schema: {tags: "string[]"}}', [['tags', 'optional', 'tags']], 'schema: "string[]": `tags` has the type `string[]`: a list is written `tags(array): string`.'],
    ['{schema: {a: {b: strng}}}', [['a', 'optional', 'a']], 'schema: strng: `a.b` has the type `strng`, which is none of `string`, `number`, `integer`, `boolean`, `null`, `any`. Did you mean `string`?'],
    ['{schema: {a(list): string}}', [['a', 'optional', 'a(list)']], 'schema: string: `a(list)`: only `array`, `object` and `enum` stand in parentheses, not `list`.'],
    ['{schema: {a(enum): string}}', [['a', 'optional', 'a(enum)']], 'schema: string: `a(enum)` must be a list of the values it may have.'],
    ['{schema: [a]}', [], 'schema: [a]: A schema is a type such as `string`, or a map from names to types, not a list.'],
  ];
  for (const [yaml, inputs, ...problems] of rows) it(yaml, () => assert.deepEqual(read(yaml), { inputs, problems }));

  it('are known where their schema has more in it that is wrong, as in examples of dotprompt', () => {
    const text = 'input: {schema: {type: object, properties: {a: string, b: {type: strin}}}}';
    const { inputs, problems } = parseInputs(parseOptions(text).root!.entries![0]!.node);
    assert.deepEqual(inputs.map((one) => one.name), ['a', 'b']);
    assert.deepEqual(problems.map(({ code, severity, span }) => [code, severity, text.slice(span.start, span.end)]), [['schema', 'warning', '{type: object, properties: {a: string, b: {type: strin}}}']]);
  });

  const fits: readonly (readonly [schema: JsonSchema, value: Json, wrong: string | null])[] = [
    [{ type: 'string' }, 'x', null], [{ type: 'string' }, 5, 'a text'], [{ type: 'number' }, 1.5, null], [{ type: 'number' }, '1.5', 'a number'],
    [{ type: 'integer' }, 2, null], [{ type: 'integer' }, 2.5, 'a whole number'], [{ type: 'boolean' }, false, null], [{ type: 'boolean' }, 0, '`true` or `false`'],
    [{ type: 'array' }, [], null], [{ type: 'array' }, {}, 'a list'], [{ type: 'object' }, {}, null], [{ type: 'object' }, [], 'an object'], [{ type: 'object' }, null, 'an object'],
    [{ type: ['integer', 'null'] }, null, null], [{ type: ['integer', 'null'] }, 'x', 'a whole number or nothing'],
    [{ enum: ['a', 1, null] }, null, null], [{ enum: ['a', 1] }, '1', '`a` or `1`'], [{}, 'x', null], [true, 'x', null], [{ description: 'any' }, { a: 1 }, null],
  ];
  for (const [schema, value, wrong] of fits) it(`${JSON.stringify(value)} for ${JSON.stringify(schema)}`, () => assert.equal(wrongInput(schema, value), wrong));

  const typed: readonly (readonly [schema: JsonSchema, text: string, value: Json])[] = [
    [{ type: 'string' }, '5', '5'], [{}, '5', '5'], [{ type: 'integer' }, ' 5 ', 5], [{ type: ['string', 'number'] }, '5', '5'], [{ type: 'boolean' }, 'true', true],
    [{ type: 'array' }, '[1]', [1]], [{ type: 'array' }, '[1', '[1'], [{ enum: ['a', 1] }, '1', 1], [{ enum: ['a', '1'] }, '1', '1'],
  ];
  for (const [schema, text, value] of typed) it(`${text} typed for ${JSON.stringify(schema)}`, () => assert.deepEqual(inputFromText(schema, text), value));

  it('tell their choices where these are texts', () => {
    assert.deepEqual([inputChoices({ enum: ['a', 'b'] }), inputChoices({ enum: ['a', 1] }), inputChoices({ type: 'string' }), inputChoices(true)], [['a', 'b'], null, null, null]);
  });
});
