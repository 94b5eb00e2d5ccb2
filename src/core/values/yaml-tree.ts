import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type Scalar } from 'yaml';
import type { OptionEntry, OptionNode } from '../prompt/options.ts';
import type { Json } from '../json.ts';
import type { Span } from '../problem.ts';
import { measureYaml } from './yaml-measure.ts';
import { numberLoss } from './number-loss.ts';
import { setOwn } from './path.ts';

/** Something that a YAML text gets wrong, or that would lose meaning. */
export interface YamlIssue {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  /** The scalar it is about, where quoting would repair it. */
  readonly quote?: string;
}

export interface YamlTree {
  readonly root: OptionNode | null;
  readonly issues: readonly YamlIssue[];
}

const maxDepth = 100;
/** With aliases put in their places: nodes, and characters of keys and scalars. */
const maxNodes = 1_000_000;
const maxCharacters = 64_000_000;

/**
 * Reads one YAML 1.2 document (core schema) to a tree with spans. Never throws. Keys are text. `options` refuses anchors and aliases; in
 * `data` an alias stands for its node, their number is bounded, and numbers that lose something are issues: data has only its values,
 * options have their source too.
 */
export function readYamlTree(text: string, purpose: 'options' | 'data'): YamlTree {
  const issues: YamlIssue[] = [];
  const tooMuch = measureYaml(text);
  if (tooMuch !== null) return { root: null, issues: [{ ...tooMuch, severity: 'error', span: { start: 0, end: text.length } }] };
  let document;
  try {
    document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, prettyErrors: false, stringKeys: true, intAsBigInt: true, logLevel: 'error' });
  } catch (error) {
    const problem = error instanceof RangeError ? tooDeep : { code: 'yaml', message: `This YAML cannot be read: ${error instanceof Error ? error.message : String(error)}.` };
    return { root: null, issues: [{ ...problem, severity: 'error', span: { start: 0, end: text.length } }] };
  }
  const exhausted = document.errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) {
    const [start, end] = exhausted.pos;
    return { root: null, issues: [{ ...tooDeep, severity: 'error', span: within(text, { start, end: Math.max(end, start + 1) }) }] };
  }
  for (const error of document.errors.slice(0, 50)) {
    // The reader of the tree tells it with the whole key.
    if (error.code === 'NON_STRING_KEY') continue;
    const [start, end] = error.pos;
    const message = explain(error.code, error.message);
    const span = within(text, { start, end: Math.max(end, start + 1) });
    if (!issues.some((issue) => issue.message === message && issue.span.start === span.start)) issues.push({ code: 'yaml', severity: 'error', message, span });
  }
  const reader = new TreeReader(text, issues, purpose === 'data');
  const root = document.contents === null ? null : reader.node(document.contents, 0);
  return { root: root === null || (root.value === null && root.source === '' && text.trim() === '') ? null : root, issues };
}

const tooDeep = { code: 'too-deep', message: `This YAML nests more than ${maxDepth} deep.` };

class TreeReader {
  readonly #text: string;
  readonly #issues: YamlIssue[];
  readonly #data: boolean;
  /** Finished nodes by anchor, with the nodes and characters that they stand for. */
  readonly #anchors = new Map<string, { readonly node: OptionNode; readonly size: number; readonly characters: number }>();
  #total = 0;
  #characters = 0;
  #saidTooLarge = false;
  #saidTooDeep = false;

  constructor(text: string, issues: YamlIssue[], data: boolean) {
    this.#text = text;
    this.#issues = issues;
    this.#data = data;
  }

  node(node: Node, depth: number): OptionNode {
    const before = this.#total++;
    const charactersBefore = this.#characters;
    const span = this.#span(node);
    if (depth > maxDepth) {
      if (!this.#saidTooDeep) this.#add(tooDeep.code, tooDeep.message, span);
      this.#saidTooDeep = true;
      return empty(span);
    }
    if (isAlias(node)) return this.#alias(node.source, span);
    this.#properties(node, span);
    const read = isMap(node) ? this.#map(node.items, span, depth) : isSeq(node) ? this.#list(node.items as Node[], span, depth) : isScalar(node) ? this.#scalar(node, span) : empty(span);
    const anchor = 'anchor' in node ? (node.anchor as string | undefined) : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, { node: read, size: this.#total - before, characters: this.#characters - charactersBefore });
    return read;
  }

  #alias(name: string, span: Span): OptionNode {
    if (!this.#data) {
      this.#add('yaml-alias', `\`*${name}\` is an alias in YAML, which options do not have: quote the text.`, span);
      return empty(span);
    }
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) {
      this.#add('yaml-alias', `There is no \`&${name}\` before this \`*${name}\`. If it is text, quote it.`, span);
      return empty(span);
    }
    this.#total += anchored.size;
    this.#characters += anchored.characters;
    if (this.#total > maxNodes || this.#characters > maxCharacters) {
      if (!this.#saidTooLarge) this.#add('too-large', 'The aliases make this YAML too large.', span);
      this.#saidTooLarge = true;
      return empty(span);
    }
    return { ...anchored.node, span };
  }

  #properties(node: Node, span: Span): void {
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined && !this.#data) {
      const start = this.#text.lastIndexOf(`&${String(anchor)}`, span.start);
      const at = start < 0 ? span : { start, end: start + String(anchor).length + 1 };
      this.#add('yaml-anchor', `\`&${String(anchor)}\` is an anchor in YAML, which options do not have: quote it if it is text.`, at);
    }
    // A tag as written, such as `!!str`; one that the schema gives by itself is not there.
    const tag = node.tag === undefined ? null : tagBefore(this.#text, span);
    if (tag !== null) this.#add('yaml-tag', `\`${this.#text.slice(tag.start, tag.end)}\` is a tag in YAML, which is not supported: quote the text.`, tag);
  }

