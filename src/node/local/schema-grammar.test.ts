import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileSchema } from '../../core/values/json-schema.ts';
import type { Json, JsonObject, JsonSchema } from '../../core/json.ts';
import { readGbnf } from '../../../test/local/gbnf.ts';
import { schemaGrammar } from './schema-grammar.ts';

interface Row {
  readonly schema: JsonSchema;
  readonly yes?: readonly string[];
  readonly no?: readonly string[];
  /** What the grammar says that it does not hold. */
  readonly notes?: readonly string[];
}

const closed = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({ type: 'object', properties, required, additionalProperties: false });

const rows: Readonly<Record<string, Row>> = {
  'an object, its properties in order': { schema: closed({ a: { type: 'integer' }, b: { type: 'boolean' } }), yes: ['{"a":1,"b":true}', '{ "a": -3, "b": false }'], no: ['{"b":true,"a":1}', '{"a":1}', '{"a":1,"b":true,"c":2}', '{"a":1.5,"b":true}', '{}'] },
  'optional properties': { schema: closed({ a: { const: 1 }, b: { const: 2 }, c: { const: 3 } }, ['b']), yes: ['{"b":2}', '{"a":1,"b":2}', '{"b":2,"c":3}', '{"a":1,"b":2,"c":3}'], no: ['{"a":1}', '{"a":1,,"b":2}', '{"b":2,}'] },
  'no property at all': { schema: closed({}), yes: ['{}', '{ }'], no: ['{"a":1}'] },
  'any object': { schema: { type: 'object' }, yes: ['{}', '{"é\\n": [1, {"b":null}]}'], no: ['[]', '{"a"}'] },
  'names of any letters': { schema: closed({ 'ключ "x" \\ \n': { const: '漢' }, ' ': { const: 1 }, constructor: { const: 2 } }), yes: ['{"ключ \\"x\\" \\\\ \\n":"漢"," ":1,"constructor":2}'] },
  'a map': { schema: { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 2 }, yes: ['{}', '{"a":1}', '{"a":1,"b":2}'], no: ['{"a":"x"}', '{"a":1,"b":2,"c":3}'] },
  'a map without entries': { schema: { type: 'object', maxProperties: 0 }, yes: ['{}'], no: ['{"a":1}'] },
  'a required name that is not declared': { schema: { type: 'object', properties: { a: { const: 1 } }, required: ['z'] }, yes: ['{"a":1,"z":[true]}', '{"z":0}'], no: ['{"a":1}'] },
  'an optional property that nothing can follow': { schema: closed({ a: { const: 1 }, b: false }, ['a']), yes: ['{"a":1}'], no: ['{"a":1,"b":1}'] },
  'a list with bounds': { schema: { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 3 }, yes: ['[true,false]', '[true, true, false]'], no: ['[]', '[true]', '[true,true,true,true]', '[1,2]'] },
  'a list of up to one': { schema: { type: 'array', items: { const: 1 }, maxItems: 1 }, yes: ['[]', '[1]'], no: ['[1,1]'] },
  'an empty list': { schema: { type: 'array', maxItems: 0 }, yes: ['[]'], no: ['[1]'] },
  'a list whose items nothing can follow': { schema: { type: 'array', items: false }, yes: ['[]'], no: ['[1]'] },
  'a tuple': { schema: { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: false }, yes: ['[1,2]'], no: ['[1,2,3]', '[2,1]'] },
  'a tuple and more': { schema: { type: 'array', prefixItems: [{ const: 1 }], items: { const: 2 }, minItems: 3, maxItems: 4 }, yes: ['[1,2,2]', '[1,2,2,2]'], no: ['[1,2]', '[1,2,2,2,2]'] },
  'draft 07’s tuple': { schema: { type: 'array', items: [{ const: 1 }, { const: 2 }], additionalItems: false }, yes: ['[1,2]'], no: ['[1,2,3]'] },
  'an enum of all kinds': { schema: { enum: [null, true, 1.5, 'a"b', [1], { k: 'v' }, '\u2028'] }, yes: ['null', 'true', '1.5', '"a\\"b"', '[1]', '{"k":"v"}', '"\u2028"'], no: ['false', '"a"', '[ 1]'] },
  'an enum of one type': { schema: { type: 'string', enum: ['a', 1, 'b'] }, yes: ['"a"', '"b"'], no: ['1'] },
  'a const': { schema: { const: { a: [1, 'x'] } }, yes: ['{"a":[1,"x"]}'], no: ['{}'] },
  'texts of a length': { schema: { type: 'string', minLength: 2, maxLength: 3 }, yes: ['"ab"', '"😀😀"', '"\\n\\"x"'], no: ['""', '"a"', '"abcd"', '"a\nb"'] },
  'an empty text': { schema: { type: 'string', maxLength: 0 }, yes: ['""'], no: ['" "'] },
  'a long text': { schema: { type: 'string', minLength: 501, maxLength: 1003 }, yes: [`"${'x'.repeat(501)}"`, `"${'x'.repeat(1003)}"`], no: [`"${'x'.repeat(500)}"`, `"${'x'.repeat(1004)}"`] },
  'a text too long to be counted': { schema: { type: 'string', maxLength: 100_000 }, yes: ['""', `"${'x'.repeat(3000)}"`], notes: ['maxLength above 2000 at its root'] },
  'a pattern': { schema: { type: 'string', pattern: '^[A-Z]{2}$' }, yes: ['"AB"'], no: ['"ab"'] },
  'a pattern that cannot be said': { schema: { type: 'string', pattern: '^(?=a)' }, yes: ['"b"'], notes: ['pattern at its root'] },
  'a pattern and a length': { schema: { type: 'string', pattern: '^a+$', maxLength: 2 }, yes: ['"aaa"'], notes: ['the length of a string with a pattern at its root'] },
  'formats': { schema: { anyOf: ['date', 'time', 'date-time', 'uuid', 'email', 'uri', 'ipv4', 'hostname', 'duration'].map((format) => ({ type: 'string', format })) }, yes: ['"2026-02-28"', '"23:59:59Z"', '"2026-12-31T00:00:00.123+02:00"', '"123e4567-e89b-42d3-a456-426614174000"', '"a.b@example.org"', '"https://example.org/a/b"', '"127.0.0.1"', '"example.org"', '"P3D"'], no: ['"2026-02-31"', '"24:00:00Z"', '"256.0.0.1"', '"a@b"', '"x"'] },
  'a format that is not known': { schema: { type: 'string', format: 'ipv6' }, yes: ['"x"'], notes: ['format "ipv6" at its root'] },
  'integers': { schema: { type: 'integer', minimum: 3, exclusiveMaximum: 12 }, yes: ['3', '11'], no: ['2', '12', '3.5', '"3"'] },
  'numbers': { schema: { type: 'number', exclusiveMinimum: 0, maximum: 1 }, yes: ['0.5', '1'], no: ['0', '1.5'] },
  'whole numbers by their step': { schema: { type: 'number', multipleOf: 1, minimum: 0 }, yes: ['7'], no: ['7.5', '-1'] },
  'another step': { schema: { type: 'integer', multipleOf: 7 }, yes: ['8'], notes: ['multipleOf at its root'] },
  'several types': { schema: { type: ['string', 'null', 'integer'], minimum: 5, maxLength: 1 }, yes: ['"a"', 'null', '5'], no: ['"ab"', '4', 'true'] },
  'one of several types that is impossible': { schema: { type: ['integer', 'null'], minimum: 2, maximum: 1 }, yes: ['null'], no: ['1', '2'] },
  'anyOf': { schema: { anyOf: [{ type: 'null' }, { type: 'string', maxLength: 1 }] }, yes: ['null', '"a"'], no: ['"ab"', '1'] },
  'anyOf beside what holds for all': { schema: { type: 'object', properties: { k: { const: 1 } }, required: ['k'], anyOf: [{ properties: { a: { const: 1 } }, required: ['a'] }, { properties: { b: { const: 2 } }, required: ['b'] }] }, yes: ['{"k":1,"a":1}', '{"k":1,"b":2}'], no: ['{"k":1}'] },
  'anyOf with a way that is impossible': { schema: { anyOf: [{ type: 'integer', minimum: 2, maximum: 1 }, false, { const: 'x' }] }, yes: ['"x"'], no: ['1', 'null'] },
  'oneOf of different types': { schema: { oneOf: [{ type: 'integer' }, { type: 'string', maxLength: 1 }] }, yes: ['1', '"a"'] },
  'oneOf told apart by a property': { schema: { oneOf: [closed({ kind: { const: 'a' }, n: { type: 'integer' } }), closed({ kind: { enum: ['b', 'c'] } })] }, yes: ['{"kind":"a","n":1}', '{"kind":"c"}'], no: ['{"kind":"a"}'] },
  'oneOf that may overlap': { schema: { oneOf: [{ type: 'integer' }, { type: 'number' }] }, yes: ['1'], notes: ['oneOf (a value may follow more than one of its schemas) at its root'] },
  'allOf': { schema: { allOf: [{ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }, { properties: { b: { const: 2 } }, required: ['b'] }] }, yes: ['{"a":1,"b":2}'], no: ['{"a":1}', '{"a":"x","b":2}'] },
  'allOf of bounds and types': { schema: { allOf: [{ type: ['integer', 'string'], minimum: 3 }, { type: 'number', minimum: 5, maximum: 9 }] }, yes: ['5', '9'], no: ['4', '10', '"a"', '5.5'] },
  'allOf of the same property': { schema: { allOf: [{ type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] }, { properties: { a: { maximum: 4 } } }] }, yes: ['{"a":3}', '{"a":4}'], no: ['{"a":5}', '{"a":2}'] },
  'allOf where one part is closed': { schema: { allOf: [closed({ a: { const: 1 } }), { properties: { b: { const: 2 } } }] }, yes: ['{"a":1}'], notes: ['additionalProperties beside properties of another part at its root'] },
  'a reference': { schema: { $defs: { 'a/b~c': { const: 1 } }, type: 'array', items: { $ref: '#/$defs/a~1b~0c' }, maxItems: 2 }, yes: ['[1,1]'], no: ['[2]'] },
  'an anchor': { schema: { $defs: { x: { $anchor: 'here', const: 1 } }, $ref: '#here' }, yes: ['1'], no: ['2'] },
  'a schema that holds itself': { schema: closed({ v: { type: 'integer' }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }), yes: ['{"v":1,"next":null}', '{"v":1,"next":{"v":2,"next":null}}'], no: ['{"v":1}'] },
  'one that holds itself through allOf': { schema: { $defs: { n: closed({ c: { allOf: [{ $ref: '#/$defs/n' }, { minProperties: 0 }] } }, []) }, allOf: [{ $ref: '#/$defs/n' }] }, yes: ['{}', '{"c":{}}', '{"c":{"c":{}}}'], no: ['{"d":1}'] },
  'true': { schema: true, yes: ['{"a":[1,"x",null,true,-1.5e3]}', '[]', '"x"', 'null'], no: ['', 'x', '[1,]', '"\t"'] },
  'what says nothing': { schema: { title: 'anything', description: 'x', 'x-own': 1 }, yes: ['{}', '1'] },
  'types that are meant': { schema: { anyOf: [{ minimum: 5 }, { maxLength: 1 }, { items: { const: 1 } }, { properties: { a: { const: 1 } }, required: ['a'] }] }, yes: ['6', '"a"', '[1]', '{"a":1}'], no: ['4', '"ab"', '[2]'] },
  'keywords that no grammar holds': { schema: { type: 'array', items: { type: 'integer' }, uniqueItems: true, contains: { const: 1 } }, yes: ['[1,1]'], notes: ['uniqueItems at its root', 'contains at its root'] },
};

