import assert from 'node:assert/strict';
import { prepareSchema, stepKeyword, type CheckedSchema } from './schema-check.ts';
import type { Json } from '../json.ts';

function problem(schema: Json): string {
  const checked = prepareSchema(schema);
  return 'problem' in checked ? checked.problem : 'none';
}

function prepared(schema: Json): CheckedSchema {
  const checked = prepareSchema(schema);
  if ('problem' in checked) throw new Error(checked.problem);
  return checked;
}

describe('A schema is looked over', () => {
  const wrong: readonly (readonly [schema: Json, message: RegExp])[] = [
    [null, /A JSON Schema is a map, or `true` or `false`/],
    ['string', /is a map/],
    [[{}], /is a map/],
    [{ type: 'strng' }, /`type: "strng"` at # is no type\. There are null, boolean, object/],
    [{ type: [] }, /is no type/],
    [{ type: ['string', 1] }, /`type: 1` at #/],
    [{ properties: { a: { type: 'any' } } }, /at #\/properties\/a is no type/],
    [{ properties: { a: { minLength: '1' } } }, /`minLength` at #\/properties\/a must be a whole number of 0 or more, not "1"/],
    [{ properties: [] }, /`properties` at # must be a map of schemas, not \[\]/],
    [{ required: 'a' }, /`required` at # must be a list of names/],
    [{ anyOf: [] }, /`anyOf` at # must be a list with at least one schema/],
    [{ pattern: '(' }, /The regular expression `\(` at #\/pattern cannot be used: unterminated group/i],
    [{ pattern: '(?<=a)b' }, /look-behind is not supported/],
    [{ patternProperties: { '(a)\\1': {} } }, /back references are not supported/],
    [{ $ref: 'https://example.com/a.json' }, /points outside of the schema\. Put what it needs under `\$defs`/],
    [{ $ref: '#/$defs/a' }, /`\$ref: #\/\$defs\/a` at # points to nothing/],
    [{ $defs: { a: {} }, items: { $ref: '#/$defs/b' } }, /at #\/items points to nothing/],
    [{ $ref: '#/properties' }, /points to nothing/],
    [{ $ref: '#%' }, /points to nothing/],
    [{ $schema: 'http://json-schema.org/draft-03/schema#' }, /is not known here\. Use draft 2020-12 or draft 07/],
    [{ properties: { a: { $id: 'b' } } }, /`\$id` at #\/properties\/a/],
    [{ $dynamicRef: '#a' }, /`\$dynamicRef` at # is not supported/],
    [{ items: { $async: true } }, /`\$async` at #\/items is not supported/],
    [JSON.parse('{"__proto__": {}}') as Json, /cannot be called `__proto__`/],
    [JSON.parse('{"properties": {"__proto__": {}}}') as Json, /cannot be called `__proto__`/],
    [{ description: 'x'.repeat(300_000) }, /longer than 256 KiB/],
    [{ allOf: Array<Json>(2001).fill({}) }, /more than 2000 parts/],
  ];
  for (const [schema, message] of wrong) it(`and refused: ${JSON.stringify(schema).slice(0, 60)}`, () => assert.match(problem(schema), message));

  it('and refused where it nests too deep, before anything walks it by recursion', () => {
    let schema: Json = {};
    for (let depth = 0; depth < 100_000; depth++) schema = { not: schema };
    assert.match(problem(schema), /nested more than 64 levels deep/);
  });

  const right: readonly Json[] = [
    true, {}, { type: ['string', 'null'] }, { $ref: '#' }, { $defs: { a: true }, $ref: '#/$defs/a' }, { $defs: { a: { $anchor: 'x' } }, $ref: '#x' }, { definitions: { 'a/b': {} }, $ref: '#/definitions/a~1b/' },
    { allOf: [{ items: {} }], $ref: '#/allOf/0/items' }, { 'x-mine': { type: 5 }, unknown: [{ pattern: '(' }] }, { default: { type: 'nothing' }, const: { $ref: 'x' }, enum: [{ pattern: '(' }] },
    { properties: { type: { type: 'string' }, $ref: { type: 'string' }, pattern: {} } }, { $id: 'https://example.com/a', $schema: 'http://json-schema.org/draft-07/schema' },
  ];
  for (const schema of right) it(`and let pass: ${JSON.stringify(schema).slice(0, 80)}`, () => assert.equal(problem(schema), 'none'));

  const drafts: readonly (readonly [schema: Json, draft: CheckedSchema['draft']])[] = [
    [{}, '2020-12'],
    [true, '2020-12'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#', prefixItems: [{}] }, 'draft-07'],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', items: [{}] }, '2020-12'],
    [{ properties: { a: { items: [{}] } } }, 'draft-07'],
    [{ dependencies: { a: ['b'] } }, 'draft-07'],
    [{ properties: { a: { items: {} } } }, '2020-12'],
  ];
  for (const [schema, draft] of drafts) it(`as draft ${draft}: ${JSON.stringify(schema)}`, () => assert.equal(prepared(schema).draft, draft));

  it('and copied without its address, each part with its weight, whatever it has there itself', () => {
    const schema = { $id: 'https://example.com/a', $schema: 'https://json-schema.org/draft/2020-12/schema', [stepKeyword]: -1e9, properties: { a: { enum: [1, [2, 3]], [stepKeyword]: 'x' } }, const: 1 };
    const before = JSON.stringify(schema);
    const { schema: copy } = prepared(schema);
    assert.deepEqual(copy, { properties: { a: { enum: [1, [2, 3]], [stepKeyword]: 8 - 1 } }, const: 1, [stepKeyword]: 5 });
    assert.equal(JSON.stringify(schema), before);
  });

  const lists: readonly (readonly [schema: Json, least: number | undefined])[] = [
    [{ contains: {} }, 1],
    [{ contains: {}, minItems: 3 }, 3],
    [{ contains: {}, minContains: 0 }, undefined],
    [{ $schema: 'http://json-schema.org/draft-07/schema', contains: {}, minContains: 0 }, 1],
    [{ minContains: 2 }, undefined],
  ];
  for (const [schema, least] of lists) it(`and what contains something has at least one item: ${JSON.stringify(schema)}`, () => assert.equal((prepared(schema).schema as { minItems?: number }).minItems, least));
});
