import { isObject, ownProperty, type Json, type JsonSchema } from '../json.ts';
import { didYouMean } from '../did-you-mean.ts';
import { setOwn } from './path.ts';

/** Schemas by name, for a type that is none of picoschema's own. */
export type SchemaByName = (name: string) => JsonSchema | undefined;

const scalarTypes: readonly string[] = ['string', 'number', 'integer', 'boolean', 'null', 'any'];
const maxDepth = 50;

/**
 * Turns picoschema into JSON Schema, as dotprompt documents it (google.github.io/dotprompt, "Picoschema"): `name: string, description`,
 * `name?:` for optional and nullable, `name(array, …)`, `name(object, …)`, `name(enum, …): [A, B]`, `(*)` for further keys. What is JSON
 * Schema already stays as it is: a map whose `type` is one of JSON Schema's, one with `properties`, `$ref`, `anyOf` and their kind.
 */
export function picoschema(value: Json, named: SchemaByName = () => undefined): { readonly schema: JsonSchema } | { readonly problem: string; readonly path: readonly string[] } {
  try {
    return { schema: top(value, named) };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { problem: error.message, path: error.path };
  }
}

/** Whether a schema is a map in picoschema's form, whose keys are fields, and not JSON Schema. */
export function isPicoschema(value: Json): boolean {
  return isObject(value) && !isJsonSchema(value) && !isObject(ownProperty(value, 'properties'));
}

class SchemaError extends Error {
  /** The keys that lead to what is wrong. */
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}

function top(value: Json, named: SchemaByName): JsonSchema {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' || value === null) return scalar(value, { named, path: [] });
  if (!isObject(value)) throw new SchemaError(`A schema is a type such as \`string\`, or a map from names to types, not ${Array.isArray(value) ? 'a list' : `\`${JSON.stringify(value)}\``}.`);
  if (isPicoschema(value)) return object(value, { named, path: [] });
  return isJsonSchema(value) ? value : { ...value, type: 'object' };
}

function isJsonSchema(value: { readonly [key: string]: Json }): boolean {
  const type = Object.hasOwn(value, 'type') ? value.type : undefined;
  const types = Array.isArray(type) ? (type as readonly Json[]) : [type];
  if (types.length > 0 && types.every((one) => typeof one === 'string' && (one === 'object' || one === 'array' || scalarTypes.includes(one)))) return true;
  if (Object.keys(value).some((key) => key.startsWith('$'))) return true;
  return ['anyOf', 'oneOf', 'allOf', 'enum'].some((key) => Object.hasOwn(value, key) && Array.isArray(value[key]));
}

interface Place {
  readonly named: SchemaByName;
  readonly path: readonly string[];
}

function schemaOf(value: Json, place: Place): JsonSchema {
  if (typeof value === 'string' || value === null) return scalar(value, place);
  if (!isObject(value)) throw new SchemaError(`\`${place.path.join('.')}\` must be a type such as \`string\`, or a map, not ${Array.isArray(value) ? 'a list' : `\`${JSON.stringify(value)}\``}.`, place.path);
  return object(value, place);
}

/** `string, what it means`. YAML reads the type `null` as null. */
function scalar(value: string | null, { named, path }: Place): JsonSchema {
  const what = path.length === 0 ? 'The schema' : `\`${path.join('.')}\``;
  const { type, description } = describe(value ?? 'null');
  if (type === 'any') return { ...description };
  if (scalarTypes.includes(type)) return { type, ...description };
  const schema = named(type);
  if (schema !== undefined) return typeof schema === 'boolean' ? schema : { ...schema, ...description };
  if (/^\w+\[\]$/.test(type)) throw new SchemaError(`${what} has the type \`${type}\`: a list is written \`${path.at(-1) ?? 'name'}(array): ${type.slice(0, -2)}\`.`, path);
  throw new SchemaError(`${what} has the type \`${type}\`, which is none of ${scalarTypes.map((one) => `\`${one}\``).join(', ')}.${adviceFor(type)}`, path);
}

const otherNames: Readonly<Record<string, string>> = { text: 'string', str: 'string', int: 'integer', float: 'number', double: 'number', bool: 'boolean' };

function adviceFor(type: string): string {
  if (type === 'array' || type === 'list') return ' A list of texts is written `name(array): string`.';
  if (type === 'object' || type === 'map') return ' An object is written as a map of its fields.';
  const near = Object.hasOwn(otherNames, type) ? otherNames[type] : didYouMean(type, scalarTypes);
  return near === undefined ? '' : ` Did you mean \`${near}\`?`;
}

function object(value: { readonly [key: string]: Json }, { named, path }: Place): JsonSchema {
  if (path.length > maxDepth) throw new SchemaError(`This schema nests more than ${maxDepth} deep.`, path);
  const properties: Record<string, Json> = {};
  const required: string[] = [];
  let additional: Json = false;
  for (const [key, inner] of Object.entries(value)) {
    const place = { named, path: [...path, key] };
    if (key === '(*)') {
      additional = schemaOf(inner, place);
      continue;
    }
    const match = /^([^(]*?)(\?)?(?:\((.*)\))?$/s.exec(key);
    if (match === null || match[1] === '') throw new SchemaError(`\`${place.path.join('.')}\` is no name of a field: \`name\`, \`name?\`, \`name(array)\`, \`name(object)\` or \`name(enum)\`.`, place.path);
    const optional = match[2] !== undefined;
    const name = match[1]!;
    if (Object.hasOwn(properties, name)) throw new SchemaError(`\`${[...path, name].join('.')}\` stands twice in the schema.`, place.path);
    if (!optional) required.push(name);
    setOwn(properties, name, property(inner, { place, form: match[3], optional }));
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: additional };
}

function property(value: Json, { place, form, optional }: { readonly place: Place; readonly form: string | undefined; readonly optional: boolean }): Json {
  if (form === undefined) return optional ? nullable(schemaOf(value, place)) : schemaOf(value, place);
  const { type, description } = describe(form);
  switch (type) {
    case 'array':
      return { type: optional ? ['array', 'null'] : 'array', items: schemaOf(value, place), ...description };
    case 'object': {
      const schema = optional ? nullable(schemaOf(value, place)) : schemaOf(value, place);
      return isObject(schema) ? { ...schema, ...description } : schema;
    }
    case 'enum': {
      if (!Array.isArray(value) || value.length === 0) throw new SchemaError(`\`${place.path.join('.')}\` must be a list of the values it may have.`, place.path);
      const values = value as readonly Json[];
      return { enum: optional && !values.includes(null) ? [...values, null] : values, ...description };
    }
    default:
      throw new SchemaError(`\`${place.path.join('.')}\`: only \`array\`, \`object\` and \`enum\` stand in parentheses, not \`${type}\`.`, place.path);
  }
}

function nullable(schema: JsonSchema): JsonSchema {
  return isObject(schema) && typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'] } : schema;
}

/** `type, description`; further commas belong to the description. */
function describe(text: string): { readonly type: string; readonly description: { readonly description?: string } } {
  const comma = text.indexOf(',');
  if (comma < 0) return { type: text.trim(), description: {} };
  const description = text.slice(comma + 1).trim();
  return { type: text.slice(0, comma).trim(), description: description === '' ? {} : { description } };
}
