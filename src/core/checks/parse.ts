import type { CheckArgument, CheckContext, CheckSubject, CodeCheck, Verdict } from './check.ts';
import { checkNames, codeChecks, laterChecks } from './index.ts';
import type { OptionEntry, OptionNode } from '../prompt/options.ts';
import type { Problem, Span } from '../problem.ts';
import { didYouMean } from '../did-you-mean.ts';
import { quoteYaml } from '../prompt/yaml-quote.ts';
import { shorten } from './argument.ts';

/** One thing that an answer must fulfil: a sentence for a judge, or a check that code decides. */
export type ParsedCheck = ParsedSentence | ParsedCodeCheck;

interface CheckBase {
  /** How results name it: the sentence, or `contains: paper`. */
  readonly title: string;
  /** A failure does not hold back the cells that use the result. */
  readonly warn: boolean;
  readonly span: Span;
}

export interface ParsedSentence extends CheckBase {
  readonly kind: 'judge';
  readonly sentence: string;
}

export interface ParsedCodeCheck extends CheckBase {
  readonly kind: 'code';
  /** The check's name: `contains`. */
  readonly name: string;
  run(subject: CheckSubject, context: CheckContext): Promise<Verdict>;
}

/** More than these in one cell are a mistake of some kind, and no judge keeps them apart. */
const maxChecks = 100;

/**
 * Reads the option `check:`. A text is one sentence a line; a list has sentences and maps; a map has checks by code, or `check:` with a
 * sentence, and `warn:`. What could be meant in two ways is a problem: a key that is no check is most likely a sentence with a colon.
 */
export function parseChecks(node: OptionNode): { readonly checks: readonly ParsedCheck[]; readonly problems: readonly Problem[] } {
  const checks: ParsedCheck[] = [];
  const problems: Problem[] = [];
  const add = (read: Parsed): void => {
    checks.push(...read.checks);
    problems.push(...read.problems);
  };
  if (node.items !== null) for (const item of node.items) add(readItem(item));
  else if (typeof node.value === 'string') for (const line of node.value.split('\n')) add(readLine(line.trim(), node));
  else add(readItem(node));
  if (checks.length === 0 && problems.length === 0) problems.push(problem(node, 'empty-check', '`check` is empty: write a sentence that the answer must fulfil, or take it out.'));
  if (checks.length > maxChecks) problems.push(problem(node, 'too-many-checks', `There are ${checks.length} checks; at most ${maxChecks} are allowed in one cell.`));
  return { checks: checks.slice(0, maxChecks), problems: [...problems, ...repeated(checks)] };
}

interface Parsed {
  readonly checks: readonly ParsedCheck[];
  readonly problems: readonly Problem[];
}

const nothing: Parsed = { checks: [], problems: [] };

function readLine(line: string, node: OptionNode): Parsed {
  // Only a text that stands alone can be a check's name; the lines of a block are sentences.
  if (line === '') return nothing;
  return node.quoted ? sentence(line, node.span, false) : readWord(line, node, false);
}

function readItem(node: OptionNode): Parsed {
  if (node.entries !== null) return readMap(node);
  if (node.items !== null) {
    return failed(problem(node, 'check-form', 'A list in a list is no check. A sentence that begins with `[` must stand in quotes.'));
  }
  if (node.value === null) return failed(problem(node, 'empty-check', 'This check is empty: write a sentence that the answer must fulfil, or take the line out.'));
  if (typeof node.value !== 'string') return failed(notASentence(node));
  const text = node.value.trim();
  if (text === '') return failed(problem(node, 'empty-check', 'This check is empty: write a sentence that the answer must fulfil, or take the line out.'));
  return node.quoted ? sentence(text, node.span, false) : readWord(text, node, false);
}

/** An unquoted text: a sentence, unless it is a check's name. */
function readWord(text: string, node: OptionNode, warn: boolean): Parsed {
  const check = codeChecks.find((candidate) => candidate.name === text);
  if (check !== undefined) {
    if (check.argument === 'optional') return readCode(check, { node: { ...node, value: null, source: null }, warn, span: node.span });
    return failed(problem(node, 'check-argument', `\`${text}\` needs a value: \`${text}: ${check.example}\`. A sentence of this one word must stand in quotes.`));
  }
  if (laterChecks.includes(text)) return failed(notYet(text, node.span));
  // `one_codeblock` is nobody's sentence.
  if (/^[a-z]+(?:_[a-z]+)+$/.test(text)) return failed(unknownCheck(text, node.span, null));
  return sentence(text, node.span, warn);
}

function sentence(text: string, span: Span, warn: boolean): Parsed {
  return { checks: [{ kind: 'judge', title: text.replace(/\s+/gu, ' '), sentence: text, warn, span }], problems: [] };
}

