import type { Json, JsonObject, JsonSchema } from '../json.ts';
import { isObject } from '../json.ts';
import { linearRegex } from './linear-regex.ts';
import { wrongKeyword } from './schema-keywords.ts';

/** Which draft of JSON Schema a schema is read as. */
export type Draft = '2020-12' | 'draft-07';

export interface CheckedSchema {
  readonly draft: Draft;
  /** A copy without `$schema` and the root's `$id`, every subschema marked with {@link stepKeyword}. */
  readonly schema: JsonSchema;
  /** The part of the copy that a `$ref` in it refers to. */
  refer(reference: string): Json | undefined;
}

/** Stands in every subschema of the copy with its weight, so that each evaluation of one is counted. */
export const stepKeyword = 'x-promptnb-step';

const maxLength = 256 * 1024;
const maxDepth = 64;
const maxSubschemas = 2000;

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const oneSchema = new Set(['items', 'additionalItems', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema']);
const listOfSchemas = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const schemasByName = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']);
/** Keywords that list what a value is compared with, and those whose subschemas stand side by side. */
const listed = new Set(['enum', 'const', 'required', 'dependentRequired', 'dependencies']);
const evaluated = new Set(['properties', 'patternProperties', 'dependentSchemas', 'allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const types = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'];

/**
 * Looks a schema over before anything is compiled from it: size, depth, what each keyword is given, regular expressions, and references, which
 * must stay inside of it. Takes no library. Returns the problem as one sentence.
 */
export function prepareSchema(schema: Json): CheckedSchema | { readonly problem: string } {
  try {
    return prepare(schema);
  } catch (error) {
    if (error instanceof SchemaError) return { problem: error.message };
    throw error;
  }
}

class SchemaError extends Error {}

function prepare(schema: Json): CheckedSchema {
  if (typeof schema !== 'boolean' && !isObject(schema)) throw new SchemaError('A JSON Schema is a map, or `true` or `false`.');
  checkDepth(schema);
  if (JSON.stringify(schema).length > maxLength) throw new SchemaError(`The schema is longer than ${maxLength / 1024} KiB.`);
  const draft = draftOf(schema);
  const walk: Walk = { draft, places: new Map(), references: [], count: 0 };
  const { $schema: _draft, $id: _id, ...rest } = isObject(schema) ? schema : {};
  const copy = isObject(schema) ? copySchema(rest, '#', walk) : schema;
  const refer = (reference: string): Json | undefined => walk.places.get(normalPointer(reference));
  for (const { reference, path } of walk.references) {
    if (!reference.startsWith('#')) throw new SchemaError(`\`$ref: ${reference}\` at ${path} points outside of the schema. Put what it needs under \`$defs\` and refer to it as \`#/$defs/name\`.`);
    if (refer(reference) === undefined) throw new SchemaError(`\`$ref: ${reference}\` at ${path} points to nothing in the schema.`);
  }
  return { draft, schema: copy, refer };
}

function checkDepth(schema: Json): void {
  // A list of its own instead of recursion: the text may be as deep as it likes.
  let level: readonly Json[] = [schema];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new SchemaError(`The schema is nested more than ${maxDepth} levels deep.`);
    level = level.flatMap(inside);
  }
}

function draftOf(schema: Json): Draft {
  const named = isObject(schema) ? schema['$schema'] : undefined;
  if (typeof named === 'string') {
    if (/draft-0[4-7]/.test(named)) return 'draft-07';
    if (/2019-09|2020-12/.test(named)) return '2020-12';
    throw new SchemaError(`\`$schema: ${named}\` is not known here. Use draft 2020-12 or draft 07.`);
  }
  return usesOldForms(schema) ? 'draft-07' : '2020-12';
}

/** Without `$schema` the newer draft is meant, unless keywords stand there that only the older knows. */
function usesOldForms(value: Json): boolean {
  if (Array.isArray(value)) return (value as readonly Json[]).some(usesOldForms);
  if (!isObject(value)) return false;
  return Array.isArray(value['items']) || isObject(value['dependencies']) || Object.values(value).some(usesOldForms);
}

interface Walk {
  readonly draft: Draft;
  /** JSON pointers and anchors that references may name. */
  readonly places: Map<string, Json>;
  readonly references: { readonly reference: string; readonly path: string }[];
  count: number;
}

function copySchema(schema: JsonObject, path: string, walk: Walk): JsonObject {
  if (++walk.count > maxSubschemas) throw new SchemaError(`The schema has more than ${maxSubschemas} parts.`);
  const copy: Record<string, Json> = {};
  walk.places.set(path, copy);
  for (const [key, value] of Object.entries(schema)) {
    refuse(key, path);
    const inner = `${path}/${pointerPart(key)}`;
    const wanted = wrongKeyword(key, value);
    if (wanted !== null) throw new SchemaError(`\`${key}\` at ${path} must be ${wanted}, not ${shownValue(value)}.`);
    if (key === '$ref') walk.references.push({ reference: value as string, path });
    if (key === '$anchor' && typeof value === 'string') walk.places.set(`#${value}`, copy);
    if (key === 'type') checkType(value, path);
    if (key === 'pattern') checkPattern(value as string, inner);
    copy[key] = copyKeyword(key, value, { path: inner, walk });
  }
  // An empty list contains nothing. Ajv forgets that where it has looked at another list before, in the same loop.
  if (schema.contains !== undefined && (walk.draft === 'draft-07' || schema.minContains !== 0)) copy['minItems'] = Math.max(1, (schema.minItems as number | undefined) ?? 0);
  // Whatever the schema itself has under this name.
  copy[stepKeyword] = weightOf(schema);
  return copy;
}

/** How much an evaluation of this subschema alone looks at: its keywords, the names and values that they list, and how many subschemas. */
function weightOf(schema: JsonObject): number {
  return Object.entries(schema).reduce((weight, [key, value]) => weight + (listed.has(key) ? parts(value) : evaluated.has(key) ? 1 + inside(value).length : 1), 1);
}

function parts(value: Json): number {
  return inside(value).reduce<number>((sum, part) => sum + parts(part), 1);
}

function inside(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : isObject(value) ? Object.values(value) : [];
}

function copyKeyword(key: string, value: Json, { path, walk }: { path: string; walk: Walk }): Json {
  const any = (inner: Json, at: string): Json => {
    if (isObject(inner)) return copySchema(inner, at, walk);
    walk.places.set(at, inner);
    return inner;
  };
  if (Array.isArray(value) && listOfSchemas.has(key)) return (value as readonly Json[]).map((inner, index) => any(inner, `${path}/${index}`));
  if (isObject(value) && schemasByName.has(key)) {
    const copy: Record<string, Json> = {};
    for (const [name, inner] of Object.entries(value)) {
      if (name === '__proto__') throw new SchemaError('A property cannot be called `__proto__`.');
      if (key === 'patternProperties') checkPattern(name, path);
      copy[name] = any(inner, `${path}/${pointerPart(name)}`);
    }
    return copy;
  }
  return oneSchema.has(key) ? any(value, path) : value;
}

function refuse(key: string, path: string): void {
  if (key === '$id' && path !== '#') throw new SchemaError(`\`$id\` at ${path}: a part of the schema cannot have an address of its own here.`);
  if (['$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor', '$vocabulary', '$async'].includes(key)) throw new SchemaError(`\`${key}\` at ${path} is not supported here.`);
  if (key === '__proto__') throw new SchemaError('A keyword cannot be called `__proto__`.');
}

function checkType(value: Json, path: string): void {
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const wrong = list.find((name) => typeof name !== 'string' || !types.includes(name));
  if (wrong !== undefined || list.length === 0) throw new SchemaError(`\`type: ${JSON.stringify(wrong ?? value)}\` at ${path} is no type. There are ${types.join(', ')}.`);
}

function checkPattern(value: string, path: string): void {
  try {
    linearRegex(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SchemaError(`The regular expression \`${value.slice(0, 80)}\` at ${path} cannot be used: ${error.message}.`);
  }
}

function shownValue(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function normalPointer(reference: string): string {
  try {
    return decodeURIComponent(reference).replace(/\/$/, '');
  } catch {
    return reference;
  }
}
