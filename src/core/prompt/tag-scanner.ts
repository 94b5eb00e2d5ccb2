import type { Expression, HashPair, Literal, Path, PathSegment } from './tree.ts';
import type { ProblemList } from './problem-list.ts';
import type { Span } from '../problem.ts';

/** What stands between `{{` and `}}`, without knowledge of helpers. Spans are offsets into the body. */
export interface TagToken {
  readonly kind: 'tag';
  readonly start: number;
  readonly end: number;
  /** `#`, `/`, `^`, `>`, `else`, or empty for a plain tag (`{{x}}`, `{{{x}}}`, `{{&x}}`). */
  readonly sigil: '' | '#' | '/' | '^' | '>' | 'else';
  readonly stripBefore: boolean;
  readonly stripAfter: boolean;
  /** Whether standing alone on a line takes the line: block tags and partials. */
  readonly ownsLine: boolean;
  /** Of a tag alone on its line: the white space before it and its line end, which the lexer took. */
  indent: string;
  lineEnd: string;
  /** Expressions in order; the first is the name. */
  readonly parts: readonly Expression[];
  readonly hash: readonly HashPair[];
  /** `as |row index|`; null when there are none. */
  readonly params: readonly PathSegment[] | null;
  /** Whether it is a kind of block that only Handlebars has, which is a problem already. */
  readonly foreign: boolean;
  /** Whether a problem was found inside; then what was read before it is here. */
  readonly broken: boolean;
}

/**
 * Scans the tag that begins at `start`. One that does not close ends at the end of its line or before the next tag, so that typing a
 * tag does not change how the rest of the body is read.
 */
export function scanTag(body: string, start: number, list: ProblemList): TagToken {
  let position = start + 2;
  const stripBefore = body[position] === '~';
  if (stripBefore) position++;
  const triple = body[position] === '{';
  if (triple) position++;
  const opened: Sigil = triple ? { sigil: '', length: 0 } : readSigil(body, position, list);
  position += opened.length;

  const scanner = new TagScanner(body, position);
  const read = scanner.read();
  const closing = triple ? /\}~?\}\}/y : /~?\}\}/y;
  closing.lastIndex = scanner.position;
  const closed = closing.exec(body);
  let broken = read.failure !== null;
  let end = scanner.position;
  if (closed !== null && read.failure === null) {
    end = closed.index + closed[0].length;
  } else {
    broken = true;
    const next = nextEnd(body, start, scanner.position);
    end = next.end;
    if (!next.closed) {
      list.add('unclosed-tag', `This tag does not close: add \`${triple ? '}}}' : '}}'}\`, or write \`\\{{\` for literal braces.`, {
        start, end, fix: { title: 'Close the tag', span: { start: end, end }, text: triple ? '}}}' : '}}' },
      });
    } else if (read.failure !== null) {
      list.add(read.failure.code, read.failure.message, read.failure.span);
    } else {
      list.add('bad-tag', unexpected(body, scanner.position, triple), { start: scanner.position, end: Math.min(scanner.position + 1, end) });
    }
  }
  const inside = <T extends { readonly span: Span }>(part: T): boolean => part.span.end <= end;
  const parts = read.parts.filter(inside);
  const isElse = opened.sigil === '' && !triple && isWord(parts[0], 'else');
  const sigil = isElse ? 'else' : opened.sigil;
  return {
    kind: 'tag', start, end, sigil, stripBefore,
    stripAfter: closed !== null && !broken && closed[0].includes('~'),
    ownsLine: sigil !== '',
    indent: '', lineEnd: '',
    parts: isElse ? parts.slice(1) : parts,
    hash: read.hash.filter((pair) => pair.value.span.end <= end),
    params: read.params,
    foreign: opened.foreign === true,
    broken,
  };
}

/** Whether the expression is the bare word. */
export function isWord(part: Expression | undefined, word: string): boolean {
  return part?.kind === 'path' && !part.data && !part.here && part.up === 0 && part.segments.length === 1 && part.segments[0]!.name === word;
}

interface Sigil {
  readonly sigil: TagToken['sigil'];
  readonly length: number;
  readonly foreign?: boolean;
}