describe('A schema as a grammar', () => {
  for (const [name, { schema, yes = [], no = [], notes = [] }] of Object.entries(rows)) {
    it(name, async () => {
      const made = schemaGrammar(schema);
      const grammar = readGbnf(made.grammar);
      assert.deepEqual([yes.filter((text) => !grammar.accepts(text)), no.filter((text) => grammar.accepts(text)), made.notes], [[], [], notes]);
      const compiled = await compileSchema(schema);
      assert.ok('validate' in compiled);
      if (notes.length === 0) assert.deepEqual(yes.flatMap((text) => compiled.validate(JSON.parse(text) as Json)), [], 'the row is right');
    });
  }

  const impossible: Readonly<Record<string, readonly [JsonSchema, RegExp]>> = {
    'false': [false, /allows nothing at its root/],
    'no value of an enum': [{ type: 'object', properties: { a: { type: 'string', enum: [1] } }, required: ['a'] }, /allows nothing at \/properties\/a/],
    'a const of another type': [{ const: 1, type: 'string' }, /allows nothing/],
    'bounds that leave none': [{ type: 'integer', minimum: 2, exclusiveMaximum: 2 }, /allows nothing/],
    'bounds the wrong way round': [{ type: 'string', minLength: 3, maxLength: 2 }, /minLength is greater than its maxLength/],
    'more items than there may be': [{ type: 'array', prefixItems: [{ const: 1 }], items: false, minItems: 2 }, /more items than it allows/],
    'a required name that may not be': [{ type: 'object', properties: { a: true }, required: ['z'], additionalProperties: false }, /allows nothing/],
    'types that have nothing in common': [{ allOf: [{ type: 'string' }, { type: 'integer' }] }, /nothing in common/],
    'every way impossible': [{ anyOf: [{ const: 1, type: 'string' }, false] }, /allows nothing/],
    'nothing but itself': [{ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, /nothing but itself/],
    'nothing but itself through allOf': [{ allOf: [{ $ref: '#' }] }, /nothing but itself/],
    'a reference to nothing': [{ $ref: '#/$defs/none' }, /which is not there/],
    'a reference to elsewhere': [{ $ref: 'https://example.org/schema' }, /only references within/],
  };
  for (const [name, [schema, message]] of Object.entries(impossible)) it(`that nothing can follow: ${name}`, () => assert.throws(() => schemaGrammar(schema), message));

  it('that begins with itself is what else it may be', () => {
    const grammar = readGbnf(schemaGrammar({ $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { const: 1 }] } }, $ref: '#/$defs/a' }).grammar);
    assert.deepEqual([grammar.accepts('1'), grammar.accepts('2')], [true, false]);
  });

  it('says in one sentence when it is too large', () => {
    const wide: JsonObject = closed(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`p${index}`, { const: index }])));
    assert.throws(() => schemaGrammar(wide), /too large/);
  });

  it('is made of however many choices there are: comparing each with each would not end in the time of a test', () => {
    const { grammar } = schemaGrammar({ enum: Array.from({ length: 100_000 }, (_, index) => `choice ${index}`) });
    assert.ok(grammar.includes('choice 99999'));
  });
});

