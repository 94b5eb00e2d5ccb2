import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { checkSchema, compileSchema } from './json-schema.ts';
import type { Json, JsonSchema } from '../json.ts';

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

async function faults(schema: JsonSchema, value: Json): Promise<readonly string[]> {
  const compiled = await compileSchema(schema);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled.validate(value);
}

async function problem(schema: JsonSchema): Promise<string> {
  const compiled = await compileSchema(schema);
  return 'problem' in compiled ? compiled.problem : 'none';
}

/** Draft 2020-12 by its words, without formats and what is unevaluated. `one` is what references refer to. */
function follows(schema: JsonSchema, value: Json, one: JsonSchema): boolean {
  if (typeof schema === 'boolean') return schema;
  const ok = (inner: Json | undefined, part: Json): boolean => inner === undefined || follows(inner as JsonSchema, part, one);
  const has = (key: string): boolean => schema[key] !== undefined;
  const number = (key: string): number => schema[key] as number;
  const list = (key: string): readonly Json[] => (schema[key] ?? []) as readonly Json[];
  const map = (key: string): [string, Json][] => Object.entries((schema[key] ?? {}) as { readonly [name: string]: Json });
  const types = (has('type') ? [schema['type']!].flat() : []) as readonly string[];
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (types.length > 0 && !types.includes(type) && !(types.includes('integer') && Number.isInteger(value))) return false;
  if (has('enum') && !list('enum').some((other) => isDeepStrictEqual(other, value))) return false;
  if (has('const') && !isDeepStrictEqual(schema['const'], value)) return false;
  if (has('$ref') && !ok(one, value)) return false;
  if (!list('allOf').every((inner) => ok(inner, value)) || (has('anyOf') && !list('anyOf').some((inner) => ok(inner, value)))) return false;
  if (has('oneOf') && list('oneOf').filter((inner) => ok(inner, value)).length !== 1) return false;
  if (has('not') && ok(schema['not'], value)) return false;
  if (has('if') && !ok(schema[ok(schema['if'], value) ? 'then' : 'else'], value)) return false;
  if (typeof value === 'number') {
    if (value < number('minimum') || value > number('maximum') || value <= number('exclusiveMinimum') || value >= number('exclusiveMaximum')) return false;
    if (has('multipleOf') && value % number('multipleOf') !== 0) return false;
  } else if (typeof value === 'string') {
    if ([...value].length < number('minLength') || [...value].length > number('maxLength')) return false;
    if (has('pattern') && !new RegExp(schema['pattern'] as string, 'u').test(value)) return false;
  } else if (Array.isArray(value)) {
    const items = value as readonly Json[];
    if (items.length < number('minItems') || items.length > number('maxItems')) return false;
    if (schema['uniqueItems'] === true && items.some((item, index) => items.slice(0, index).some((other) => isDeepStrictEqual(other, item)))) return false;
    if (!items.every((item, index) => ok(index < list('prefixItems').length ? list('prefixItems')[index] : schema['items'], item))) return false;
    if (has('contains')) {
      const count = items.filter((item) => ok(schema['contains'], item)).length;
      if (count < (has('minContains') ? number('minContains') : 1) || count > number('maxContains')) return false;
    }
  } else if (typeof value === 'object' && value !== null) {
    const object = value as { readonly [name: string]: Json };
    const keys = Object.keys(object);
    if (keys.length < number('minProperties') || keys.length > number('maxProperties')) return false;
    if (!list('required').every((name) => Object.hasOwn(object, name as string))) return false;
    for (const [name, needed] of map('dependentRequired')) if (Object.hasOwn(object, name) && !(needed as readonly string[]).every((other) => Object.hasOwn(object, other))) return false;
    for (const [name, inner] of map('dependentSchemas')) if (Object.hasOwn(object, name) && !ok(inner, value)) return false;
    for (const key of keys) {
      const matching = [...map('properties').filter(([name]) => name === key), ...map('patternProperties').filter(([pattern]) => new RegExp(pattern, 'u').test(key))];
      if (!matching.every(([, inner]) => ok(inner, object[key]!)) || (matching.length === 0 && !ok(schema['additionalProperties'], object[key]!)) || !ok(schema['propertyNames'], key)) return false;
    }
  }
  return true;
}