function readSigil(body: string, position: number, list: ProblemList): Sigil {
  const gap = matchAt(/\s+(?=[#/>^])/y, body, position);
  if (gap !== null) {
    const at = position + gap.length;
    list.add('bad-tag', notAfterBraces(body[at]!), { start: at, end: at + 1, fix: { title: 'Remove the space', span: { start: position, end: at }, text: '' } });
    const sigil = readSigil(body, at, list);
    return { ...sigil, length: gap.length + sigil.length };
  }
  const character = body[position];
  const next = body[position + 1];
  if (character === '#' && (next === '>' || next === '*')) {
    list.add('not-in-language', `\`{{#${next}\` is Handlebars', but not part of the language: ${next === '>' ? 'write `{{> name}}`' : 'make the text a cell of its own'}.`, { start: position, end: position + 2 });
    return { sigil: '#', length: 2, foreign: true };
  }
  if (character === '#' || character === '/' || character === '>') return { sigil: character, length: 1 };
  if (character === '^') return matchAt(/\^\s*~?\}\}/y, body, position) !== null ? { sigil: 'else', length: 1 } : { sigil: '^', length: 1 };
  return { sigil: '', length: character === '&' ? 1 : 0 };
}

/** What a sticky pattern finds at the position. */
function matchAt(pattern: RegExp, body: string, position: number): string | null {
  pattern.lastIndex = position;
  return pattern.exec(body)?.[0] ?? null;
}

/** Where a broken tag ends: after its `}}` when that comes before the next tag, else at the end of its line or before that tag. */
function nextEnd(body: string, start: number, from: number): { readonly end: number; readonly closed: boolean } {
  const stop = /\}\}\}?|\{\{/g;
  stop.lastIndex = Math.max(from, start + 2);
  const match = stop.exec(body);
  if (match !== null && match[0] !== '{{' ) return { end: match.index + match[0].length, closed: true };
  const limit = match === null ? body.length : match.index;
  const lineEnd = body.slice(start, limit).search(/[\r\n]/);
  return { end: lineEnd < 0 ? limit : start + lineEnd, closed: false };
}

/** The problem of white space between the braces and what says which kind of tag it is. */
export function notAfterBraces(sigil: string): string {
  return `\`${sigil}\` stands right after the braces: \`{{${sigil}\`.`;
}

const noCalls = 'Calls in parentheses are not part of the language: give the value a cell of its own.';
const noComparison = 'Nothing is computed in a tag: `{{#ifEquals a b}}` compares, and what it cannot say belongs in a cell of its own.';

function unexpected(body: string, position: number, triple: boolean): string {
  const character = String.fromCodePoint(body.codePointAt(position) ?? 32);
  if (character === '(') return noCalls;
  if (triple && character === '}') return 'A tag that opens with three braces closes with three.';
  if (character === '|' && body[position + 1] !== '|') return 'There are no filters: a value stands alone in its tag, and is inserted as it is.';
  if ('<>=&|'.includes(character) || (character === '!' && body[position + 1] === '=')) return noComparison;
  return `\`${character}\` cannot stand here. For literal braces write \`\\{{\`.`;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly span: Span;
}

interface TagContent {
  readonly parts: Expression[];
  readonly hash: HashPair[];
  params: readonly PathSegment[] | null;
  failure: Failure | null;
}

/** What a tag may hold, so that the work for each time that a loop comes by is bounded. */
const maxArguments = 200;
const maxSegments = 250;

const identifier = /[^\s!"#%-,./;->@[-^`{-~]+/y;
const number = /-?[0-9]+(?:\.[0-9]+)?(?=[~}\s)]|$)/y;
const word = /(?:true|false|null|undefined)(?=[~}\s)]|$)/y;

/** Reads expressions, `key=value` pairs and `as |…|` until something else comes. */
class TagScanner {
  readonly #body: string;
  position: number;

  constructor(body: string, position: number) {
    this.#body = body;
    this.position = position;
  }

  read(): TagContent {
    const content: TagContent = { parts: [], hash: [], params: null, failure: null };
    for (;;) {
      this.#skipSpace();
      const start = this.position;
      const params = this.#match(/as\s+\|/y);
      if (params !== null) {
        content.params = this.#params(content, start);
        if (content.failure !== null) return content;
        continue;
      }
      const key = this.#match(/([^\s!"#%-,./;->@[-^`{-~]+)\s*=/y);
      const keySpan = key === null ? null : { start, end: start + key[1]!.length };
      if (key !== null) this.#skipSpace();
      const expression = this.#expression(content);
      if (expression === null) {
        if (keySpan !== null && content.failure === null) {
          const at = this.position;
          const next = this.#body[at];
          if (next === '=') content.failure = { code: 'bad-tag', message: noComparison, span: { start: at - 1, end: at + 1 } };
          else if (next === '(') content.failure = { code: 'bad-tag', message: noCalls, span: { start: at, end: at + 1 } };
          else content.failure = { code: 'bad-argument', message: `\`${key![1]!}=\` needs a value.`, span: keySpan };
        }
        return content;
      }
      if (keySpan !== null) content.hash.push({ key: key![1]!, keySpan, value: expression });
      else if (content.hash.length > 0) content.failure = { code: 'bad-argument', message: 'Values without a name stand before those with one.', span: expression.span };
      else content.parts.push(expression);
      if (content.failure === null && content.parts.length + content.hash.length > maxArguments) {
        content.failure = { code: 'too-large', message: `A tag has at most ${maxArguments} values: put them into a cell, as a list or an object.`, span: expression.span };
      }
      if (content.failure !== null) return content;
    }
  }

