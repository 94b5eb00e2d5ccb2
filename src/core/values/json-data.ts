import type { Json } from '../json.ts';
import type { Fix, Problem, Severity, Span } from '../problem.ts';
import { setOwn } from './path.ts';

/** A value read from data, and what is wrong with its text. The value is null where an error keeps it from being read. */
export interface Data {
  readonly value: Json;
  readonly problems: readonly Problem[];
}

/** How deep data may nest. */
export const maxDataDepth = 200;

/** The most values that data may have, its lists and objects counted too: about half a gigabyte of memory. */
export const maxDataValues = 5_000_000;

/**
 * Reads JSON (RFC 8259) with a span for the first error. Iterative, in linear time, bounded in depth and number of values. A key that stands twice is a
 * warning (the last wins), and so is an integer that a number cannot hold exactly: it is rounded, as `JSON.parse` does.
 */
export function parseJsonData(text: string): Data {
  const reader = new JsonReader(text);
  try {
    return { value: reader.read(), problems: reader.problems };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { value: null, problems: [...reader.problems, error.problem] };
  }
}

class Failure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A list or object that is being read. */
type Open = { readonly kind: 'list'; readonly items: Json[]; readonly start: number } | { readonly kind: 'object'; readonly value: Record<string, Json>; readonly start: number; key: string };

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const word = /[A-Za-z_$][\w$]*/y;

class JsonReader {
  readonly problems: Problem[] = [];
  readonly #text: string;
  readonly #open: Open[] = [];
  #position = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Json {
    for (;;) {
      let value = this.#begin();
      // A value is whole: it goes into what is open, which may end with it.
      while (value !== undefined) {
        const open = this.#open.at(-1);
        if (open === undefined) {
          this.#space();
          if (this.#position < this.#text.length) this.#fail('json', 'There is more after the end of the JSON: data is one value.', this.#position, this.#text.length);
          return value;
        }
        if (open.kind === 'list') open.items.push(value);
        else setOwn(open.value, open.key, value);
        value = this.#next(open);
      }
    }
  }