describe('A JSON Schema', () => {
  const rows: readonly (readonly [what: string, schema: JsonSchema, follow: readonly Json[], fail: readonly Json[]])[] = [
    ['true', true, [null, 1, {}], []],
    ['false', false, [], [null, 1, {}]],
    ['nothing', {}, [null, [], 'x'], []],
    ['types', { type: ['integer', 'null'] }, [1, 1.0, -0, null], [1.5, '1', true, []]],
    ['an object', { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }, [{ a: 'x' }], [{}, { a: 1 }, { a: 'x', b: 1 }, []]],
    ['a multiple of a decimal', { multipleOf: 0.01 }, [0.07, 1.13, 4.35, 1e9], [0.005]],
    ['formats', { format: 'date' }, ['2024-02-29', 1], ['2023-02-29', 'x']],
    ['formats nobody knows', { format: 'colour' }, ['red'], []],
    ['draft 07 by name', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }], additionalItems: false }, [['a'], []], [[1], ['a', 'b']]],
    ['draft 07 by its forms', { items: [{ type: 'string' }], additionalItems: false }, [['a']], [['a', 'b']]],
    ['draft 07 by dependencies', { dependencies: { a: ['b'] } }, [{ b: 1 }, { a: 1, b: 2 }], [{ a: 1 }]],
    ['draft 2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }], items: false }, [['a']], [['a', 'b']]],
    ['a reference', { $defs: { n: { type: 'number' } }, items: { $ref: '#/$defs/n' } }, [[1, 2]], [['x']]],
    ['a reference to an anchor', { $defs: { n: { $anchor: 'num', type: 'number' } }, items: { $ref: '#num' } }, [[1]], [['x']]],
    ['a reference to itself', { properties: { next: { $ref: '#' } }, required: ['v'] }, [{ v: 1, next: { v: 2 } }], [{ v: 1, next: {} }]],
    ['a reference with an escaped name', { $defs: { 'a/b~c d': { type: 'number' } }, items: { $ref: '#/$defs/a~1b~0c%20d' } }, [[1]], [['x']]],
    ['an address of its own', { $id: 'https://example.com/a', properties: { a: { $ref: '#' } } }, [{ a: {} }], []],
    ['items that differ, in any order of keys', { uniqueItems: true }, [[1, '1', true, null, [1], { a: 1 }]], [[1, 1.0], [{ a: 1, b: 2 }, { b: 2, a: 1 }], [[], []], [null, null], [0, -0]]],
    ['names that every object has', { properties: { constructor: { type: 'number' } }, required: ['valueOf'] }, [{ valueOf: 1 }], [{}, { valueOf: 1, constructor: 'x' }]],
    ['characters, not UTF-16 units', { maxLength: 1 }, ['😀', ''], ['ab']],
    ['what is not evaluated', { allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, [{ a: 1 }], [{ b: 1 }]],
    ['what is contained', { items: { contains: { type: 'null' } } }, [[[null, 1]], []], [[[null], []], [[null], [1]]]],
    ['what is contained, in draft 07', { $schema: 'http://json-schema.org/draft-07/schema#', items: { contains: { type: 'null' }, minContains: 0 } }, [[[null, 1]]], [[[null], []]]],
    ['what need not be contained', { items: { contains: { type: 'null' }, minContains: 0, maxContains: 1 } }, [[[null], []]], [[[null, null]]]],
    ['a condition', { if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c'] } }, [{ a: 1, b: 1 }, { c: 1 }], [{ a: 1 }, {}]],
  ];
  for (const [what, schema, follow, fail] of rows) {
    it(`follows or not: ${what}`, async () => {
      for (const value of follow) assert.deepEqual(await faults(schema, value), [], JSON.stringify(value));
      for (const value of fail) assert.notDeepEqual(await faults(schema, value), [], JSON.stringify(value));
    });
  }

  it('is not followed by a key `__proto__` that it does not have', async () => {
    const value = JSON.parse('{"__proto__": {"a": 1}}') as Json;
    assert.deepEqual(await faults({ additionalProperties: false }, value), ['__proto__ is not allowed']);
    assert.deepEqual(await faults({ required: ['a'] }, value), ['a is missing']);
  });

  it('that ajv alone finds wrong is a problem too', async () => assert.match(await problem({ nullable: true }), /The schema cannot be used: .*nullable.*\.$/));

  it('can be used again and again, with the same words', async () => {
    const compiled = await compileSchema({ items: { type: 'number' } });
    assert.ok('validate' in compiled);
    assert.deepEqual([compiled.validate(['x']), compiled.validate([1]), compiled.validate(['x'])], [['[0] must be a number, is "x"'], [], ['[0] must be a number, is "x"']]);
  });

  describe('of any keywords', () => {
    const scalar = fc.constantFrom<Json>(null, true, false, 0, 1, 2, 1.5, -1, 'a', 'b', 'ab', '', '😀', '2024-01-01', 'a@b.de');
    const value = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3, noNullPrototype: true })),
    })).value;
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 2 });
    type Keywords = Readonly<Record<string, fc.Arbitrary<Json>>>;
    const schemas = (own: (parts: { readonly schema: fc.Arbitrary<JsonSchema>; readonly list: fc.Arbitrary<Json>; readonly byName: fc.Arbitrary<Json> }) => Keywords): fc.Arbitrary<JsonSchema> => fc.letrec<{ schema: JsonSchema }>((tie) => {
      const list = fc.array(tie('schema'), { minLength: 1, maxLength: 2 });
      const byName = fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2, noNullPrototype: true });
      const keywords: Keywords = {
        type: fc.oneof(fc.constantFrom('string', 'number', 'integer', 'object', 'array', 'boolean', 'null'), fc.constant(['string', 'object'])),
        enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }), const: value,
        minimum: fc.nat({ max: 2 }), maximum: fc.nat({ max: 2 }), exclusiveMinimum: fc.nat({ max: 2 }), exclusiveMaximum: fc.nat({ max: 2 }), multipleOf: fc.constantFrom(1, 2, 0.5),
        minLength: fc.nat({ max: 2 }), maxLength: fc.nat({ max: 2 }), pattern: fc.constantFrom('^a', 'b$', '[ab]{2}', '.'),
        items: tie('schema'), minItems: fc.nat({ max: 2 }), maxItems: fc.nat({ max: 2 }), uniqueItems: fc.boolean(),
        properties: byName, required: names, additionalProperties: tie('schema'), patternProperties: fc.dictionary(fc.constantFrom('^a', 'c'), tie('schema'), { maxKeys: 1, noNullPrototype: true }),
        propertyNames: tie('schema'), minProperties: fc.nat({ max: 2 }), maxProperties: fc.nat({ max: 2 }),
        allOf: list, anyOf: list, oneOf: list, not: tie('schema'), if: tie('schema'), then: tie('schema'), else: tie('schema'), $ref: fc.constant('#/$defs/one'),
        ...own({ schema: tie('schema'), list, byName }),
      };
      const entries = Object.entries(keywords).map(([key, arbitrary]) => arbitrary.map((one) => [key, one] as const));
      return { schema: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.boolean(), fc.array(fc.oneof(...entries), { maxLength: 3 }).map((list) => Object.fromEntries(list) as JsonSchema)) };
    }).schema;
    const needs = fc.dictionary(fc.constantFrom('a', 'b'), names, { maxKeys: 1, noNullPrototype: true });
    const whole = (schema: JsonSchema, draft: string): JsonSchema => (typeof schema === 'boolean' ? schema : { ...schema, $schema: draft, $defs: { one: { type: ['string', 'array'] } } });
    const drafts = ['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'] as const;

    it('is followed as the standard says, draft 2020-12', async () => {
      const own = schemas(({ schema, list, byName }) => ({ contains: schema, minContains: fc.nat({ max: 2 }), maxContains: fc.nat({ max: 2 }), prefixItems: list, dependentRequired: needs, dependentSchemas: byName }));
      await fc.assert(fc.asyncProperty(own, fc.array(value, { minLength: 1, maxLength: 4 }), async (schema, values) => {
        const root = whole(schema, drafts[1]);
        for (const one of values) assert.equal((await faults(root, one)).length === 0, follows(root, one, { type: ['string', 'array'] }), JSON.stringify(one));
      }), { numRuns: 150 });
    });

    for (const [index, draft] of drafts.entries()) {
      it(`is followed where ajv as it comes says so, ${draft}`, async () => {
        const own = schemas(({ schema, byName }) => ({
          format: fc.constantFrom('date', 'email', 'uri', 'regex'),
          ...(index === 0 ? { dependencies: fc.oneof(byName, needs) } : { unevaluatedProperties: schema, unevaluatedItems: schema }),
        }));
        await fc.assert(fc.asyncProperty(own, fc.array(value, { minLength: 1, maxLength: 4 }), async (schema, values) => {
          const root = whole(schema, draft);
          const options = { strict: false, logger: false, allErrors: true } as const;
          const ajv: Ajv = index === 0 ? new Ajv(options) : new Ajv2020(options);
          for (const [name, format] of Object.entries(fullFormats)) ajv.addFormat(name, format);
          const plain = ajv.compile(root as object | boolean);
          for (const one of values) assert.equal((await faults(root, one)).length === 0, plain(one), JSON.stringify(one));
        }), { numRuns: 100 });
      });
    }
  });

  describe('that is hostile', () => {
    const doubling = (of: 'anyOf' | 'allOf' | 'oneOf'): JsonSchema => ({ $ref: '#/$defs/d0', $defs: Object.fromEntries(range(31).map((index) => [`d${index}`, index === 30 ? { type: 'string' } : { [of]: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] }])) });
    const takes = /takes too long to be checked/;
    const bounded: readonly (readonly [what: string, schema: () => JsonSchema, value: () => Json, said: RegExp | null])[] = [
      ['references that double, all of them', () => doubling('allOf'), () => 'x', takes],
      ['references that double, any of them', () => doubling('anyOf'), () => 1, takes],
      ['references that double, one of them', () => doubling('oneOf'), () => 'x', takes],
      ['a reference to itself alone', () => ({ $ref: '#' }), () => 1, /nested too deeply/],
      ['hundreds of references to hundreds of parts', () => ({ $defs: { big: { properties: Object.fromEntries(range(400).map((index) => [`p${index}`, { type: 'string' }])) } }, properties: Object.fromEntries(range(400).map((index) => [`q${index}`, { $ref: '#/$defs/big' }])) }), () => ({ q1: { p1: 1 } }), /^q1\.p1 must be a string, is 1$/],
      ['a million faults', () => ({ items: { type: 'string' } }), () => range(1_000_000), /^\[0\] must be a string, is 0$/],
      ['a thousand missing names, ten thousand times', () => ({ items: { required: range(1000).map((index) => `n${index}`) } }), () => range(10_000).map(() => ({})), /^\[0\]\.n0 is missing$/],
      ['faults of two branches', () => ({ anyOf: [{ items: { type: 'string' } }, { items: { type: 'boolean' } }] }), () => range(40_000), /follows none of the forms allowed/],
      ['a list to choose from that is long', () => ({ items: { enum: range(20_000) } }), () => range(40_000).map(() => 19_999), takes],
      ['a list that is long and differs', () => ({ uniqueItems: true }), () => range(100_000).map((index) => ({ a: index })), null],
      ['a list looked at a thousand times', () => ({ allOf: range(1000).map(() => ({ uniqueItems: true })) }), () => range(100_000), takes],
      ['a regular expression that goes back and forth', () => ({ pattern: '^(a+)+$' }), () => `${'a'.repeat(50_000)}b`, /must match/],
      ['regular expressions without end', () => ({ items: { pattern: '^(a|aa|[ab]+)*c$' } }), () => range(100).map(() => 'a'.repeat(50_000)), /must match|takes too long/],
      ['a long text measured a thousand times', () => ({ allOf: range(1000).map(() => ({ minLength: 1 })) }), () => 'x'.repeat(5_000_000), takes],
      ['an address of a megabyte', () => ({ format: 'uri' }), () => `http://${'a'.repeat(1_000_000)}`, /must be a URI/],
      ['a text of 10 MB', () => ({ type: 'string', pattern: 'y' }), () => 'x'.repeat(3_000_000), /must match \/y\/, is "x{59}…"/],
      ['a deep value', () => ({ properties: { a: { $ref: '#' } } }), () => range(500).reduce<Json>((value) => ({ a: value }), 1), null],
    ];
    for (const [what, schema, value, said] of bounded) {
      it(`is bounded: ${what}`, async () => {
        const found = await faults(schema(), value());
        if (said === null) assert.deepEqual(found, []);
        else assert.match(found.join('\n'), said);
        assert.ok(found.every((one) => one.length < 300));
      });
    }
  });

  it('is looked over without a library', () => {
    assert.equal(checkSchema({ type: 'object' }), null);
    assert.match(checkSchema({ type: 'strng' }) ?? '', /is no type/);
  });
});
