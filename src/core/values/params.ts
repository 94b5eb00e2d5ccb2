import type { Json } from '../json.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem, Span } from '../problem.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isName } from '../prompt/names.ts';
import { isObject } from '../json.ts';
import { lossProblem } from './number-loss.ts';
import { parseJsonData } from './json-data.ts';

export type ParamType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'any';

const types: readonly ParamType[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'any'];

/** A parameter of a notebook, from `params:` in its front matter. */
export interface ParamDeclaration {
  readonly name: string;
  readonly nameSpan: Span;
  readonly type: ParamType;
  /** Absent: a value must be given. */
  readonly default?: Json;
  readonly description?: string;
}

/**
 * Reads `params:`, a map from name to default, or to `{type, default, description}`. The type is that of the default where none is given;
 * a parameter with neither is text, and must be given.
 */
export function parseParams(node: OptionNode): { readonly params: readonly ParamDeclaration[]; readonly problems: readonly Problem[] } {
  const params: ParamDeclaration[] = [];
  const problems: Problem[] = [];
  if (node.entries === null) {
    if (node.value !== null) problems.push({ code: 'param', severity: 'error', message: '`params` is a map from name to default value.', span: node.span });
    return { params, problems };
  }
  for (const { key, keySpan, node: value } of node.entries) {
    if (!isName(key)) {
      problems.push({ code: 'bad-name', severity: 'error', message: `\`${key}\` cannot be a name: it is letters, digits, \`_\` and \`-\`, not first a digit, and no word of the language.`, span: keySpan });
      continue;
    }
    params.push(isDeclaration(value) ? readDeclaration({ name: key, nameSpan: keySpan }, value, problems) : readDefault({ name: key, nameSpan: keySpan }, value, problems));
  }
  return { params, problems };
}

/**
 * Reads a value given as text, as by `--param name=value`. Texts are taken as they are; everything else is JSON, and a number that would
 * lose digits is refused. Where the type is `any`, what is no JSON is a text.
 */
export function parseParamValue(declaration: ParamDeclaration, text: string): { readonly value: Json } | { readonly problem: string } {
  const { name, type } = declaration;
  if (type === 'string') return { value: text };
  const { value, problems } = parseJsonData(text.trim());
  const error = problems.find((problem) => problem.severity === 'error' || problem.code === 'json-number');
  if (type === 'any') return { value: error === undefined ? value : text };
  if (error !== undefined || !hasType(value, type)) {
    const why = error !== undefined && (type === 'array' || type === 'object' || error.code === 'json-number') ? ` ${error.message}` : '';
    return { problem: `The parameter \`${name}\` is ${kinds[type]}, and \`${short(text)}\` is not.${why}` };
  }
  return { value };
}

/** Whether a value, from a file of parameters for example, has the declared type. */
export function checkParamValue(declaration: ParamDeclaration, value: Json): { readonly value: Json } | { readonly problem: string } {
  const { name, type } = declaration;
  return hasType(value, type) ? { value } : { problem: `The parameter \`${name}\` is ${kinds[type]}, and \`${short(JSON.stringify(value))}\` is not.` };
}

const kinds: Readonly<Record<ParamType, string>> = {
  string: 'text', number: 'a number', integer: 'a whole number', boolean: '`true` or `false`', array: 'a list in JSON', object: 'an object in JSON', any: 'a value',
};

const fields: readonly string[] = ['type', 'default', 'description'];

/** A map is a declaration when it has a `type` or `default` and nothing but a declaration's fields; else it is itself the default. */
function isDeclaration(node: OptionNode): boolean {
  const keys = node.entries?.map((entry) => entry.key) ?? [];
  return (keys.includes('type') || keys.includes('default')) && keys.every((key) => fields.includes(key) || didYouMean(key, fields) !== undefined);
}

type Name = Pick<ParamDeclaration, 'name' | 'nameSpan'>;

function readDefault(name: Name, node: OptionNode, problems: Problem[]): ParamDeclaration {
  if (node.value === null) return { ...name, type: 'string' };
  warnOfLoss(node, problems);
  return { ...name, type: typeOf(node.value), default: node.value };
}

function readDeclaration(name: Name, node: OptionNode, problems: Problem[]): ParamDeclaration {
  let type: ParamType | undefined;
  let given: OptionNode | undefined;
  let description: string | undefined;
  for (const { key, keySpan, node: value } of node.entries!) {
    if (key === 'type') type = readType(value, problems);
    else if (key === 'default') given = value;
    else if (key === 'description') description = value.source ?? undefined;
    else {
      const near = didYouMean(key, fields);
      problems.push({
        code: 'unknown-option', severity: 'error', message: `A parameter has no \`${key}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`, span: keySpan,
        ...(near !== undefined && { fix: { title: `Change to \`${near}\``, span: keySpan, text: near } }),
      });
    }
  }
  const declaration = { ...name, ...(description !== undefined && { description }) };
  if (given === undefined) return { ...declaration, type: type ?? 'string' };
  // A number that is declared as text is meant as it is written.
  const value = type === 'string' && given.source !== null && given.value !== null ? given.source : given.value;
  if (type !== 'string') warnOfLoss(given, problems);
  // `default: null` says that the parameter may be missing.
  if (type !== undefined && value !== null && !hasType(value, type)) {
    problems.push({ code: 'param', severity: 'error', message: `The default of \`${name.name}\` is not ${kinds[type]}, as its type says.`, span: given.span });
  }
  return { ...declaration, type: type ?? (value === null ? 'any' : typeOf(value)), default: value };
}

const otherNames: Readonly<Record<string, ParamType>> = { list: 'array', map: 'object', text: 'string', bool: 'boolean', int: 'integer', float: 'number' };

function readType(node: OptionNode, problems: Problem[]): ParamType | undefined {
  const text = node.source ?? '';
  const type = types.find((candidate) => candidate === text);
  if (type !== undefined) return type;
  const near = didYouMean(text, types) ?? (Object.hasOwn(otherNames, text) ? otherNames[text] : undefined);
  problems.push({
    code: 'param', severity: 'error', message: `A parameter's type is ${types.map((one) => `\`${one}\``).join(', ')}, not \`${short(text)}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`, span: node.span,
    ...(near !== undefined && { fix: { title: `Change to \`${near}\``, span: node.span, text: near } }),
  });
  return undefined;
}

function warnOfLoss(node: OptionNode, problems: Problem[]): void {
  const loss = lossProblem(node);
  if (loss !== null) problems.push(loss);
}

function typeOf(value: Json): ParamType {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? (typeof value as ParamType) : 'any';
}

function hasType(value: Json, type: ParamType): boolean {
  return type === 'any' || (type === 'integer' ? typeof value === 'number' && Number.isInteger(value) : typeOf(value) === type);
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
