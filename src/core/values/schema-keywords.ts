import { isObject, type Json } from '../json.ts';

/** What the value of a keyword must be, in words, and whether one is. */
interface Form {
  readonly what: string;
  is(value: Json): boolean;
}

const isSchema = (value: Json): boolean => typeof value === 'boolean' || isObject(value);
const isNames = (value: Json): boolean => Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length;
const isMapOf = (value: Json, is: (inner: Json) => boolean): boolean => isObject(value) && Object.values(value).every(is);
const isListOf = (value: Json, is: (inner: Json) => boolean): boolean => Array.isArray(value) && value.length > 0 && (value as readonly Json[]).every(is);

const text: Form = { what: 'a text', is: (value) => typeof value === 'string' };
const flag: Form = { what: '`true` or `false`', is: (value) => typeof value === 'boolean' };
const number: Form = { what: 'a number', is: (value) => typeof value === 'number' && Number.isFinite(value) };
const positive: Form = { what: 'a number above 0', is: (value) => typeof value === 'number' && value > 0 && Number.isFinite(value) };
const count: Form = { what: 'a whole number of 0 or more', is: (value) => Number.isInteger(value) && (value as number) >= 0 };
const list: Form = { what: 'a list', is: (value) => Array.isArray(value) };
const values: Form = { what: 'a list with at least one value', is: (value) => isListOf(value, () => true) };
const names: Form = { what: 'a list of names, each once', is: isNames };
const namesByName: Form = { what: 'a map of lists of names', is: (value) => isMapOf(value, isNames) };
const schema: Form = { what: 'a schema: a map, or `true` or `false`', is: isSchema };
const schemas: Form = { what: 'a list with at least one schema', is: (value) => isListOf(value, isSchema) };
const schemasByName: Form = { what: 'a map of schemas', is: (value) => isMapOf(value, isSchema) };
const schemaOrList: Form = { what: 'a schema, or a list of schemas', is: (value) => isSchema(value) || (Array.isArray(value) && (value as readonly Json[]).every(isSchema)) };
const dependencies: Form = { what: 'a map of schemas or lists of names', is: (value) => isMapOf(value, (inner) => isSchema(inner) || isNames(inner)) };

/** The keywords of JSON Schema, drafts 2020-12 and 07, as their meta-schemas have them. Any value is right for others. */
const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...each(text, ['$ref', '$id', '$comment', '$anchor', 'title', 'description', 'format', 'pattern', 'contentEncoding', 'contentMediaType']),
  ...each(flag, ['uniqueItems', 'deprecated', 'readOnly', 'writeOnly']),
  ...each(number, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
  ...each(positive, ['multipleOf']),
  ...each(count, ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'minContains', 'maxContains']),
  ...each(list, ['examples']),
  ...each(values, ['enum']),
  ...each(names, ['required']),
  ...each(namesByName, ['dependentRequired']),
  ...each(dependencies, ['dependencies']),
  ...each(schema, ['additionalItems', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema']),
  ...each(schemaOrList, ['items']),
  ...each(schemas, ['allOf', 'anyOf', 'oneOf', 'prefixItems']),
  ...each(schemasByName, ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']),
]);

/** What the value of this keyword must be and is not, in words; null where it is right. Looks at this keyword alone, not into subschemas. */
export function wrongKeyword(key: string, value: Json): string | null {
  const form = forms.get(key);
  return form === undefined || form.is(value) ? null : form.what;
}

function each(form: Form, keys: readonly string[]): readonly (readonly [string, Form])[] {
  return keys.map((key) => [key, form] as const);
}
