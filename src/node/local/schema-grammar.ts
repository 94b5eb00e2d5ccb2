import { annotations, holds, impliedType, isOfType, mergeSchemas, NothingAllowed, typesOf } from './schema-merge.ts';
import { areDisjoint } from './schema-disjoint.ts';
import { canonicalJson, isObject, ownProperty, type Json, type JsonObject, type JsonSchema } from '../../core/json.ts';
import { formatRules, jsonRules } from './json-rules.ts';
import { integerRange } from './integer-grammar.ts';
import { numberRange } from './number-grammar.ts';
import { patternGrammar } from './pattern-grammar.ts';

/** A grammar in GBNF (llama.cpp's notation), and what of the schema it does not hold. */
export interface SchemaGrammar {
  readonly grammar: string;
  /** One line each, for people: `uniqueItems at /tags`. What they name is left to the validation of the answer. */
  readonly notes: readonly string[];
}

const handled = new Set([
  'type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'allOf', 'properties', 'required', 'additionalProperties', 'items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems',
  'minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minProperties', 'maxProperties',
]);

/** A schema as deep or as large as this is not made into a grammar: the parser of grammars would take it whole into memory. */
const maxRules = 5000;
/** Longer texts and lists are not counted by the grammar: llama.cpp looks at every place where they may end, for each token. */
const maxCounted = 2000;

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
  const used = reachable(builder.rules);
  return { grammar: [...used].map(([name, body]) => `${name} ::= ${body}`).join('\n') + '\n', notes: builder.notes };
}

/** The rules that the root reaches. */
function reachable(rules: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const all = new Map([['root', rules.get('root')!]]);
  for (const body of all.values()) {
    // What only looks like a name, in a literal, is harmless: at worst a rule too many.
    for (const name of body.match(/[a-z][a-z0-9-]*/g) ?? []) {
      const found = rules.get(name) ?? (Object.hasOwn(jsonRules, name) ? jsonRules[name] : undefined);
      if (found !== undefined && found !== '') all.set(name, found);
    }
  }
  return all;
}

class Builder {
  readonly rules = new Map<string, string>();
  readonly notes: string[] = [];
  readonly #root: JsonSchema;
  /** Rules of schemas that are named or made of others: one that holds itself is a rule that names itself. */
  readonly #named = new Map<string, string>();
  /** Those of them that have begun, and nothing is written yet. */
  #open: ReadonlySet<string> = new Set();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** The body of a rule for this schema, which stands at this JSON pointer. @throws NothingAllowed */
  visit(schema: Json | undefined, at: string): string {
    if (schema === undefined || schema === true) return 'value';
    if (schema === false) throw nothing(at);
    if (!isObject(schema)) throw new Error(`The schema is neither an object nor true or false at ${place(at)}.`);
    for (const key of Object.keys(schema)) {
      if (!annotations.has(key) && !handled.has(key) && !key.startsWith('x-')) this.#note(key, at);
    }
    const reference = ownProperty(schema, '$ref');
    if (typeof reference === 'string') {
      this.#alone(schema, ['$ref'], at);
      const target = this.#target(reference);
      return this.#rulesOf(reference, () => this.visit(target, reference.startsWith('#/') ? reference.slice(1) : at), at);
    }
    if (Object.hasOwn(schema, 'const')) return this.#values([schema['const']!], schema, at);
    const choices = ownProperty(schema, 'enum');
    if (Array.isArray(choices)) return this.#values(choices as readonly Json[], schema, at);
    for (const key of ['anyOf', 'oneOf'] as const) {
      const options = ownProperty(schema, key);
      if (Array.isArray(options)) return this.#anyOf(options as readonly Json[], { schema, at, key });
    }
    const parts = ownProperty(schema, 'allOf');
    if (Array.isArray(parts)) return this.#rulesOf(canonicalJson(schema), () => this.#allOf(parts as readonly Json[], schema, at), at);
    return this.#typed(schema, at);
  }

