import { canonicalJson, isObject, ownProperty, type Json, type JsonObject } from '../../core/json.ts';
import { isOfType, typesOf } from './schema-merge.ts';

/** Whether it is certain that no value follows both schemas: their types, their values, or a property that both need, differ. */
export function areDisjoint(a: Json, b: Json): boolean {
  if (a === false || b === false) return true;
  if (!isObject(a) || !isObject(b)) return false;
  const [values, others] = [valuesOf(a), valuesOf(b)];
  if (values !== undefined && others !== undefined) {
    const texts = new Set(others.map(canonicalJson));
    return !values.some((value) => texts.has(canonicalJson(value)));
  }
  const [kinds, otherKinds] = [kindsOf(a), kindsOf(b)];
  if (kinds === undefined || otherKinds === undefined) return false;
  const shared = [...kinds].filter((kind) => otherKinds.has(kind));
  return shared.length === 0 || (shared.length === 1 && shared[0] === 'object' && differByProperty(a, b));
}

/** The values that a schema lists; undefined when it lists none. */
function valuesOf(schema: JsonObject): readonly Json[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']!];
  const list = ownProperty(schema, 'enum');
  return Array.isArray(list) ? (list as readonly Json[]) : undefined;
}

/** JSON's types that a schema's values may have, integers as numbers; undefined: any. */
function kindsOf(schema: JsonObject): ReadonlySet<string> | undefined {
  const type = ownProperty(schema, 'type');
  if (type !== undefined) return new Set(typesOf(type).map((name) => (name === 'integer' ? 'number' : name)));
  const values = valuesOf(schema);
  return values === undefined ? undefined : new Set(values.map((value) => ['null', 'boolean', 'number', 'string', 'array', 'object'].find((kind) => isOfType(value, kind))!));
}

function differByProperty(a: JsonObject, b: JsonObject): boolean {
  const needed = (schema: JsonObject): readonly string[] => ((ownProperty(schema, 'required') ?? []) as readonly Json[]).map(String);
  return needed(a).some((name) => {
    const [one, other] = [a, b].map((schema) => ownProperty(ownProperty(schema, 'properties'), name));
    return needed(b).includes(name) && one !== undefined && other !== undefined && areDisjoint(one, other);
  });
}