  /** Reads a scalar or an empty list or object; undefined when something was opened. */
  #begin(): Json | undefined {
    this.#space();
    const start = this.#position;
    const character = this.#text[start];
    if (++this.#values > maxDataValues) this.#fail('too-large', `This JSON has more than ${maxDataValues.toLocaleString('en-US')} values.`, start);
    if (character === '[' || character === '{') {
      if (this.#open.length >= maxDataDepth) this.#fail('too-deep', `This JSON nests more than ${maxDataDepth} deep.`, start);
      this.#position++;
      this.#space();
      const end = character === '[' ? ']' : '}';
      if (this.#text[this.#position] === end) {
        this.#position++;
        return character === '[' ? [] : {};
      }
      if (character === '[') this.#open.push({ kind: 'list', items: [], start });
      else {
        this.#open.push({ kind: 'object', value: {}, start, key: '' });
        this.#key();
      }
      return undefined;
    }
    return this.#scalar(start, character);
  }

  /** After a value in a list or object: its comma or its end. The whole value at an end, else undefined. */
  #next(open: Open): Json | undefined {
    this.#space();
    const at = this.#position;
    const character = this.#text[at];
    const end = open.kind === 'list' ? ']' : '}';
    if (character === end) {
      this.#position++;
      this.#open.pop();
      return open.kind === 'list' ? open.items : open.value;
    }
    const what = open.kind === 'list' ? 'list' : 'object';
    if (character !== ',') {
      if (character === undefined) this.#fail('json', `This ${what} does not end: a \`${end}\` is missing.`, open.start);
      this.#fail('json', `A comma or \`${end}\` belongs here.`, at, at + 1, character === ']' || character === '}' ? undefined : { title: 'Add a comma', span: { start: at, end: at }, text: ',' });
    }
    this.#position++;
    this.#space();
    if (this.#text[this.#position] === end) this.#fail('json', `JSON has no comma before \`${end}\`.`, at, at + 1, { title: 'Remove the comma', span: { start: at, end: at + 1 }, text: '' });
    if (open.kind === 'object') this.#key();
    return undefined;
  }

  #key(): void {
    const open = this.#open.at(-1) as Extract<Open, { kind: 'object' }>;
    const start = this.#position;
    const character = this.#text[start];
    if (character === undefined) this.#fail('json', 'This object does not end: a `}` is missing.', open.start);
    if (character !== '"') {
      const bare = this.#match(word);
      const fix = bare === null ? undefined : { title: 'Quote it', span: { start, end: start + bare.length }, text: JSON.stringify(bare) };
      this.#fail('json', 'A key stands in double quotes in JSON.', start, this.#position, fix);
    }
    open.key = this.#string(start);
    if (Object.hasOwn(open.value, open.key)) this.#problem('duplicate-key', `\`${short(open.key)}\` stands twice in this object; the last counts.`, { start, end: this.#position }, 'warning');
    this.#space();
    if (this.#text[this.#position] !== ':') this.#fail('json', 'A `:` belongs after the key.', this.#position);
    this.#position++;
  }

  #scalar(start: number, character: string | undefined): Json {
    if (character === '"') return this.#string(start);
    const digits = this.#match(number);
    // `2024-01-01` and `12:30` are no numbers with a comma missing.
    if (digits !== null && !/[\w.:+-]/.test(this.#text[this.#position] ?? '')) return this.#number(digits, start);
    if (digits !== null) {
      while (/[\w.:+-]/.test(this.#text[this.#position] ?? '')) this.#position++;
      const source = this.#text.slice(start, this.#position);
      this.#fail('json', `\`${short(source)}\` is no number in JSON: quote it if it is a text.`, start, this.#position, { title: 'Quote it', span: { start, end: this.#position }, text: JSON.stringify(source) });
    }
    const name = this.#match(word);
    if (name === 'true' || name === 'false') return name === 'true';
    if (name === 'null') return null;
    if (character === undefined) this.#fail('json', this.#open.length === 0 ? 'There is no JSON here: a value is missing.' : 'A value is missing at the end.', Math.max(0, start - 1));
    if (name !== null) this.#fail('json', `\`${short(name)}\` is no value in JSON: quote it if it is a text.`, start, this.#position, { title: 'Quote it', span: { start, end: this.#position }, text: JSON.stringify(name) });
    if (character === "'") this.#fail('json', 'A text stands in double quotes in JSON.', start);
    if (character === '/') this.#fail('json', 'JSON has no comments: use a yaml cell for them.', start);
    const other = String.fromCodePoint(this.#text.codePointAt(start)!);
    return this.#fail('json', `\`${other}\` cannot begin a value in JSON.`, start, start + other.length);
  }

  #number(source: string, start: number): number {
    const value = Number(source);
    const span = { start, end: this.#position };
    const fix = { title: 'Quote it', span, text: JSON.stringify(source) };
    if (!Number.isFinite(value)) this.#fail('json-number', `\`${short(source)}\` is too large for a number: quote it if it is a text.`, start, this.#position, fix);
    if (!Number.isSafeInteger(value) && /^-?[0-9]+$/.test(source) && BigInt(source) !== BigInt(value)) {
      this.#problem('json-number', `The number \`${short(source)}\` has more digits than a number keeps, and becomes ${value}: quote it to keep them.`, span, 'warning', fix);
    }
    return value;
  }

  #string(start: number): string {
    const end = closingQuote(this.#text, start + 1);
    if (end < 0) return this.#badString(start);
    const inner = this.#text.slice(start + 1, end);
    this.#position = end + 1;
    if (!special.test(inner)) return inner;
    try {
      return JSON.parse(`"${inner}"`) as string;
    } catch {
      return this.#badString(start);
    }
  }

  /** Finds what is wrong with a text that does not read. */
  #badString(start: number): never {
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 34) break;
      if (code === 10 || code === 13) this.#fail('json', 'This text does not end on its line: a `"` is missing, or its line end is written `\\n`.', start, at);
      if (code < 32) this.#fail('json', 'A control character in a text is written as an escape, such as `\\t`.', at, at + 1, { title: 'Escape it', span: { start: at, end: at + 1 }, text: JSON.stringify(this.#text[at]).slice(1, -1) });
      if (code !== 92) continue;
      if (!/^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.#text.slice(at + 1, at + 6))) {
        this.#fail('json', 'There is no such escape in JSON: write a backslash twice.', at, at + 2, { title: 'Write it twice', span: { start: at, end: at + 1 }, text: '\\\\' });
      }
      at++;
    }
    return this.#fail('json', 'This text does not end: a `"` is missing.', start);
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#position))) this.#position++;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match === null) return null;
    this.#position += match[0].length;
    return match[0];
  }

  #problem(code: string, message: string, span: Span, severity: Severity, fix?: Fix): void {
    if (this.problems.length < 100) this.problems.push({ code, severity, message, span, ...(fix && { fix }) });
  }

  #fail(code: string, message: string, start: number, end = start + 1, fix?: Fix): never {
    const from = Math.min(start, this.#text.length);
    throw new Failure({ code, severity: 'error', message, span: { start: from, end: Math.min(Math.max(end, from + 1), Math.max(this.#text.length, from)) }, ...(fix && { fix }) });
  }
}

const special = /[\\\u0000-\u001f]/;

/** The next quote with an even number of backslashes before it; -1 when there is none. */
function closingQuote(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (end - backslashes > from && text[end - backslashes - 1] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
