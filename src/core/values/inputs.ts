import { isObject, type Json, type JsonSchema } from '../json.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem, Span } from '../problem.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isName } from '../prompt/names.ts';
import { lossProblem } from './number-loss.ts';
import { isPicoschema, picoschema } from './picoschema.ts';

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
  const defaults = new Map<string, Json>();
  for (const { key, keySpan, node: value } of node.entries) {
    if (key === 'schema') schema = readSchema(value, spans, problems);
    else if (key === 'default') readDefaults(value, { spans, defaults, problems });
    else if (!key.startsWith('x-')) problems.push(unknown(key, keySpan));
  }
  const properties = isObject(schema ?? undefined) && isObject((schema as { [key: string]: Json }).properties) ? ((schema as { [key: string]: Json }).properties as { [key: string]: JsonSchema }) : {};
  const required = isObject(schema ?? undefined) ? (schema as { [key: string]: Json }).required : undefined;
  const names = new Set([...Object.keys(properties), ...defaults.keys()]);
  const inputs: InputDeclaration[] = [];
  for (const name of names) {
    const span = spans.get(name) ?? node.span;
    if (!isName(name)) {
      problems.push({ code: 'bad-name', severity: 'error', message: `\`${name}\` cannot be a name: it is letters, digits, \`_\` and \`-\`, not first a digit, and no word of the language.`, span });
      continue;
    }
    const given = defaults.get(name);
    inputs.push({
      name, span, required: Array.isArray(required) && required.includes(name), schema: Object.hasOwn(properties, name) ? properties[name]! : {},
      ...(given !== undefined && { default: given }),
    });
  }
  return { inputs, schema, problems };
}

function readSchema(node: OptionNode, spans: Map<string, Span>, problems: Problem[]): JsonSchema | null {
  const read = picoschema(node.value);
  if ('problem' in read) {
    problems.push({ code: 'schema', severity: 'error', message: read.problem, span: node.span });
    return null;
  }
  const given = node.entries ?? [];
  if (isPicoschema(node.value)) for (const { key, keySpan } of given) spans.set(fieldName(key), keySpan);
  else for (const { key, keySpan } of given.find((entry) => entry.key === 'properties')?.node.entries ?? []) spans.set(key, keySpan);
  return read.schema;
}

/** `tags` of `tags?(array, list of tags)`. */
function fieldName(key: string): string {
  return key.replace(/\(.*$/s, '').replace(/\?$/, '');
}

function readDefaults(node: OptionNode, to: { readonly spans: Map<string, Span>; readonly defaults: Map<string, Json>; readonly problems: Problem[] }): void {
  if (node.entries === null) {
    to.problems.push({ code: 'input', severity: 'error', message: '`default` is a map from the name of an input to its value.', span: node.span });
    return;
  }
  for (const { key, keySpan, node: value } of node.entries) {
    to.defaults.set(key, value.value);
    const loss = lossProblem(value);
    if (loss !== null) to.problems.push(loss);
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
