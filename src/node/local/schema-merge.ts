import { canonicalJson, isObject, ownProperty, type Json, type JsonObject } from '../../core/json.ts';

/** Keywords that say nothing about which values are valid. */
export const annotations: ReadonlySet<string> = new Set([
  '$schema', '$id', '$anchor', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'contentMediaType', 'contentEncoding',
]);

/** No value can follow the schema. Where it is one of several ways, the others are left. */
export class NothingAllowed extends Error {}

/** One schema that says what all say; what cannot be joined is told to `note`, and the last one counts. @throws NothingAllowed */
export function mergeSchemas(schemas: readonly JsonObject[], note: (what: string) => void): JsonObject {
  const merged: Record<string, Json> = {};
  const set = (key: string, value: Json): void => void Object.defineProperty(merged, key, { value, enumerable: true, configurable: true, writable: true });
  for (const schema of schemas) {
    if (closed(schema) && schemas.some((other) => declares(other, schema))) note('additionalProperties beside properties of another part');
    if (Object.hasOwn(schema, 'prefixItems') && schemas.some((other) => other !== schema && Object.hasOwn(other, 'items'))) note('prefixItems beside items of another part');
    for (const [key, value] of Object.entries(schema)) {
      const before = ownProperty(merged, key);
      if (before === undefined || canonicalJson(before) === canonicalJson(value)) set(key, value);
      else {
        const joined = join(key, before, value);
        if (joined === undefined && !annotations.has(key)) note(`two values of ${key}`);
        set(key, joined ?? value);
      }
    }
  }
  return merged;
}

/** What both values of a keyword say together; undefined when one value cannot say it. */
function join(key: string, a: Json, b: Json): Json | undefined {
  if (key === 'properties' && isObject(a) && isObject(b)) return joinProperties(a, b);
  if (key === 'required' && Array.isArray(a) && Array.isArray(b)) return [...new Set([...(a as readonly Json[]), ...(b as readonly Json[])])];
  if (key === 'items' || key === 'additionalProperties') return Array.isArray(a) || Array.isArray(b) ? undefined : a === false || b === false ? false : a === true ? b : b === true ? a : { allOf: [a, b] };
  if (key === 'type') return some(typesOf(a).flatMap((one) => typesOf(b).flatMap((other) => common(one, other))), 'type');
  if (key === 'enum' && Array.isArray(a) && Array.isArray(b)) return some((a as readonly Json[]).filter((one) => holds(b as readonly Json[], one)), 'enum');
  if (key === 'const') throw new NothingAllowed('two values of const');
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  if (/^(exclusiveM|m)inimum$|^min/.test(key)) return Math.max(a, b);
  return /^(exclusiveM|m)aximum$|^max/.test(key) ? Math.min(a, b) : undefined;
}

function joinProperties(a: JsonObject, b: JsonObject): JsonObject {
  const names = [...Object.keys(a), ...Object.keys(b).filter((name) => !Object.hasOwn(a, name))];
  return Object.fromEntries(names.map((name) => {
    const [one, other] = [ownProperty(a, name), ownProperty(b, name)];
    return [name, one === undefined ? other! : other === undefined || canonicalJson(one) === canonicalJson(other) ? one : { allOf: [one, other] }];
  }));
}

function common(a: string, b: string): readonly string[] {
  if (a === b) return [a];
  return (a === 'integer' && b === 'number') || (a === 'number' && b === 'integer') ? ['integer'] : [];
}

function some(list: readonly Json[], key: string): readonly Json[] {
  if (list.length === 0) throw new NothingAllowed(`two values of ${key} that have nothing in common`);
  return [...new Set(list)];
}

function closed(schema: JsonObject): boolean {
  const others = ownProperty(schema, 'additionalProperties');
  return others !== undefined && others !== true;
}

/** Whether the one names a property that the other does not. */
function declares(one: JsonObject, other: JsonObject): boolean {
  const [names, known] = [ownProperty(one, 'properties'), ownProperty(other, 'properties')];
  return isObject(names) && Object.keys(names).some((name) => ownProperty(known, name) === undefined);
}

export function typesOf(type: Json): readonly string[] {
  return (Array.isArray(type) ? (type as readonly Json[]) : [type]).map(String);
}

export function holds(list: readonly Json[], value: Json): boolean {
  const text = canonicalJson(value);
  return list.some((one) => canonicalJson(one) === text);
}

export function isOfType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === type;
}

/** What a schema without `type` speaks of. */
export function impliedType(schema: JsonObject): string | undefined {
  const has = (...keys: readonly string[]): boolean => keys.some((key) => Object.hasOwn(schema, key));
  if (has('properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties')) return 'object';
  if (has('items', 'prefixItems', 'minItems', 'maxItems')) return 'array';
  if (has('pattern', 'minLength', 'maxLength', 'format')) return 'string';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number';
  return undefined;
}
