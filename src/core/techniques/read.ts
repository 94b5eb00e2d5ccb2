import type { OptionEntry, OptionNode } from '../prompt/options.ts';
import type { Problem, Severity } from '../problem.ts';
import { didYouMean } from '../did-you-mean.ts';

/** What reading an option gives: a value where it can be used, and what is wrong with it. */
export interface Read<V> {
  readonly value: V | undefined;
  readonly problems: readonly Problem[];
}

export function good<V>(value: V): Read<V> {
  return { value, problems: [] };
}

/** No value, and one problem at the node. */
export function bad(node: OptionNode, code: string, message: string, severity: Severity = 'error'): Read<never> {
  return { value: undefined, problems: [{ code, severity, message, span: node.span }] };
}

export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

export function readNumber(node: OptionNode, what: string, bounds: NumberBounds = {}): Read<number> {
  const { value } = node;
  const kind = bounds.integer ? 'a whole number' : 'a number';
  if (typeof value !== 'number' || !Number.isFinite(value) || (bounds.integer && !Number.isInteger(value))) {
    return bad(node, 'option-value', `${what} must be ${kind}, not ${shown(node)}.`);
  }
  const { min = -Infinity, max = Infinity } = bounds;
  if (value < min || value > max) {
    const range = max === Infinity ? `${min} or more` : min === -Infinity ? `${max} or less` : `from ${min} to ${max}`;
    return bad(node, 'option-value', `${what} must be ${kind} ${range}, not ${value}.`);
  }
  return good(value);
}

/** A text; a number or boolean counts as its source text. */
export function readText(node: OptionNode, what: string): Read<string> {
  if (node.source === null || node.value === null) return bad(node, 'option-value', `${what} must be a text, not ${shown(node)}.`);
  return good(node.source);
}

export function readChoice<C extends string>(node: OptionNode, what: string, choices: readonly C[]): Read<C> {
  const text = node.source ?? '';
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return good(choice);
  const near = didYouMean(text, choices);
  const problem: Problem = {
    code: 'option-value', severity: 'error', span: node.span,
    message: `${what} must be ${list(choices)}, not ${shown(node)}.${near ? ` Did you mean \`${near}\`?` : ''}`,
    ...(near && { fix: { title: `Change to \`${near}\``, span: node.span, text: near } }),
  };
  return { value: undefined, problems: [problem] };
}

/** A map whose keys are all known; `read` reads each. Unknown keys are problems with a suggestion; `x-…` keys are kept and ignored. */
export function readEntries(node: OptionNode, what: string, known: readonly string[], read: (entry: OptionEntry) => readonly Problem[]): Problem[] {
  if (node.entries === null) return [...bad(node, 'option-value', `${what} must be a map with ${list(known)}, not ${shown(node)}.`).problems];
  const problems: Problem[] = [];
  for (const entry of node.entries) {
    if (entry.key.startsWith('x-')) continue;
    if (known.includes(entry.key)) problems.push(...read(entry));
    else problems.push(unknownKey(entry, what, known));
  }
  return problems;
}

/** `more` are keys that may be meant, and are not listed. */
export function unknownKey(entry: OptionEntry, what: string, known: readonly string[], more: readonly string[] = []): Problem {
  const near = didYouMean(entry.key, [...known, ...more]);
  return {
    code: 'unknown-option', severity: 'error', span: entry.keySpan,
    message: `${what} has no \`${entry.key}\`.${near ? ` Did you mean \`${near}\`?` : ` It has ${list(known)}.`}`,
    ...(near && { fix: { title: `Change to \`${near}\``, span: entry.keySpan, text: near } }),
  };
}

function list(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)!}`;
}

/** How a wrong value is named in a message. */
export function shown(node: OptionNode): string {
  if (node.items !== null) return 'a list';
  if (node.entries !== null) return 'a map';
  if (node.value === null) return 'nothing';
  const text = node.source ?? JSON.stringify(node.value);
  return `\`${text.length > 40 ? `${text.slice(0, 39)}…` : text}\``;
}
