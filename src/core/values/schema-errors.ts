import type { Json } from '../json.ts';
import { didYouMean } from '../did-you-mean.ts';

/** What ajv says of one keyword, with `verbose: true`. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly data?: unknown;
  readonly schema?: unknown;
  /** Where it is said of a name, not of a value. */
  readonly propertyName?: string;
  readonly parentSchema?: unknown;
}

type Refer = (reference: string) => unknown;

const whole = 'the value';
/** More than these nobody reads; a model mends the first ones. */
const maxMessages = 10;

/**
 * ajv's errors as short sentences that name the place as code would: `items[2].price must be a number, is "cheap"`. `refer` knows what a
 * `$ref` of the schema refers to.
 */
export function readSchemaErrors(errors: readonly SchemaError[], refer: Refer = () => undefined): readonly string[] {
  const messages = new Set<string>();
  for (const error of withoutBranches(errors, refer)) {
    const message = describe(error);
    if (message !== null) messages.add(message);
    if (messages.size > 4 * maxMessages) break;
  }
  const list = [...messages];
  if (list.length === 0) return [`${whole} does not follow the schema`];
  if (list.length <= maxMessages) return list;
  const more = errors.length > 4 * maxMessages ? 'many more' : `${list.length - maxMessages} more`;
  return [...list.slice(0, maxMessages), `and ${more}`];
}

/**
 * `anyOf` and `oneOf` report every branch that failed: types that were missed become one sentence, else the nearest branch speaks. What
 * `contains` says of single items is left out, since no single one must be as it says.
 */
function withoutBranches(errors: readonly SchemaError[], refer: Refer): readonly SchemaError[] {
  const reach = memoized((schema) => partsOf(schema, refer));
  const dropped = new Set<SchemaError>();
  const added = new Map<SchemaError, readonly SchemaError[]>();
  for (const [index, error] of errors.entries()) {
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf' && error.keyword !== 'contains') continue;
    const branchOf = branchFinder(error, reach);
    const branches = new Map<number, SchemaError[]>();
    // The branches stand right before; what stands before them belongs to other keywords.
    for (let at = index - 1; at >= 0; at--) {
      const inner = errors[at]!;
      const branch = branchOf(inner);
      if (branch === undefined) break;
      if (dropped.has(inner)) continue;
      const found = branches.get(branch);
      if (found === undefined) branches.set(branch, [inner]);
      else found.push(inner);
      dropped.add(inner);
    }
    if (error.keyword === 'contains') continue;
    // They were met from the last to the first.
    for (const branch of branches.values()) branch.reverse();
    const all = [...branches.values()].reverse().flat();
    if (all.length > 0 && all.every((inner) => inner.keyword === 'type' && inner.instancePath === error.instancePath)) {
      const type = all.flatMap((inner) => inner.params['type'] as string | string[]);
      dropped.add(error);
      added.set(error, [{ ...error, keyword: 'type', params: { type } }]);
    } else added.set(error, nearest([...branches.values()], error));
  }
  return errors.flatMap((error) => [...(dropped.has(error) ? [] : [error]), ...(added.get(error) ?? [])]);
}

/**
 * Which branch of a keyword an error belongs to, asked from the last error to the first: by the part of the schema that failed, since its path
 * says nothing where the branch refers to a definition.
 */
function branchFinder({ keyword, schema, instancePath }: SchemaError, reach: (schema: unknown) => ReadonlySet<unknown>): (inner: SchemaError) => number | undefined {
  const branches = keyword === 'contains' ? [schema] : (schema as readonly unknown[]);
  let last = branches.length - 1;
  return (inner) => {
    if (!inner.instancePath.startsWith(instancePath)) return undefined;
    let branch = last;
    while (branch >= 0 && !reach(branches[branch]).has(inner.parentSchema)) branch--;
    if (branch < 0) return undefined;
    last = branch;
    return branch;
  };
}

/** A schema, and all that is in it and in what it refers to. */
function partsOf(schema: unknown, refer: Refer): ReadonlySet<unknown> {
  const parts = new Set<unknown>([schema]);
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(part)) parts.add(inner);
    if ('$ref' in part && typeof part.$ref === 'string') parts.add(refer(part.$ref));
  }
  return parts;
}

function memoized<T>(compute: (key: unknown) => T): (key: unknown) => T {
  const known = new Map<unknown, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key)!;
  };
}

/** The branch whose kind of value it is, then the one with the least to mend. */
function nearest(branches: readonly (readonly SchemaError[])[], { instancePath }: SchemaError): readonly SchemaError[] {
  const score = (branch: readonly SchemaError[]): number => branch.length + (branch.some((inner) => inner.keyword === 'type' && inner.instancePath === instancePath) ? 1000 : 0);
  return branches.reduce<readonly SchemaError[]>((best, branch) => (best.length === 0 || score(branch) <= score(best) ? branch : best), []);
}