  #note(what: string, at: string): void {
    const note = `${what} at ${place(at)}`;
    if (!this.notes.includes(note)) this.notes.push(note);
  }

  /** Notes that other keywords than these are not looked at. */
  #alone(schema: JsonObject, keys: readonly string[], at: string): void {
    if (Object.keys(schema).some((key) => handled.has(key) && !keys.includes(key))) this.#note(`keywords beside ${keys[0]!}`, at);
  }

  /** A new rule with this body; its name. */
  #rule(body: string): string {
    if (this.rules.size >= maxRules) throw new Error('The schema is too large to be made into a grammar.');
    const name = `r${this.rules.size + 1}`;
    this.rules.set(name, body);
    return name;
  }

  /** The rule of what `key` names, made once. */
  #rulesOf(key: string, build: () => string, at: string): string {
    // A schema that begins with itself is what else it may be.
    if (this.#open.has(key)) throw new NothingAllowed(`The schema refers to nothing but itself at ${place(at)}.`);
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const name = this.#rule('');
    this.#named.set(key, name);
    const open = this.#open;
    this.#open = new Set([...open, key]);
    try {
      this.rules.set(name, build());
      return name;
    } catch (error) {
      this.#named.delete(key);
      throw error;
    } finally {
      this.#open = open;
    }
  }

  /** The same after something was written: what has begun may then come again. */
  #inside<T>(build: () => T): T {
    const open = this.#open;
    this.#open = new Set();
    try {
      return build();
    } finally {
      this.#open = open;
    }
  }

  #target(reference: string): Json {
    let target: Json | undefined = this.#root;
    if (/^#[^/]/.test(reference)) target = withAnchor(this.#root, reference.slice(1));
    else if (reference !== '#' && !reference.startsWith('#/')) throw new Error(`The schema refers to ${reference}; only references within the schema (#/…) can be followed.`);
    else for (const part of reference.split('/').slice(1)) target = ownProperty(target, decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
    if (target === undefined) throw new Error(`The schema refers to ${reference}, which is not there.`);
    return target;
  }

  #values(choices: readonly Json[], schema: JsonObject, at: string): string {
    this.#alone(schema, ['enum', 'const', 'type'], at);
    const type = ownProperty(schema, 'type');
    const list = ownProperty(schema, 'enum');
    const allowed = choices.filter((choice) => (type === undefined || typesOf(type).some((name) => isOfType(choice, name))) && (!Array.isArray(list) || list === choices || holds(list as readonly Json[], choice)));
    if (allowed.length === 0) throw nothing(at);
    return allowed.map(literal).join(' | ');
  }

  #anyOf(options: readonly Json[], { schema, at, key }: { readonly schema: JsonObject; readonly at: string; readonly key: 'anyOf' | 'oneOf' }): string {
    const { [key]: _options, ...rest } = schema;
    const bodies = options.map((option, index) => this.#ifAny(() => this.#rule(this.visit(isObject(option) ? this.#merged([rest, option], at) : option === false ? false : rest, `${at}/${key}/${index}`))));
    const possible = bodies.filter((body) => body !== undefined);
    if (possible.length === 0) throw nothing(at);
    if (key === 'oneOf') {
      const left = options.filter((_, index) => bodies[index] !== undefined).map((option) => this.#resolved(option));
      if (left.some((one, index) => left.slice(index + 1).some((other) => !areDisjoint(one, other)))) this.#note('oneOf (a value may follow more than one of its schemas)', at);
    }
    return possible.join(' | ');
  }

  /** A schema, or what it refers to. */
  #resolved(schema: Json): Json {
    const reference = ownProperty(schema, '$ref');
    return typeof reference === 'string' ? this.#target(reference) : schema;
  }

  #allOf(parts: readonly Json[], schema: JsonObject, at: string): string {
    const { allOf: _parts, ...rest } = schema;
    if (parts.some((part) => part === false)) throw nothing(at);
    // What is only a name for another schema keeps its rule, which may name itself.
    if (parts.length === 1 && !Object.keys(rest).some((key) => handled.has(key))) return this.visit(parts[0], `${at}/allOf/0`);
    return this.visit(this.#merged([rest, ...parts.map((part) => this.#resolved(part)).filter(isObject)], at), at);
  }

  #merged(schemas: readonly JsonObject[], at: string): JsonObject {
    try {
      return mergeSchemas(schemas, (what) => this.#note(what, at));
    } catch (error) {
      throw error instanceof NothingAllowed ? nothing(at, error.message) : error;
    }
  }

  /** What can be built; undefined when nothing can follow it. */
  #ifAny(build: () => string): string | undefined {
    const { length } = this.notes;
    try {
      return build();
    } catch (error) {
      if (!(error instanceof NothingAllowed)) throw error;
      this.notes.length = length;
      return undefined;
    }
  }

  #typed(schema: JsonObject, at: string): string {
    const type = ownProperty(schema, 'type') ?? impliedType(schema);
    if (type === undefined) return 'value';
    const types = typesOf(type);
    if (types.length === 1) return this.#oneType(types[0]!, schema, at);
    const bodies = types.map((name) => this.#ifAny(() => this.#rule(this.#oneType(name, schema, at)))).filter((body) => body !== undefined);
    if (bodies.length === 0) throw nothing(at);
    return bodies.join(' | ');
  }

  #oneType(type: string, schema: JsonObject, at: string): string {
    switch (type) {
      case 'object': return this.#inside(() => this.#object(schema, at));
      case 'array': return this.#inside(() => this.#array(schema, at));
      case 'string': return this.#string(schema, at);
      case 'integer':
      case 'number': return this.#number(type, schema, at);
      case 'boolean':
      case 'null': return type;
      default: throw new Error(`The schema names the unknown type ${JSON.stringify(type)} at ${place(at)}.`);
    }
  }

  #number(type: 'integer' | 'number', schema: JsonObject, at: string): string {
    const number = (key: string): number | undefined => {
      const value = ownProperty(schema, key);
      return typeof value === 'number' ? value : undefined;
    };
    const step = number('multipleOf');
    const places = step === undefined ? null : placesOf(step);
    if (places === undefined) this.#note('multipleOf', at);
    const [least, above] = [number('minimum') ?? -Infinity, number('exclusiveMinimum') ?? -Infinity];
    const [most, below] = [number('maximum') ?? Infinity, number('exclusiveMaximum') ?? Infinity];
    const aboveMin = above >= least && above !== -Infinity;
    const belowMax = below <= most && below !== Infinity;
    const [min, max] = [Math.max(least, above), Math.min(most, below)];
    if (type === 'integer' || places === 0) {
      if (min === -Infinity && max === Infinity) return 'integer';
      return integerRange(aboveMin ? Math.floor(min) + 1 : Math.ceil(min), belowMax ? Math.ceil(max) - 1 : Math.floor(max)) ?? impossible(at);
    }
    if (min === -Infinity && max === Infinity && (places ?? null) === null) return 'number';
    const body = numberRange({ min, max, aboveMin, belowMax, places: places ?? null });
    if (body === undefined) this.#note('the bounds of a number', at);
    return body === undefined ? 'number' : (body ?? impossible(at));
  }

  #string(schema: JsonObject, at: string): string {
    const format = ownProperty(schema, 'format');
    const pattern = ownProperty(schema, 'pattern');
    const [min, max] = this.#bounds(schema, ['minLength', 'maxLength'], at);
    const body = typeof pattern === 'string' ? patternGrammar(pattern) : null;
    const formatted = typeof format === 'string' && Object.hasOwn(formatRules, format) ? formatRules[format]! : null;
    if (typeof pattern === 'string' && (body === null || formatted !== null)) this.#note('pattern', at);
    if (typeof format === 'string' && (formatted === null || body !== null)) this.#note(`format ${JSON.stringify(format)}`, at);
    const whole = body ?? formatted;
    if (whole !== null) {
      if (min > 0 || max !== null) this.#note(`the length of a string with a ${body === null ? 'format' : 'pattern'}`, at);
      return `"\\"" ${whole} "\\""`;
    }
    if (min === 0 && max === null) return 'string';
    return `"\\"" ${this.#repeat('char', min, max)} "\\""`;
  }

  #array(schema: JsonObject, at: string): string {
    const items = ownProperty(schema, 'items');
    const tuple = (ownProperty(schema, 'prefixItems') ?? (Array.isArray(items) ? items : [])) as readonly Json[];
    const rest = Array.isArray(items) ? ownProperty(schema, 'additionalItems') : items;
    const [min, max] = this.#bounds(schema, ['minItems', 'maxItems'], at);
    const first: string[] = [];
    for (const [index, item] of tuple.slice(0, max ?? undefined).entries()) {
      const body = this.#ifAny(() => this.#rule(this.visit(item, `${at}/prefixItems/${index}`)));
      if (body === undefined) return first.length < min ? impossible(at) : `"[" ws ${this.#list(first, null, { least: 0, most: 0 })} ws "]"`;
      first.push(body);
    }
    const least = Math.max(0, min - first.length);
    const most = max === null ? null : Math.max(0, max - first.length);
    // Without a bound on what follows a tuple nothing follows, unless it must: what a schema does not speak of is not asked for.
    const wanted = most !== 0 && !(rest === undefined && tuple.length > 0 && least === 0);
    const more = wanted ? (this.#ifAny(() => this.#rule(this.visit(rest, `${at}/items`))) ?? null) : null;
    if (more === null && least > 0) throw new NothingAllowed(`The schema asks for more items than it allows at ${place(at)}.`);
    return `"[" ws ${this.#list(first, more, { least, most })} ws "]"`;
  }

  /** Items apart by commas: these, then `least` to `most` of `more`. */
  #list(first: readonly string[], more: string | null, { least, most }: { readonly least: number; readonly most: number | null }): string {
    const head = first.join(' "," ws ');
    if (more === null || most === 0) return head === '' ? '""' : head;
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
      if (!properties.some(([key]) => key === name)) properties.push([name, others ?? true]);
    }
    const [min, max] = this.#bounds(schema, ['minProperties', 'maxProperties'], at);
    if (max !== null && max < required.size) throw nothing(at);
    const entries = properties.flatMap(([name, value]) => {
      const optional = !required.has(name);
      const build = (): string => this.#rule(`${literal(name)} ":" ws ${this.#rule(this.visit(value, `${at}/properties/${name}`))}`);
      const body = optional ? this.#ifAny(build) : build();
      return body === undefined ? [] : [{ optional, body }];
    });
    if (properties.length === 0) {
      const entry = this.#ifAny(() => this.#rule(`string ":" ws ${this.#rule(this.visit(others, `${at}/additionalProperties`))}`)) ?? null;
      if (entry === null && min > 0) throw nothing(at);
      if (min > 1) this.#note('minProperties (a name may come twice)', at);
      return `"{" ws ${this.#list([], entry, { least: min, most: max })} ws "}"`;
    }
    if (min > required.size) this.#note('minProperties', at);
    if (max !== null && max < entries.length) this.#note('maxProperties', at);
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
    const bound = (key: string): number | undefined => {
      const value = ownProperty(schema, key);
      return typeof value === 'number' ? value : undefined;
    };
    const min = Math.max(0, Math.ceil(bound(least) ?? 0));
    const max = Math.floor(bound(most) ?? Infinity);
    if (max < min) throw new NothingAllowed(`The schema's ${least} is greater than its ${most} at ${place(at)}.`);
    if (min > maxCounted) this.#note(`${least} above ${maxCounted}`, at);
    if (max > maxCounted && max !== Infinity) this.#note(`${most} above ${maxCounted}`, at);
    return [min > maxCounted ? 0 : min, max > maxCounted ? null : max];
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

function nothing(at: string, why = ''): NothingAllowed {
  return new NothingAllowed(`The schema allows nothing at ${place(at)}${why === '' ? '' : ` (${why})`}.`);
}

function impossible(at: string): never {
  throw nothing(at);
}

function place(at: string): string {
  return at === '' ? 'its root' : at;
}

/** The subschema with this `$anchor`. */
function withAnchor(schema: Json, anchor: string): Json | undefined {
  if (ownProperty(schema, '$anchor') === anchor) return schema;
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const inner of Object.values(schema) as readonly Json[]) {
    const found = withAnchor(inner, anchor);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Digits after the point of a step of 1, 0.1, 0.01 …; undefined for other steps. */
function placesOf(step: number): number | undefined {
  return [0, 1, 2, 3, 4, 5, 6].find((places) => step === Number(`1e-${places}`));
}

/** GBNF for exactly this value's JSON. */
function literal(value: Json): string {
  return `"${JSON.stringify(value).replace(/[\\"]/g, '\\$&')}"`;
}
