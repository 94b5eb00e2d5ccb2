import { isObject, ownProperty, type Json, type JsonSchema } from '../json.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem, Span } from '../problem.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isName } from '../prompt/names.ts';
import { parseJsonData } from './json-data.ts';
import { lossProblem } from './number-loss.ts';
import { isPicoschema } from './picoschema.ts';
import { readSchemaNode } from './schema-node.ts';
import { sameJson } from './same-json.ts';

/** An input that a cell declares. */
export interface InputDeclaration {
  readonly name: string;
  readonly span: Span;
  /** Whether the schema demands it. One with a default need not be given. */
  readonly required: boolean;
  readonly default?: Json;
  readonly schema: JsonSchema;
}

export interface Inputs {
  readonly inputs: readonly InputDeclaration[];
  /** The JSON Schema of all inputs as an object; null when none is given. */
  readonly schema: JsonSchema | null;
  readonly problems: readonly Problem[];
}

/** Reads `input:` as dotprompt has it: `schema` (picoschema or JSON Schema) and `default` (a map from name to value); what either names is an input. */
export function parseInputs(node: OptionNode): Inputs {
  const problems: Problem[] = [];
  if (node.entries === null) {
    problems.push({ code: 'input', severity: 'error', message: '`input` is a map with `schema` and `default`.', span: node.span });
    return { inputs: [], schema: null, problems };
  }
  let schema: JsonSchema | null = null;
  const spans = new Map<string, Span>();
  const defaults = new Map<string, OptionNode>();
  for (const { key, keySpan, node: value } of node.entries) {
    if (key === 'schema') schema = readSchema(value, spans, problems);
    else if (key === 'default') readDefaults(value, { spans, defaults, problems });
    else if (!key.startsWith('x-')) problems.push(unknown(key, keySpan));
  }
  const properties = isObject(schema ?? undefined) && isObject((schema as { [key: string]: Json }).properties) ? ((schema as { [key: string]: Json }).properties as { [key: string]: JsonSchema }) : {};
  const required = isObject(schema ?? undefined) ? (schema as { [key: string]: Json }).required : undefined;
  // Those of a schema that is wrong are names all the same: each use would be a problem more.
  const names = new Set([...Object.keys(properties), ...spans.keys()]);
  const inputs: InputDeclaration[] = [];
  for (const name of names) {
    const span = spans.get(name) ?? node.span;
    if (!isName(name)) {
      problems.push({ code: 'bad-name', severity: 'error', message: `\`${name}\` cannot be a name: it is letters, digits, \`_\` and \`-\`, not first a digit, and no word of the language.`, span });
      continue;
    }
    const form = Object.hasOwn(properties, name) ? properties[name]! : {};
    const given = defaults.get(name);
    const value = given === undefined ? undefined : defaultOf(given, form);
    const loss = given === undefined || value !== given.value ? null : lossProblem(given);
    if (loss !== null) problems.push(loss);
    const kind = value === undefined || value === null ? null : wrongInput(form, value);
    if (kind !== null) problems.push({ code: 'input', severity: 'error', message: `The default of \`${name}\` must be ${kind}, as its schema says.`, span: given!.span });
    inputs.push({ name, span, required: Array.isArray(required) && required.includes(name), schema: form, ...(value !== undefined && { default: value }) });
  }
  return { inputs, schema, problems };
}

/** A number or truth value that is declared as text is meant as it is written. */
function defaultOf({ value, source }: OptionNode, schema: JsonSchema): Json {
  return source !== null && value !== null && typesOf(schema)?.includes('string') === true && !fits(schema, value) ? source : value;
}

/** What an input must be, in words, where a value is something else: told by the `type` and `enum` of its schema alone. null where it fits. */
export function wrongInput(schema: JsonSchema, value: Json): string | null {
  if (fits(schema, value)) return null;
  const values = isObject(schema) ? ownProperty(schema, 'enum') : undefined;
  const kinds = Array.isArray(values) ? (values as readonly Json[]).map((one) => `\`${typeof one === 'string' ? one : JSON.stringify(one)}\``) : (typesOf(schema) ?? []).map((type) => words[type] ?? type);
  return kinds.join(' or ');
}

/** The value that a person means by a text for an input: the text itself where its schema takes it, else JSON. */
export function inputFromText(schema: JsonSchema, text: string): Json {
  const types = typesOf(schema);
  if (fits(schema, text) || types?.includes('string') === true) return text;
  const { value, problems } = parseJsonData(text.trim());
  return problems.some((problem) => problem.severity === 'error') ? text : value;
}

/** The values that an input allows, where its schema lists them as texts. */
export function inputChoices(schema: JsonSchema): readonly string[] | null {
  const values = isObject(schema) ? ownProperty(schema, 'enum') : undefined;
  return Array.isArray(values) && (values as readonly Json[]).every((one) => typeof one === 'string') ? (values as readonly string[]) : null;
}

const words: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', integer: 'a whole number', boolean: '`true` or `false`', array: 'a list', object: 'an object', null: 'nothing',
};

function fits(schema: JsonSchema, value: Json): boolean {
  const values = isObject(schema) ? ownProperty(schema, 'enum') : undefined;
  if (Array.isArray(values)) return (values as readonly Json[]).some((one) => sameJson(one, value));
  const types = typesOf(schema);
  return types === null || types.includes(typeOf(value)) || (types.includes('integer') && Number.isInteger(value));
}

/** The types that a schema allows; null where it says nothing of them. */
function typesOf(schema: JsonSchema): readonly string[] | null {
  const type = isObject(schema) ? ownProperty(schema, 'type') : undefined;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? (type as readonly Json[]).filter((one) => typeof one === 'string') : null;
}

function typeOf(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function readSchema(node: OptionNode, spans: Map<string, Span>, problems: Problem[]): JsonSchema | null {
  const { schema, problems: found } = readSchemaNode(node);
  // No value is checked against more of it than its types, and dotprompt has such schemas in its examples.
  problems.push(...found.map((problem): Problem => (schema === null ? problem : { ...problem, severity: 'warning' })));
  const given = node.entries ?? [];
  // `(*)`, further keys, names none.
  if (isPicoschema(node.value)) for (const { key, keySpan } of given.filter((entry) => fieldName(entry.key) !== '')) spans.set(fieldName(key), keySpan);
  else for (const { key, keySpan } of given.find((entry) => entry.key === 'properties')?.node.entries ?? []) spans.set(key, keySpan);
  return schema;
}

/** `tags` of `tags?(array, list of tags)`. */
function fieldName(key: string): string {
  return key.replace(/\(.*$/s, '').replace(/\?$/, '');
}

function readDefaults(node: OptionNode, to: { readonly spans: Map<string, Span>; readonly defaults: Map<string, OptionNode>; readonly problems: Problem[] }): void {
  if (node.entries === null) {
    to.problems.push({ code: 'input', severity: 'error', message: '`default` is a map from the name of an input to its value.', span: node.span });
    return;
  }
  for (const { key, keySpan, node: value } of node.entries) {
    to.defaults.set(key, value);
    if (!to.spans.has(key)) to.spans.set(key, keySpan);
  }
}

function unknown(key: string, span: Span): Problem {
  const near = didYouMean(key, ['schema', 'default']);
  return {
    code: 'unknown-option', severity: 'error', span,
    message: `\`input\` has no \`${key}\`: it has \`schema\` and \`default\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`,
    ...(near !== undefined && { fix: { title: `Change to \`${near}\``, span, text: near } }),
  };
}