  #expression(content: TagContent): Expression | null {
    const start = this.position;
    const quote = this.#body[start];
    if (quote === '"' || quote === "'") return this.#string(content, quote);
    const digits = this.#match(number);
    if (digits !== null) return { kind: 'literal', value: Number(digits[0]), span: { start, end: this.position } };
    const literal = this.#match(word);
    if (literal !== null) {
      const value = literal[0] === 'true' ? true : literal[0] === 'false' ? false : null;
      return { kind: 'literal', value, span: { start, end: this.position } };
    }
    return this.#path(content);
  }

  /** As in Handlebars: the only escape is that of the quote itself. A `}}` and a line end inside mean that the closing quote is missing. */
  #string(content: TagContent, quote: string): Literal | null {
    const start = this.position;
    let end = start + 1;
    let value = '';
    let tagEnd = false;
    for (; end < this.#body.length && this.#body[end] !== quote; end++) {
      const character = this.#body[end]!;
      if (character === '}' && this.#body[end + 1] === '}') tagEnd = true;
      if (tagEnd && (character === '\n' || character === '\r')) break;
      if (character === '\\' && this.#body[end + 1] === quote) end++;
      value += this.#body[end]!;
    }
    if (this.#body[end] !== quote) {
      content.failure = { code: 'unclosed-string', message: `This text has no closing \`${quote}\`.`, span: { start, end: start + 1 } };
      return null;
    }
    this.position = end + 1;
    return { kind: 'literal', value, span: { start, end: this.position } };
  }

  #path(content: TagContent): Path | null {
    const start = this.position;
    const data = this.#body[start] === '@';
    if (data) this.position++;
    const segments: PathSegment[] = [];
    let up = 0;
    let here = false;
    for (let first = true; ; first = false) {
      const at = this.position;
      if (!first && this.#body[at] === '[') {
        // `items[0]` is the same as `items.[0]`.
      } else if (!first) {
        if (this.#match(/[./]/y) === null) break;
      }
      const segment = this.#segment(content);
      if (content.failure !== null) return null;
      if (segment === null) {
        if (first && !data) return null;
        content.failure = { code: 'bad-path', message: first ? 'A name belongs after `@`.' : 'A name belongs after this.', span: first ? { start, end: at } : { start: at, end: Math.max(this.position, at + 1) } };
        return null;
      }
      if (segment === '..' && segments.length === 0 && (first || up > 0)) up++;
      else if ((segment === '.' || segment === 'this') && !data && !here && segments.length === 0 && (first || up > 0)) here = true;
      else if (typeof segment !== 'string') segments.push(segment);
      else {
        content.failure = { code: 'bad-path', message: `\`${segment}\` can only begin a path.`, span: { start: at, end: this.position } };
        return null;
      }
    }
    if (segments.length + up > maxSegments) {
      content.failure = { code: 'too-deep', message: `A path has at most ${maxSegments} parts: take a shorter one, and insert what is there with \`{{json …}}\`.`, span: { start, end: this.position } };
      return null;
    }
    return { kind: 'path', data, up, here: here || up > 0, segments, span: { start, end: this.position } };
  }

  #segment(content: TagContent): PathSegment | '..' | '.' | 'this' | null {
    const start = this.position;
    if (this.#body[start] === '[') {
      const match = this.#match(/\[((?:\\\]|[^\]\r\n]){0,1000})\]/y);
      if (match !== null) {
        const text = match[1]!;
        const quoted = /^(["'])(.*)\1$/s.exec(text);
        return { name: quoted ? quoted[2]! : text.replaceAll('\\]', ']'), span: { start, end: this.position } };
      }
      content.failure = { code: 'bad-path', message: 'This `[` has no `]`.', span: { start, end: start + 1 } };
      return null;
    }
    if (this.#match(/\.\./y) !== null) return '..';
    if (this.#match(/\.(?=[\s}~/)|=]|$)/y) !== null) return '.';
    const name = this.#match(identifier);
    if (name === null) return null;
    return name[0] === 'this' ? 'this' : { name: name[0], span: { start, end: this.position } };
  }

  #params(content: TagContent, start: number): readonly PathSegment[] {
    const params: PathSegment[] = [];
    for (;;) {
      this.#skipSpace();
      const at = this.position;
      const name = this.#match(identifier);
      if (name === null) break;
      params.push({ name: name[0], span: { start: at, end: this.position } });
    }
    if (this.#match(/\|/y) === null || params.length === 0) {
      content.failure = { code: 'bad-argument', message: 'Names for the item stand between bars: `as |row|`.', span: { start, end: this.position } };
    }
    return params;
  }

  #skipSpace(): void {
    this.#match(/\s+/y);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.#body);
    if (match !== null) this.position += match[0].length;
    return match;
  }
}
