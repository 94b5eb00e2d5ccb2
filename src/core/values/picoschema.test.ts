import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkSchema, compileSchema } from './json-schema.ts';
import { isPicoschema, picoschema } from './picoschema.ts';
import type { Json, JsonSchema } from '../json.ts';

const object = (properties: Json, required: readonly string[] = [], additionalProperties: Json = false): Json => ({ type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties });

function schemaOf(value: Json): Json {
  const read = picoschema(value);
  return 'problem' in read ? read.problem : read.schema;
}

function problemOf(value: Json): string {
  const read = picoschema(value);
  return 'problem' in read ? read.problem : 'none';
}

describe('Picoschema', () => {
  const rows: readonly (readonly [value: Json, schema: Json])[] = [
    ['string', { type: 'string' }],
    ['string, a text, or two', { type: 'string', description: 'a text, or two' }],
    ['  number ,  with blanks  ', { type: 'number', description: 'with blanks' }],
    ['integer,', { type: 'integer' }],
    ['any', {}],
    ['any, anything', { description: 'anything' }],
    [null, { type: 'null' }],
    [{}, object({})],
    [{ title: 'string' }, object({ title: { type: 'string' } }, ['title'])],
    [{ 'year?': 'integer, of print' }, object({ year: { type: ['integer', 'null'], description: 'of print' } })],
    [{ 'more?': 'any' }, object({ more: {} })],
    [{ nothing: null }, object({ nothing: { type: 'null' } }, ['nothing'])],
    [{ 'tags(array)': 'string' }, object({ tags: { type: 'array', items: { type: 'string' } } }, ['tags'])],
    [{ 'tags?(array, some words)': 'string, one of them' }, object({ tags: { type: ['array', 'null'], items: { type: 'string', description: 'one of them' }, description: 'some words' } })],
    [{ 'rows(array)': { a: 'number' } }, object({ rows: { type: 'array', items: object({ a: { type: 'number' } }, ['a']) } }, ['rows'])],
    [{ image: { url: 'string' } }, object({ image: object({ url: { type: 'string' } }, ['url']) }, ['image'])],
    [{ 'image?': { url: 'string' } }, object({ image: { ...(object({ url: { type: 'string' } }, ['url']) as object), type: ['object', 'null'] } })],
    [{ 'image(object, a picture)': { 'url?': 'string' } }, object({ image: { ...(object({ url: { type: ['string', 'null'] } }) as object), description: 'a picture' } }, ['image'])],
    [{ 'image?(object)': { url: 'string' } }, object({ image: { ...(object({ url: { type: 'string' } }, ['url']) as object), type: ['object', 'null'] } })],
    [{ 'mood(enum)': ['dark', 'light'] }, object({ mood: { enum: ['dark', 'light'] } }, ['mood'])],
    [{ 'mood?(enum, of it)': ['dark', 1] }, object({ mood: { enum: ['dark', 1, null], description: 'of it' } })],
    [{ 'mood?(enum)': ['dark', null] }, object({ mood: { enum: ['dark', null] } })],
    [{ '(*)': 'any, whatever' }, object({}, [], { description: 'whatever' })],
    [{ a: 'string', '(*)': 'number' }, object({ a: { type: 'string' } }, ['a'], { type: 'number' })],
    [{ 'a b': 'string', é: 'string' }, object({ 'a b': { type: 'string' }, é: { type: 'string' } }, ['a b', 'é'])],
    [{ type: 'string, of vehicle', size: 'number' }, object({ type: { type: 'string', description: 'of vehicle' }, size: { type: 'number' } }, ['type', 'size'])],
    [{ properties: 'string', items: 'string', enum: 'string' }, object({ properties: { type: 'string' }, items: { type: 'string' }, enum: { type: 'string' } }, ['properties', 'items', 'enum'])],
  ];
  for (const [value, schema] of rows) it(`${JSON.stringify(value)} as JSON Schema`, () => assert.deepEqual(schemaOf(value), schema));

  const asTheyAre: readonly Json[] = [true, { type: 'string' }, { type: ['string', 'null'] }, { type: 'array', items: { type: 'string' } }, { $ref: '#/$defs/a', $defs: { a: {} } }, { $schema: 'https://json-schema.org/draft/2020-12/schema' }, { anyOf: [{ type: 'string' }] }, { enum: ['a'] }];
  for (const value of asTheyAre) {
    it(`leaves JSON Schema alone: ${JSON.stringify(value)}`, () => {
      assert.deepEqual(schemaOf(value), value);
      assert.equal(isPicoschema(value), false);
    });
  }

  it('takes a map with `properties` for an object’s schema, as dotprompt does', () => {
    assert.deepEqual(schemaOf({ properties: { a: { type: 'string' } } }), { type: 'object', properties: { a: { type: 'string' } } });
    assert.equal(isPicoschema({ properties: { a: 'string' } }), false);
  });

  it('knows its own form', () => assert.deepEqual([{}, { a: 'string' }, { properties: 'string' }, { type: 'string, x' }, [], 'string', null].map((value) => isPicoschema(value as Json)), [true, true, true, true, false, false, false]));

  const wrong: readonly (readonly [value: Json, problem: RegExp])[] = [
    [5, /A schema is a type such as `string`, or a map from names to types, not `5`/],
    [['a'], /not a list/],
    ['sting', /The schema has the type `sting`, .* Did you mean `string`\?/],
    [{ a: 'int' }, /`a` has the type `int`, .* Did you mean `integer`\?/],
    [{ a: 'list' }, /`a` has the type `list`, .*`name\(array\): string`/],
    [{ a: 'object' }, /An object is written as a map of its fields/],
    [{ a: 'string[]' }, /a list is written `a\(array\): string`/],
    [{ 'a(enum)': [] }, /must be a list of the values/],
    [{ a: 'string', 'a?': 'number' }, /`a` stands twice in the schema/],
    [{ a: 'constructor' }, /`a` has the type `constructor`, which is none of .*`any`\.$/],
    [{ a: { b: 'strings' } }, /`a\.b` has the type/],
    [{ a: 5 }, /`a` must be a type such as `string`, or a map, not `5`/],
    [{ a: ['x'] }, /not a list/],
    [{ 'a(enum)': 'x' }, /`a\(enum\)` must be a list of the values/],
    [{ 'a(map)': 'x' }, /only `array`, `object` and `enum` stand in parentheses, not `map`/],
    [{ 'a(array': 'x' }, /`a\(array` is no name of a field/],
    [{ '?': 'string' }, /is no name of a field/],
  ];
  for (const [value, problem] of wrong) it(`says what is wrong with ${JSON.stringify(value)}`, () => assert.match(problemOf(value), problem));

  it('takes types that somebody else knows', () => {
    const named = (name: string): JsonSchema | undefined => (name === 'Person' ? { type: 'object', properties: { name: { type: 'string' } } } : undefined);
    assert.deepEqual(picoschema({ 'who?': 'Person, somebody' }, named), { schema: object({ who: { type: ['object', 'null'], properties: { name: { type: 'string' } }, description: 'somebody' } }) });
  });

  it('is bounded in depth', () => {
    let value: Json = 'string';
    for (let depth = 0; depth < 10_000; depth++) value = { a: value };
    assert.match(problemOf(value), /nests more than 50 deep/);
  });

  it('whatever it is made of, gives a schema that can be used, or a problem', async () => {
    const type = fc.constantFrom('string', 'number, x', 'integer', 'boolean', 'null', 'any', 'other', '');
    const key = fc.constantFrom('a', 'b?', 'c(array)', 'd?(array, x)', 'e(object)', 'f(enum)', '(*)', 'g?(enum, y)', 'type', 'properties', 'a(', '?');
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, type, fc.constantFrom(null, true, 1), fc.array(type, { maxLength: 2 }), fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true })),
    }));
    await fc.assert(fc.asyncProperty(value, async (one) => {
      const read = picoschema(one);
      if ('problem' in read || checkSchema(read.schema) !== null) return;
      const compiled = await compileSchema(read.schema);
      assert.ok('validate' in compiled, JSON.stringify(compiled));
      compiled.validate(one);
    }), { numRuns: 300 });
  });
});