/** `{contains: x, max_tokens: 50, warn: true}` or `{check: "…", warn: true}`; `warn` holds for all that stand with it. */
function readMap(node: OptionNode): Parsed {
  const entries = node.entries ?? [];
  const warnEntry = entries.find((entry) => entry.key === 'warn');
  const problems: Problem[] = [];
  if (warnEntry !== undefined && typeof warnEntry.node.value !== 'boolean') {
    problems.push(problem(warnEntry.node, 'check-warn', '`warn` must be `true` or `false`.'));
  }
  const warn = warnEntry?.node.value === true;
  const checks: ParsedCheck[] = [];
  for (const entry of entries) {
    if (entry.key === 'warn' || entry.key.startsWith('x-')) continue;
    const read = readEntry(entry, warn);
    checks.push(...read.checks);
    problems.push(...read.problems);
  }
  if (checks.length === 0 && problems.length === 0) problems.push(problem(node, 'empty-check', 'This entry holds no check: add `check:` with a sentence, or a check such as `contains:`.'));
  return { checks, problems };
}

function readEntry(entry: OptionEntry, warn: boolean): Parsed {
  const { key, node } = entry;
  const span: Span = { start: entry.keySpan.start, end: Math.max(entry.keySpan.end, node.span.end) };
  if (key === 'check') {
    if (typeof node.value !== 'string' || node.value.trim() === '') return failed(problem(node, 'check-form', '`check` in a map must be a sentence.'));
    return sentence(node.value.trim(), span, warn);
  }
  const check = codeChecks.find((candidate) => candidate.name === key);
  if (check !== undefined) return readCode(check, { node, warn, span });
  if (laterChecks.includes(key)) return failed(notYet(key, entry.keySpan));
  return failed(unknownCheck(key, entry.keySpan, { node, span }));
}

function readCode(check: CodeCheck, { node, warn, span }: { node: OptionNode; warn: boolean; span: Span }): Parsed {
  const read = check.parse(asArgument(node));
  if ('problem' in read) return failed(read.problem);
  const { value } = read;
  const run: ParsedCodeCheck['run'] = (subject, context) => check.run(value, subject, context);
  return { checks: [{ kind: 'code', name: check.name, title: check.title(value), warn, span, run }], problems: [] };
}

/** The line end that closes a block scalar is YAML's, not part of what was written. No text at all is no text, unless in quotes. */
function asArgument(node: OptionNode): CheckArgument {
  const { source, quoted } = node;
  return {
    value: node.value,
    source: source === null || (source === '' && !quoted) ? null : source.replace(/\n$/, ''),
    span: node.span,
    items: node.items?.map(asArgument) ?? null,
  };
}

/** A key that is no check: the nearest one where there is one, else a sentence that YAML took apart at its colon. */
function unknownCheck(key: string, keySpan: Span, written: { node: OptionNode; span: Span } | null): Problem {
  const near = didYouMean(key, checkNames);
  const base = { code: 'unknown-check', severity: 'error' } as const;
  if (near !== undefined) {
    return {
      ...base, span: keySpan,
      message: `\`${key}\` is no check. Did you mean \`${near}\`?${written ? ' A sentence with a colon must stand in quotes.' : ''}`,
      fix: { title: `Change to \`${near}\``, span: keySpan, text: near },
    };
  }
  const known = codeChecks.map((check) => `\`${check.name}\``).join(', ');
  if (written === null) return { ...base, span: keySpan, message: `\`${key}\` is no check. There are ${known}; a sentence of this one word must stand in quotes.` };
  const text = sentenceText(key, written.node);
  return {
    ...base, span: written.span,
    message: `\`${shorten(key)}\` is no check (there are ${known}). If this is a sentence, its colon makes YAML read it as a key: put it in quotes.`,
    ...(text !== null && { fix: { title: 'Quote it', span: written.span, text: quoteYaml(text) } }),
  };
}

/** The sentence that `key: rest` was before YAML took it apart; null where it can not be told. */
function sentenceText(key: string, node: OptionNode): string | null {
  if (node.value === null && node.source !== null) return `${key}: ${node.source}`.trimEnd();
  if (node.source === null) return node.value === null ? `${key}:` : null;
  const rest = node.source.replace(/\s+/gu, ' ').trim();
  return node.quoted ? `${key}: "${rest}"` : `${key}: ${rest}`;
}

function notASentence(node: OptionNode): Problem {
  const text = node.source ?? JSON.stringify(node.value);
  return {
    ...problem(node, 'check-form', `A check is a sentence or \`name: value\`; ${shorten(text)} is neither. Put it in quotes if it is a sentence.`),
    fix: { title: 'Quote it', span: node.span, text: quoteYaml(text) },
  };
}

function notYet(name: string, span: Span): Problem {
  return { code: 'not-supported-yet', severity: 'error', message: `The check \`${name}\` is not supported yet.`, span };
}

/** The same check twice is counted twice: most likely not what was meant. */
function repeated(checks: readonly ParsedCheck[]): readonly Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const check of checks) {
    const key = `${check.kind} ${check.title}`;
    if (seen.has(key)) problems.push({ code: 'repeated-check', severity: 'warning', message: `This check stands here twice: ${shorten(check.title)}`, span: check.span });
    seen.add(key);
  }
  return problems;
}

function failed(...problems: readonly Problem[]): Parsed {
  return { checks: [], problems };
}

function problem(node: OptionNode, code: string, message: string): Problem {
  return { code, severity: 'error', message, span: node.span };
}