describe('What a grammar allows', () => {
  const name = fc.constantFrom('a', 'b', 'é"q', 'constructor', 'with space', '漢', '\\');
  const value: fc.Arbitrary<Json> = fc.constantFrom(1, 2.5, 'a', 'b', null, true, 'x\u2028"\n', { a: 1 }, [1, 2]);
  const bound = fc.constantFrom(0, 1, -1, 5, 100, 2.5, -0.5, 0.001, 123_456, 1e15, 1e20);
  const count = fc.integer({ min: 0, max: 3 });
  const some = (fields: Readonly<Record<string, fc.Arbitrary<Json>>>): fc.Arbitrary<JsonObject> => fc.record(fields, { requiredKeys: ['type', 'items', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'prefixItems', 'properties', '$ref'].filter((key) => key in fields) });
  const schemas = fc.letrec<{ schema: JsonObject; leaf: JsonObject }>((tie) => ({
    leaf: fc.oneof(
      some({ type: fc.constant('string'), minLength: count, maxLength: count, pattern: fc.constantFrom('^[A-Z]{2}-\\d$', 'a', '^[^\\s]+$', '^(?:yes|no)$', '^.$') }),
      some({ type: fc.constant('string'), format: fc.constantFrom('date', 'time', 'date-time', 'uuid', 'email', 'uri', 'ipv4', 'hostname', 'duration') }),
      some({ type: fc.constantFrom('integer', 'number'), minimum: bound, maximum: bound, exclusiveMinimum: bound, multipleOf: fc.constantFrom(1, 0.01, 5) }),
      some({ type: fc.constantFrom<Json>('boolean', 'null', ['string', 'null'], ['integer', 'boolean']) }),
      some({ enum: fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }), type: fc.constantFrom('string', 'number') }),
      some({ const: value }),
      some({ $ref: fc.constant('#/$defs/d') }),
    ),
    schema: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'schema' },
      { weight: 4, arbitrary: tie('leaf') },
      { weight: 3, arbitrary: some({ type: fc.constant('object'), properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }), required: fc.uniqueArray(name, { maxLength: 2 }), additionalProperties: fc.oneof(fc.constant(false), tie('schema')), minProperties: count, maxProperties: count }) },
      { weight: 2, arbitrary: some({ type: fc.constant('array'), items: tie('schema'), minItems: count, maxItems: count, uniqueItems: fc.constant(true) }) },
      { weight: 1, arbitrary: some({ type: fc.constant('array'), prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), items: fc.oneof(fc.constant(false), tie('schema')), minItems: count }) },
      { weight: 1, arbitrary: some({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), type: fc.constantFrom('object', 'string') }) },
      { weight: 1, arbitrary: some({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }) },
      { weight: 1, arbitrary: some({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), type: fc.constantFrom('object', 'string') }) },
    ),
  }));

  it('the schema allows, but for what the notes name', async () => {
    await fc.assert(fc.asyncProperty(schemas.schema, schemas.leaf, fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), async (root, leaf, stream) => {
      const schema: JsonObject = { ...root, $defs: { d: '$ref' in leaf ? { const: 1 } : leaf } };
      const compiled = await compileSchema(schema);
      if ('problem' in compiled) return;
      let made;
      try {
        made = schemaGrammar(schema);
      } catch (error) {
        assert.match((error as Error).message, /^The schema(?: allows nothing|'s \w+ is greater| asks for more)/);
        return;
      }
      const grammar = readGbnf(made.grammar);
      for (let times = 0; times < 5; times++) {
        const text = grammar.sample(() => stream.next().value as number);
        const problems = compiled.validate(JSON.parse(text) as Json);
        assert.ok(problems.length === 0 || made.notes.length > 0, `${text}: ${problems[0]}`);
      }
    }), { numRuns: 250 });
  });
});
