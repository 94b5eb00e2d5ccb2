import assert from 'node:assert/strict';
import { compileSchema } from './json-schema.ts';
import { readSchemaErrors } from './schema-errors.ts';
import type { Json, JsonSchema } from '../json.ts';

describe('What is wrong with a value', () => {
  const price = { type: 'object', properties: { items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } }, required: ['price'], additionalProperties: false } } } } as const;
  const rows: readonly (readonly [schema: JsonSchema, value: Json, messages: readonly string[]])[] = [
    [price, { items: [{ price: 1 }, { price: 'cheap' }] }, ['items[1].price must be a number, is "cheap"']],
    [price, { items: [{}] }, ['items[0].price is missing']],
    [price, { items: [{ price: 1, prise: 2 }] }, ['items[0].prise is not allowed; did you mean "price"?']],
    [price, [], ['the value must be an object, is an empty list']],
    [{ type: 'integer' }, 1.5, ['the value must be a whole number, is 1.5']],
    [{ type: ['string', 'null'] }, {}, ['the value must be a string or null, is an object']],
    [{ type: ['boolean', 'string', 'null'] }, [1], ['the value must be true or false, a string or null, is a list']],
    [{ enum: ['red', 1, null] }, 'blue', ['the value must be one of "red", 1 or null, is "blue"']],
    [{ const: 'x' }, 'y', ['the value must be "x", is "y"']],
    [{ minimum: 1 }, 0, ['the value must be at least 1, is 0']],
    [{ maximum: 1 }, 2, ['the value must be at most 1, is 2']],
    [{ exclusiveMinimum: 1 }, 1, ['the value must be more than 1, is 1']],
    [{ exclusiveMaximum: 1 }, 1, ['the value must be less than 1, is 1']],
    [{ multipleOf: 5 }, 7, ['the value must be a multiple of 5, is 7']],
    [{ minLength: 2 }, '😀', ['the value must have at least 2 characters, has 1']],
    [{ maxLength: 1 }, '😀😀', ['the value must have at most 1 character, has 2']],
    [{ minItems: 2 }, [1], ['the value must have at least 2 items, has 1']],
    [{ maxItems: 1 }, [1, 2], ['the value must have at most 1 item, has 2']],
    [{ minProperties: 1 }, {}, ['the value must have at least 1 field, has 0']],
    [{ maxProperties: 0 }, { a: 1 }, ['the value must have at most 0 fields, has 1']],
    [{ pattern: '^a' }, 'b', ['the value must match /^a/, is "b"']],
    [{ format: 'date' }, '1.2.2024', ['the value must be a date such as 2024-12-31, is "1.2.2024"']],
    [{ format: 'email' }, 'x', ['the value must be an e-mail address, is "x"']],
    [{ format: 'json-pointer' }, 'x', ['the value must be of the format "json-pointer", is "x"']],
    [{ uniqueItems: true }, [1, 1], ['the value must not hold the same item twice']],
    [{ contains: { type: 'string' } }, [1], ['the value must hold at least 1 item of the kind asked for']],
    [{ contains: { type: 'string' }, minContains: 2, maxContains: 3 }, ['a', 1], ['the value must hold between 2 and 3 items of the kind asked for']],
    [{ propertyNames: { maxLength: 1 } }, { ab: 1 }, ['the name "ab" must have at most 1 character, has 2', 'ab is not an allowed name']],
    [{ not: { type: 'string' } }, 'x', ['the value is "x", which the schema rules out']],
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, ['b is missing']],
    [{ dependencies: { a: ['b'] } }, { a: 1 }, ['b is missing']],
    [{ prefixItems: [{}], items: false }, [1, 2], ['the value must have at most 1 item, has 2']],
    [{ items: [{}], additionalItems: false }, [1, 2], ['the value must have at most 1 item, has 2']],
    [{ properties: { size: true }, unevaluatedProperties: false }, { colour: 1 }, ['colour is not allowed']],
    [{ if: { required: ['a'] }, then: { required: ['b'] } }, { a: 1 }, ['b is missing']],
    [false, 1, ['the value is not allowed']],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, true, ['the value must be a string or a number, is true']],
    [{ anyOf: [{ type: 'string' }, { type: 'object', properties: { a: { type: 'number' } } }] }, { a: 'x' }, ['the value follows none of the forms allowed, is an object', 'a must be a number, is "x"']],
    [{ anyOf: [{ $ref: '#/$defs/cat' }, { $ref: '#/$defs/dog' }], $defs: { cat: { properties: { kind: { const: 'cat' }, lives: { type: 'number' } } }, dog: { properties: { kind: { const: 'dog' }, barks: { type: 'boolean' }, lives: false } } } }, { kind: 'cat', lives: 'nine' }, ['the value follows none of the forms allowed, is an object', 'lives must be a number, is "nine"']],
    [{ $defs: { a: { type: 'string' }, b: { type: 'number' } }, oneOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }] }, true, ['the value must be a string or a number, is true']],
    [{ required: ['z'], properties: { a: { contains: { required: ['x'], properties: { y: { type: 'string' } } } } } }, { a: [{ y: 1 }] }, ['z is missing', 'a must hold at least 1 item of the kind asked for']],
    [{ required: ['z'], anyOf: [{ required: ['x'] }, { required: ['y'] }] }, {}, ['the value follows none of the forms allowed, is an object', 'x is missing', 'z is missing']],
    [{ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3, ['the value follows more than one of the forms allowed, and must follow exactly one']],
    [{ properties: { 'a b': { properties: { 'c/d~e': { type: 'string' }, 0: { type: 'string' } } } } }, { 'a b': { 'c/d~e': 1, 0: 1 } }, ['["a b"][0] must be a string, is 1', '["a b"]["c/d~e"] must be a string, is 1']],
    [{ properties: { ['k'.repeat(100)]: { type: 'string' } } }, { ['k'.repeat(100)]: 1 }, [`["${'k'.repeat(59)}…"] must be a string, is 1`]],
    [{ type: 'number' }, 'x'.repeat(100), [`the value must be a number, is "${'x'.repeat(59)}…"`]],
    [{ type: 'number' }, `${'x'.repeat(58)}😀😀`, [`the value must be a number, is "${'x'.repeat(58)}…"`]],
  ];
  for (const [schema, value, messages] of rows) {
    it(JSON.stringify([schema, value]).slice(0, 100), async () => {
      const compiled = await compileSchema(schema);
      assert.ok('validate' in compiled);
      assert.deepEqual(compiled.validate(value), messages);
    });
  }

  it('is said of the first ten places, and how many more there are', async () => {
    const compiled = await compileSchema({ items: { type: 'string' } });
    assert.ok('validate' in compiled);
    assert.deepEqual(compiled.validate(Array(12).fill(1)).slice(-2), ['[9] must be a string, is 1', 'and 2 more']);
    assert.equal(compiled.validate(Array(500).fill(1)).at(-1), 'and many more');
  });

  it('is said of a choice of hundred values in a line', async () => {
    const compiled = await compileSchema({ enum: Array.from({ length: 100 }, (_, index) => index) });
    assert.ok('validate' in compiled);
    assert.deepEqual(compiled.validate(-1), ['the value must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 or 88 more, is -1']);
  });

  it('is said even of keywords that nobody knows here', () => {
    assert.deepEqual(readSchemaErrors([{ keyword: 'other', instancePath: '/a', schemaPath: '#/other', params: {}, message: 'must be other' }]), ['a must be other']);
    assert.deepEqual(readSchemaErrors([{ keyword: 'if', instancePath: '', schemaPath: '#/if', params: {} }]), ['the value does not follow the schema']);
  });
});