  #map(pairs: readonly Pair[], span: Span, depth: number): OptionNode {
    const value: Record<string, Json> = {};
    const entries: OptionEntry[] = [];
    const seen = new Set<string>();
    for (const pair of pairs) {
      const keyNode = pair.key as Node | null;
      const keySpan = keyNode === null ? { start: span.start, end: span.start } : this.#span(keyNode);
      if (!isScalar(keyNode)) {
        if (keyNode !== null) this.#add('yaml-key', 'A key is a text here, no list, map or alias: quote it if it is one.', keySpan);
        continue;
      }
      const key = scalarSource(keyNode);
      this.#characters += key.length;
      if ('anchor' in keyNode && keyNode.anchor !== undefined && !this.#data) this.#add('yaml-anchor', `\`&${String(keyNode.anchor)}\` is an anchor in YAML, which options do not have.`, keySpan);
      if (key === '<<' && keyNode.type === 'PLAIN') this.#add('yaml-merge', '`<<` merges maps in YAML 1.1, not in YAML 1.2: write the keys out.', keySpan);
      if (seen.has(key)) this.#add('duplicate-key', `\`${key}\` stands here twice; the last would win.`, keySpan);
      seen.add(key);
      const node = pair.value === null ? empty({ start: keySpan.end, end: keySpan.end }) : this.node(pair.value as Node, depth + 1);
      entries.push({ key, keySpan, node });
      setOwn(value, key, node.value);
    }
    return { value, span, source: null, quoted: false, items: null, entries };
  }

  #list(nodes: readonly Node[], span: Span, depth: number): OptionNode {
    const items = nodes.map((node) => this.node(node, depth + 1));
    return { value: items.map((item) => item.value), span, source: null, quoted: false, items, entries: null };
  }

  #scalar(node: Scalar, span: Span): OptionNode {
    const source = scalarSource(node);
    this.#characters += source.length;
    const quoted = node.type !== 'PLAIN' && node.type !== undefined;
    return { value: this.#scalarValue(node, span), span, source, quoted, items: null, entries: null };
  }

  #scalarValue(node: Scalar, span: Span): Json {
    const { value } = node;
    if (typeof value !== 'bigint' && typeof value !== 'number') return typeof value === 'string' || typeof value === 'boolean' || value === null ? value : scalarSource(node);
    const source = scalarSource(node);
    const number = Number(value);
    const loss = this.#data ? numberLoss(source, number) : null;
    if (loss !== null) this.#add('yaml-number', `${loss}: quote it to keep it as it is.`, span, { quote: source, ...(Number.isFinite(number) && { severity: 'warning' }) });
    return Number.isFinite(number) ? number : source;
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return within(this.#text, { start, end });
  }

  #add(code: string, message: string, span: Span, more: { readonly severity?: 'warning'; readonly quote?: string } = {}): void {
    if (this.#issues.length >= 200) return;
    this.#issues.push({ code, severity: more.severity ?? 'error', message, span, ...(more.quote !== undefined && { quote: more.quote }) });
  }
}

function scalarSource(node: Scalar): string {
  const { source, value } = node;
  return source ?? (typeof value === 'string' ? value : '');
}

/** Where the tag of the node at this span is written; null where it has none, but what the schema gives by itself. */
function tagBefore(text: string, { start }: Span): Span | null {
  const from = Math.max(0, start - 200);
  const before = /(?:^|[\s,[{:])(![^\s,[\]{}]*)(?:\s+&\S+)?\s*$/.exec(text.slice(from, start));
  if (before !== null) {
    const at = from + before.index + before[0].indexOf('!');
    return { start: at, end: at + before[1]!.length };
  }
  return text[start] === '!' ? { start, end: start + /^![^\s,[\]{}]*/.exec(text.slice(start, start + 200))![0].length } : null;
}

function empty(span: Span): OptionNode {
  return { value: null, span, source: '', quoted: false, items: null, entries: null };
}

function within(text: string, { start, end }: Span): Span {
  const from = Math.min(Math.max(0, start), text.length);
  return { start: from, end: Math.min(Math.max(from, end), text.length) };
}

/** The library's words, without its advice about its own functions. */
function explain(code: string, message: string): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'A line `---` or `...` ends YAML; there can be only one document here.';
    case 'TAB_AS_INDENT':
      return 'YAML is indented by spaces, not by tabs.';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'There are two `: ` on one line: quote the text.';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'A `key:` belongs on one line: is a `: ` missing on the line before, or is this a text to quote?';
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
      if (/^Flow/.test(message)) return `This ${message.startsWith('Flow map') ? 'map in braces' : 'list in brackets'} does not end: close it with \`${message.startsWith('Flow map') ? '}' : ']'}\`, further to the right than its key. Is a part of it a comment, after a \` #\`?`;
      if (/quote/.test(message)) return 'This quoted text does not end: close it with a quote, or quote it with the other kind.';
      return other(message);
    default:
      return other(message);
  }
}

function other(message: string): string {
  return `This YAML cannot be read: ${message.split('\n')[0]!.replace(/[.:]?$/, '.')}`;
}