function describe(error: SchemaError): string | null {
  const { keyword, params, data } = error;
  const place = error.propertyName === undefined ? placeName(error.instancePath) : `the name ${shown(error.propertyName)}`;
  const inside = (name: string): string => placeName(`${error.instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  const number = (name: string): number => params[name] as number;
  const text = (name: string): string => String(params[name]);
  switch (keyword) {
    case 'type':
      return `${place} must be ${typeNames(params['type'] as string | string[])}, is ${shown(data)}`;
    case 'required':
    case 'dependentRequired':
    case 'dependencies':
      return `${inside(text('missingProperty'))} is missing`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownProperty(error, inside);
    case 'enum':
      return `${place} must be one of ${list((params['allowedValues'] as readonly Json[]).map(shown))}, is ${shown(data)}`;
    case 'const':
      return `${place} must be ${shown(params['allowedValue'])}, is ${shown(data)}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `${place} must be ${{ '>=': 'at least', '<=': 'at most', '>': 'more than', '<': 'less than' }[text('comparison')] ?? text('comparison')} ${number('limit')}, is ${shown(data)}`;
    case 'multipleOf':
      return `${place} must be a multiple of ${number('multipleOf')}, is ${shown(data)}`;
    case 'minLength':
    case 'maxLength':
      return `${place} must have ${keyword === 'minLength' ? 'at least' : 'at most'} ${counted(number('limit'), 'character')}, has ${[...(data as string)].length}`;
    case 'minItems':
    case 'maxItems':
      return `${place} must have ${keyword === 'minItems' ? 'at least' : 'at most'} ${counted(number('limit'), 'item')}, has ${(data as readonly Json[]).length}`;
    case 'minProperties':
    case 'maxProperties':
      return `${place} must have ${keyword === 'minProperties' ? 'at least' : 'at most'} ${counted(number('limit'), 'field')}, has ${Object.keys(data as object).length}`;
    case 'items':
    case 'additionalItems':
    case 'unevaluatedItems':
      return `${place} must have at most ${counted(number(keyword === 'unevaluatedItems' ? 'len' : 'limit'), 'item')}, has ${(data as readonly Json[]).length}`;
    case 'pattern':
      return `${place} must match /${text('pattern')}/, is ${shown(data)}`;
    case 'format':
      return `${place} must be ${formatName(text('format'))}, is ${shown(data)}`;
    case 'uniqueItems':
      return `${place} must not hold the same item twice`;
    case 'contains':
      return `${place} must hold ${params['maxContains'] === undefined ? 'at least ' : `between ${number('minContains')} and `}${counted(number(params['maxContains'] === undefined ? 'minContains' : 'maxContains'), 'item')} of the kind asked for`;
    case 'propertyNames':
      return `${inside(text('propertyName'))} is not an allowed name`;
    case 'not':
      return `${place} is ${shown(data)}, which the schema rules out`;
    case 'anyOf':
      return `${place} follows none of the forms allowed, is ${shown(data)}`;
    case 'oneOf':
      return params['passingSchemas'] == null ? `${place} follows none of the forms allowed, is ${shown(data)}` : `${place} follows more than one of the forms allowed, and must follow exactly one`;
    case 'if':
      return null;
    case 'false schema':
      return `${place} is not allowed`;
    default:
      return `${place} ${error.message ?? `does not follow \`${keyword}\``}`;
  }
}

function unknownProperty({ params, parentSchema }: SchemaError, inside: (name: string) => string): string {
  const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
  const properties = (parentSchema as { readonly properties?: object } | undefined)?.properties;
  const near = properties && didYouMean(name, Object.keys(properties));
  return `${inside(name)} is not allowed${near ? `; did you mean ${shown(near)}?` : ''}`;
}

/** A JSON pointer as code would write it. */
function placeName(pointer: string): string {
  if (pointer === '') return whole;
  let place = '';
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (name.length > 60) place += `[${shown(name)}]`;
    else if (/^\d+$/.test(name)) place += `[${name}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) place += place === '' ? name : `.${name}`;
    else place += `[${shown(name)}]`;
  }
  return place;
}

function typeNames(type: string | readonly string[]): string {
  const names: Readonly<Record<string, string>> = { null: 'null', boolean: 'true or false', object: 'an object', array: 'a list', number: 'a number', integer: 'a whole number', string: 'a string' };
  return list([...new Set(Array.isArray(type) ? (type as readonly string[]) : [type as string])].map((name) => names[name] ?? name));
}

function formatName(format: string): string {
  const names: Readonly<Record<string, string>> = {
    date: 'a date such as 2024-12-31', 'date-time': 'a date and time such as 2024-12-31T23:59:59Z', time: 'a time such as 23:59:59Z', duration: 'a duration such as P1DT12H',
    email: 'an e-mail address', uri: 'a URI', url: 'a URL', uuid: 'a UUID', ipv4: 'an IPv4 address', ipv6: 'an IPv6 address', hostname: 'a host name',
  };
  return names[format] ?? `of the format "${format}"`;
}

function list(words: readonly string[]): string {
  const some = words.length > 12 ? [...words.slice(0, 12), `${words.length - 12} more`] : words;
  return some.length < 2 ? some.join('') : `${some.slice(0, -1).join(', ')} or ${some.at(-1)!}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59).replace(/[\ud800-\udbff]$/, '')}…` : value);
}
