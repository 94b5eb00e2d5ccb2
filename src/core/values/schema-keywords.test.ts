import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { wrongKeyword } from './schema-keywords.ts';
import type { Json } from '../json.ts';

/** The meta-schemas of both drafts, as ajv brings them. */
const metas: readonly Ajv[] = [new Ajv({ strict: false, logger: false, validateFormats: false }), new Ajv2020({ strict: false, logger: false, validateFormats: false })];

const keywords = [
  '$ref', '$id', '$comment', '$anchor', 'title', 'description', 'format', 'pattern', 'contentEncoding', 'contentMediaType', 'uniqueItems', 'deprecated', 'readOnly', 'writeOnly',
  'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'minContains',
  'maxContains', 'examples', 'enum', 'required', 'dependentRequired', 'dependencies', 'additionalItems', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then',
  'else', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema', 'items', 'allOf', 'anyOf', 'oneOf', 'prefixItems', 'properties', 'patternProperties', '$defs', 'definitions',
  'dependentSchemas', 'default', 'const', 'x-mine',
];
const values: readonly Json[] = [
  null, true, false, 0, 1, -1, 1.5, '', 'a', [], ['a'], ['a', 'a'], [1], [null], [{}], [true], [[]], {}, { a: 1 }, { a: 'x' }, { a: {} }, { a: true }, { a: ['b'] }, { a: ['b', 'b'] }, { a: [] }, { a: null },
];

/** An enumeration of nothing passes the meta-schemas, and ajv does not compile it; an empty list of items means nothing, and is let pass. */
const known = (key: string, value: Json): boolean => (key === 'enum' || key === 'items') && Array.isArray(value) && value.length === 0;

describe('The keywords of JSON Schema', () => {
  for (const key of keywords) {
    it(`take what the meta-schemas of the drafts let them: ${key}`, () => {
      for (const value of values) {
        if (known(key, value)) continue;
        // A keyword that one draft does not know takes anything there.
        const allowed = metas.filter((meta) => meta.validateSchema({ [key]: value }) === true).length;
        const right = wrongKeyword(key, value) === null;
        assert.ok(right ? allowed > 0 : allowed < metas.length, `${key}: ${JSON.stringify(value)} is ${right ? 'let pass' : 'refused'}`);
      }
    });
  }

  it('say what they take', () => {
    assert.equal(wrongKeyword('minLength', -1), 'a whole number of 0 or more');
    assert.equal(wrongKeyword('required', ['a', 'a']), 'a list of names, each once');
    assert.equal(wrongKeyword('enum', []), 'a list with at least one value');
    assert.equal(wrongKeyword('enum', [1, 1]), null);
  });
});
