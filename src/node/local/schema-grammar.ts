import { isObject, ownProperty, type Json, type JsonObject, type JsonSchema } from '../../core/json.ts';
import { patternGrammar } from './pattern-grammar.ts';
import { integerRange } from './integer-grammar.ts';

/** A grammar in GBNF (llama.cpp's notation), and what of the schema it does not hold. */
export interface SchemaGrammar {
  readonly grammar: string;
  /** One line each, for people: `uniqueItems at /tags`. What they name is left to the validation of the answer. */
  readonly notes: readonly string[];
}

/** Keywords that say nothing about which values are valid. */
const annotations = new Set(['$schema', '$id', '$anchor', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'contentMediaType', 'contentEncoding']);
const handled = new Set(['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'allOf', 'properties', 'required', 'additionalProperties', 'items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minProperties', 'maxProperties']);

const primitives: Readonly<Record<string, string>> = {
  // At most one space, where a model likes to put one: a grammar that allows more lets a small model fill the answer with them.
  ws: '" "?',
  null: '"null"',
  boolean: '"true" | "false"',
  integer: '"-"? ("0" | [1-9] [0-9]{0,14})',
  number: '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  // No \\u escapes: any character but these can be written as itself, and half a surrogate pair cannot come about.
  char: '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" ["\\\\bfnrt]',
  string: '"\\"" char* "\\""',
  value: 'object | array | string | number | boolean | null',
  object: '"{" ws (string ":" ws value ("," ws string ":" ws value)*)? ws "}"',
  array: '"[" ws (value ("," ws value)*)? ws "]"',
  // February has 28 days: which years have 29 is beyond a grammar of this size.
  date: '[0-9]{4} "-" (("01" | "03" | "05" | "07" | "08" | "10" | "12") "-" day31 | ("04" | "06" | "09" | "11") "-" day30 | "02-" day28)',
  day28: '"0" [1-9] | "1" [0-9] | "2" [0-8]',
  day30: 'day28 | "29" | "30"',
  day31: 'day30 | "31"',
  time: '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{3})? ("Z" | [+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])',
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12}',
};

const formats: Readonly<Record<string, string>> = {
  date: '"\\"" date "\\""',
  time: '"\\"" time "\\""',
  'date-time': '"\\"" date "T" time "\\""',
  uuid: '"\\"" uuid "\\""',
};

/** A schema as deep or as large as this is not made into a grammar: the parser of grammars would take it whole into memory. */
const maxRules = 5000;

/**
 * A grammar whose every text is JSON that the schema allows, as far as GBNF can say it; properties come in the schema's order. It may
 * allow less than the schema (no properties beside the declared ones, no escapes that are not needed), never something else, but for
 * what `notes` name.
 *
 * @throws Error for people, when nothing can follow the schema or it is too large.
 */
export function schemaGrammar(schema: JsonSchema): SchemaGrammar {
  const builder = new Builder(schema);
  builder.rules.set('root', builder.visit(schema, ''));
  const used = withPrimitives(builder.rules);
  return { grammar: [...used].map(([name, body]) => `${name} ::= ${body}`).join('\n') + '\n', notes: builder.notes };
}

/** The rules with the primitives that they reach. */
function withPrimitives(rules: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const all = new Map(rules);
  for (const body of all.values()) {
    // Names in literals are harmless: at worst a rule too many.
    for (const name of body.match(/[a-z][a-z0-9-]*/g) ?? []) {
      if (Object.hasOwn(primitives, name) && !all.has(name)) all.set(name, primitives[name]!);
    }
  }
  return all;
}

class Builder {
  readonly rules = new Map<string, string>();
  readonly notes: string[] = [];
  readonly #root: JsonSchema;
  /** Rules of `$ref` targets by pointer: a schema that holds itself is a rule that names itself. */
  readonly #references = new Map<string, string>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** The body of a rule for this schema, which stands at this JSON pointer. */
  visit(schema: Json | undefined, at: string): string {
    if (schema === undefined || schema === true) return 'value';
    if (schema === false) throw new Error(`The schema allows nothing at ${place(at)}.`);
    if (!isObject(schema)) throw new Error(`The schema is neither an object nor true or false at ${place(at)}.`);
    for (const key of Object.keys(schema)) {
      if (!annotations.has(key) && !handled.has(key) && !key.startsWith('x-')) this.#note(key, at);
    }
    const reference = ownProperty(schema, '$ref');
    if (typeof reference === 'string') return this.#reference(reference, { schema, at });
    if (Object.hasOwn(schema, 'const')) return literal(schema['const']!);
    const choices = ownProperty(schema, 'enum');
    if (Array.isArray(choices)) return this.#enum(choices as readonly Json[], { schema, at });
    for (const key of ['anyOf', 'oneOf'] as const) {
      const options = ownProperty(schema, key);
      if (Array.isArray(options)) return this.#anyOf(options as readonly Json[], { schema, at, key });
    }
    const parts = ownProperty(schema, 'allOf');
    if (Array.isArray(parts)) return this.#allOf(parts as readonly Json[], { schema, at });
    return this.#typed(schema, at);
  }

  #note(what: string, at: string): void {
    const note = `${what} at ${place(at)}`;
    if (!this.notes.includes(note)) this.notes.push(note);
  }

  /** A new rule with this body; its name. */
  #rule(body: string): string {
    if (this.rules.size >= maxRules) throw new Error('The schema is too large to be made into a grammar.');
    const name = `r${this.rules.size + 1}`;
    this.rules.set(name, body);
    return name;
  }

  #reference(reference: string, { schema, at }: At): string {
    if (Object.keys(schema).some((key) => handled.has(key) && key !== '$ref')) this.#note('keywords beside $ref', at);
    const known = this.#references.get(reference);
    if (known !== undefined) return known;
    if (reference !== '#' && !reference.startsWith('#/')) throw new Error(`The schema refers to ${reference}; only references within the schema (#/…) can be followed.`);
    let target: Json | undefined = this.#root;
    for (const part of reference.split('/').slice(1)) target = ownProperty(target, decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
    if (target === undefined) throw new Error(`The schema refers to ${reference}, which is not there.`);
    const name = this.#rule('');
    this.#references.set(reference, name);
    const body = this.visit(target, reference.slice(1));
    if (body === name) throw new Error(`The schema's ${reference} refers to nothing but itself.`);
    this.rules.set(name, body);
    return name;
  }

  #enum(choices: readonly Json[], { schema, at }: At): string {
    const type = ownProperty(schema, 'type');
    const allowed = choices.filter((choice) => type === undefined || typesOf(type).some((name) => isOfType(choice, name)));
    if (allowed.length === 0) throw new Error(`The schema's enum allows nothing at ${place(at)}.`);
    return allowed.map(literal).join(' | ');
  }

  #anyOf(options: readonly Json[], { schema, at, key }: At & { readonly key: string }): string {
    const { [key]: _options, ...rest } = schema;
    const bodies: string[] = [];
    for (const [index, option] of options.entries()) {
      if (option === false) continue;
      const merged = isObject(option) ? this.#merged([rest, option], at) : rest;
      bodies.push(this.#rule(this.visit(merged, `${at}/${key}/${index}`)));
    }
    if (bodies.length === 0) throw new Error(`The schema's ${key} allows nothing at ${place(at)}.`);
    return bodies.join(' | ');
  }

  #allOf(parts: readonly Json[], { schema, at }: At): string {
    const { allOf: _parts, ...rest } = schema;
    const resolved = parts.map((part): JsonObject => {
      const reference = isObject(part) ? ownProperty(part, '$ref') : undefined;
      if (typeof reference === 'string' && reference.startsWith('#/')) {
        let target: Json | undefined = this.#root;
        for (const step of reference.split('/').slice(1)) target = ownProperty(target, decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
        if (isObject(target)) return target;
      }
      return isObject(part) ? part : {};
    });
    return this.visit(this.#merged([rest, ...resolved], at), at);
  }

  /** One schema that says what all say, where keywords can be joined; the others are noted. */
  #merged(schemas: readonly JsonObject[], at: string): JsonObject {
    const merged: Record<string, Json> = {};
    for (const schema of schemas) {
      for (const [key, value] of Object.entries(schema)) {
        const before = Object.hasOwn(merged, key) ? merged[key] : undefined;
        if (before === undefined || JSON.stringify(before) === JSON.stringify(value)) merged[key] = value;
        else if (key === 'properties' && isObject(before) && isObject(value)) merged[key] = { ...before, ...value };
        else if (key === 'required' && Array.isArray(before) && Array.isArray(value)) merged[key] = [...new Set([...(before as Json[]), ...(value as Json[])])];
        else if (/^(exclusiveM|m)inimum$|^min/.test(key) && typeof before === 'number' && typeof value === 'number') merged[key] = Math.max(before, value);
        else if (/^(exclusiveM|m)aximum$|^max/.test(key) && typeof before === 'number' && typeof value === 'number') merged[key] = Math.min(before, value);
        else if (!annotations.has(key)) {
          this.#note(`two values of ${key}`, at);
          merged[key] = value;
        }
      }
    }
    return merged;
  }

  #typed(schema: JsonObject, at: string): string {
    const type = ownProperty(schema, 'type') ?? impliedType(schema);
    if (type === undefined) return 'value';
    const bodies = typesOf(type).map((name) => this.#oneType(name, schema, at));
    return bodies.length === 1 ? bodies[0]! : bodies.map((body) => this.#rule(body)).join(' | ');
  }

  #oneType(type: string, schema: JsonObject, at: string): string {
    switch (type) {
      case 'object': return this.#object(schema, at);
      case 'array': return this.#array(schema, at);
      case 'string': return this.#string(schema, at);
      case 'integer': return this.#integer(schema, at);
      case 'number':
        for (const key of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']) if (Object.hasOwn(schema, key)) this.#note(key, at);
        return 'number';
      case 'boolean':
      case 'null': return type;
      default: throw new Error(`The schema names the unknown type ${JSON.stringify(type)} at ${place(at)}.`);
    }
  }

  #integer(schema: JsonObject, at: string): string {
    const number = (key: string): number | undefined => {
      const value = ownProperty(schema, key);
      return typeof value === 'number' ? value : undefined;
    };
    const above = number('exclusiveMinimum');
    const below = number('exclusiveMaximum');
    const min = Math.max(number('minimum') ?? -Infinity, above === undefined ? -Infinity : Math.floor(above) + 1);
    const max = Math.min(number('maximum') ?? Infinity, below === undefined ? Infinity : Math.ceil(below) - 1);
    if (min === -Infinity && max === Infinity) return 'integer';
    const body = integerRange(Math.ceil(min), Math.floor(max));
    if (body === null) throw new Error(`The schema allows no integer at ${place(at)}.`);
    return body;
  }

  #string(schema: JsonObject, at: string): string {
    const format = ownProperty(schema, 'format');
    const pattern = ownProperty(schema, 'pattern');
    const [min, max] = this.#bounds(schema, ['minLength', 'maxLength'], at);
    if (typeof pattern === 'string') {
      const body = patternGrammar(pattern);
      if (min > 0 || max !== null) this.#note('the length of a string with a pattern', at);
      if (body !== null) return `"\\"" ${body} "\\""`;
      this.#note('pattern', at);
    } else if (typeof format === 'string') {
      const body = Object.hasOwn(formats, format) ? formats[format] : undefined;
      if (body !== undefined) return body;
      this.#note(`format ${JSON.stringify(format)}`, at);
    }
    if (min === 0 && max === null) return 'string';
    return `"\\"" ${this.#repeat('char', min, max)} "\\""`;
  }

  #array(schema: JsonObject, at: string): string {
    const items = ownProperty(schema, 'items');
    const tuple = (ownProperty(schema, 'prefixItems') ?? (Array.isArray(items) ? items : [])) as readonly Json[];
    const rest = Array.isArray(items) ? ownProperty(schema, 'additionalItems') : items;
    const [min, max] = this.#bounds(schema, ['minItems', 'maxItems'], at);
    const first = tuple.slice(0, max ?? undefined).map((item, index) => this.#rule(this.visit(item, `${at}/prefixItems/${index}`)));
    const least = Math.max(0, min - first.length);
    const most = max === null ? null : Math.max(0, max - first.length);
    // Without a bound on what follows a tuple nothing follows, unless it must: what a schema does not speak of is not asked for.
    const more = rest === false || most === 0 || (rest === undefined && tuple.length > 0 && least === 0) ? null : this.#rule(this.visit(rest, `${at}/items`));
    if (more === null && least > 0) throw new Error(`The schema asks for more items than it allows at ${place(at)}.`);
    return `"[" ws ${this.#list(first, more, { least, most })} ws "]"`;
  }

  /** Items apart by commas: these, then `least` to `most` of `more`. */
  #list(first: readonly string[], more: string | null, { least, most }: { readonly least: number; readonly most: number | null }): string {
    const head = first.join(' "," ws ');
    if (more === null) return head === '' ? '""' : head;
    const next = this.#rule(`"," ws ${more}`);
    if (head !== '') return `${head} ${this.#repeat(next, least, most)}`;
    if (least > 0) return `${more} ${this.#repeat(next, least - 1, most === null ? null : most - 1)}`;
    return `(${more} ${this.#repeat(next, 0, most === null ? null : most - 1)})?`;
  }

  #object(schema: JsonObject, at: string): string {
    const declared = ownProperty(schema, 'properties');
    const properties = isObject(declared) ? Object.entries(declared) : [];
    const named = ownProperty(schema, 'required');
    const required = new Set(Array.isArray(named) ? (named as Json[]).filter((name) => typeof name === 'string') : []);
    const others = ownProperty(schema, 'additionalProperties');
    for (const name of required) {
      if (!properties.some(([key]) => key === name)) properties.push([name, others === false || others === undefined ? true : others]);
    }
    const [min, max] = this.#bounds(schema, ['minProperties', 'maxProperties'], at);
    if (properties.length === 0) {
      if (others === false) return '"{" ws "}"';
      const entry = this.#rule(`string ":" ws ${this.#rule(this.visit(others, `${at}/additionalProperties`))}`);
      if (min > 1) this.#note('minProperties (a name may come twice)', at);
      return `"{" ws ${this.#list([], entry, { least: min, most: max })} ws "}"`;
    }
    if (min > required.size) this.#note('minProperties', at);
    if (max !== null && max < properties.length) this.#note('maxProperties', at);
    const entries = properties.map(([name, value]) => ({
      optional: !required.has(name),
      body: this.#rule(`${literal(name)} ":" ws ${this.#rule(this.visit(value, `${at}/properties/${name}`))}`),
    }));
    return `"{" ws ${this.#entries(entries)} ws "}"`;
  }

  /** The entries in order, optional ones present or not, with commas between those that are. */
  #entries(entries: readonly { readonly optional: boolean; readonly body: string }[]): string {
    // From the end: what may follow when something came before, and when nothing did.
    let after = '""';
    let atStart = '""';
    for (const { optional, body } of entries.toReversed()) {
      const rest = after === '""' ? '' : ` ${after}`;
      const taken = `"," ws ${body}${rest}`;
      const begun = `${body}${rest}`;
      const nextStart = optional ? `${begun} | ${atStart}` : begun;
      after = this.#rule(optional ? `${taken} | ${after}` : taken);
      atStart = this.#rule(nextStart);
    }
    return atStart;
  }

  #bounds(schema: JsonObject, [least, most]: readonly [string, string], at: string): [number, number | null] {
    const low = ownProperty(schema, least);
    const high = ownProperty(schema, most);
    const min = typeof low === 'number' ? Math.max(0, Math.ceil(low)) : 0;
    const max = typeof high === 'number' ? Math.floor(high) : null;
    if (max !== null && max < min) throw new Error(`The schema's ${least} is greater than its ${most} at ${place(at)}.`);
    return [min, max];
  }

  /** `min` to `max` times (null: any number); in steps, since llama.cpp refuses long repetitions. */
  #repeat(item: string, min: number, max: number | null): string {
    if (max === 0) return '""';
    const limit = 500;
    const chunk = (count: number, least: boolean): string[] => {
      const parts: string[] = [];
      if (count >= limit) {
        const whole = this.#rule(`${item}{${least ? limit : 0},${limit}}`);
        const times = Math.floor(count / limit);
        if (times > limit) throw new Error('The schema asks for a length that is too great to be made into a grammar.');
        parts.push(`${whole}{${times},${times}}`);
      }
      if (count % limit > 0) parts.push(`${item}{${least ? count % limit : 0},${count % limit}}`);
      return parts;
    };
    const parts = chunk(min, true);
    if (max === null) parts.push(`${item}*`);
    else parts.push(...chunk(max - min, false));
    return parts.join(' ');
  }
}

interface At {
  readonly schema: JsonObject;
  readonly at: string;
}

function place(at: string): string {
  return at === '' ? 'its root' : at;
}

function typesOf(type: Json): readonly string[] {
  return (Array.isArray(type) ? (type as Json[]) : [type]).map(String);
}

function isOfType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === type;
}

/** What a schema without `type` speaks of. */
function impliedType(schema: JsonObject): string | undefined {
  const has = (...keys: readonly string[]): boolean => keys.some((key) => Object.hasOwn(schema, key));
  if (has('properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties')) return 'object';
  if (has('items', 'prefixItems', 'minItems', 'maxItems')) return 'array';
  if (has('pattern', 'minLength', 'maxLength', 'format')) return 'string';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum')) return 'number';
  return undefined;
}

/** GBNF for exactly this value's JSON. */
function literal(value: Json): string {
  return `"${JSON.stringify(value).replace(/[\\"]/g, '\\$&')}"`;
}
