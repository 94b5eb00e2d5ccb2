/**
 * GBNF for the inside of a JSON string whose value matches this pattern (JavaScript's syntax; like JSON Schema's `pattern` it may
 * match anywhere unless anchored), or null where GBNF cannot say it: look-around, back references, word boundaries, Unicode properties,
 * anchors in the middle. Characters that JSON must escape are left out of classes, so that a text is never more
 * than what the pattern allows.
 */
export function patternGrammar(pattern: string): string | null {
  try {
    const parser = new Parser(pattern);
    const body = parser.alternatives(true);
    return parser.done ? body : null;
  } catch (error) {
    if (error instanceof NotExpressible) return null;
    throw error;
  }
}

class NotExpressible extends Error {}

/** What JSON must escape, as the inside of a class. */
const unsafe = '"\\\\\\x00-\\x1F\\x7F';
/** What `.` does not match, beside what JSON must escape. */
const anyCharacter = `[^${unsafe}\\u2028\\u2029]`;
/** Characters that a pattern counts at most: llama.cpp refuses longer repetitions, or is slow with them. */
const maxCount = 500;
const maxSize = 2000;

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;
  /** Characters so far, as often as they are repeated. */
  #size = 0;

  constructor(text: string) {
    this.#text = [...text];
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  alternatives(top: boolean): string {
    if (++this.#depth > 50) throw new NotExpressible();
    const parts = [this.#sequence(top)];
    while (this.#take('|')) parts.push(this.#sequence(top));
    this.#depth -= 1;
    return parts.length === 1 && !top ? parts[0]! : `(${parts.join(' | ')})`;
  }

  /** At the top, what is not anchored has any text before or after it. */
  #sequence(top: boolean): string {
    const parts: string[] = [];
    if (this.#take('^')) {
      if (!top) throw new NotExpressible();
    } else if (top) parts.push(`${anyCharacter}*`);
    let anchored = false;
    while (!this.done && this.#peek() !== '|' && this.#peek() !== ')') {
      if (anchored) throw new NotExpressible();
      if (this.#take('$')) {
        if (!top) throw new NotExpressible();
        anchored = true;
      } else parts.push(this.#quantified());
    }
    if (top && !anchored) parts.push(`${anyCharacter}*`);
    return parts.length === 0 ? '""' : parts.join(' ');
  }

  #quantified(): string {
    const before = this.#size;
    this.#size += 1;
    const atom = this.#atom();
    const mark = this.#peek();
    let suffix = '';
    if (mark === '*' || mark === '+' || mark === '?') {
      this.#at += 1;
      suffix = mark;
    } else if (mark === '{') {
      suffix = this.#count();
      this.#size = before + (this.#size - before) * Math.max(...suffix.match(/\d+/g)!.map(Number));
      if (this.#size > maxSize) throw new NotExpressible();
    }
    // A lazy quantifier finds another match first, but matches the same texts.
    if (suffix !== '') this.#take('?');
    return atom + suffix;
  }

  #count(): string {
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 20).join(''));
    if (match === null) throw new NotExpressible();
    const most = match[2] === undefined ? Number(match[1]) : match[3] === '' ? 0 : Number(match[3]);
    if (Math.max(Number(match[1]), most) > maxCount) throw new NotExpressible();
    this.#at += [...match[0]].length;
    return match[0];
  }

  #atom(): string {
    const character = this.#next();
    switch (character) {
      case '.': return anyCharacter;
      case '[': return this.#class();
      case '(': return this.#group();
      case '\\': return this.#escape();
      case '*': case '+': case '?': case '{': case '}': case ']': case '^': case '$': throw new NotExpressible();
      default: return literal(character);
    }
  }

  #group(): string {
    if (this.#take('?') && !this.#take(':')) this.#groupName();
    const body = this.alternatives(false);
    if (!this.#take(')')) throw new NotExpressible();
    return `(${body})`;
  }

  /** `<name>` of a group, which says nothing about what matches; `<=` and `<!` look behind. */
  #groupName(): void {
    if (!this.#take('<') || ['=', '!'].includes(this.#peek())) throw new NotExpressible();
    while (!this.#take('>')) this.#next();
  }

  #escape(): string {
    const character = this.#next();
    const named = classes[character];
    if (named !== undefined) return character === character.toLowerCase() ? `[${named}]` : `[^${named}${unsafe}]`;
    return literal(this.#character(character));
  }

  /** The character that an escape stands for. */
  #character(escaped: string): string {
    const control = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' }[escaped];
    if (control !== undefined) return control;
    if (escaped === 'x' || escaped === 'u') {
      const length = escaped === 'x' ? 2 : 4;
      const hex = this.#text.slice(this.#at, this.#at + length).join('');
      if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== length) throw new NotExpressible();
      this.#at += length;
      const code = parseInt(hex, 16);
      if (code >= 0xd800 && code <= 0xdfff) throw new NotExpressible();
      return String.fromCharCode(code);
    }
    if (/[A-Za-z0-9]/.test(escaped)) throw new NotExpressible();
    return escaped;
  }

  #class(): string {
    const negated = this.#take('^');
    let body = '';
    while (this.#peek() !== ']') {
      const from = this.#classMember(negated);
      if ('set' in from) {
        body += from.set;
        continue;
      }
      let to = from;
      if (this.#peek() === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at += 1;
        const end = this.#classMember(negated);
        if ('set' in end || end.code < from.code) throw new NotExpressible();
        to = end;
      }
      body += this.#classRange([from.code, to.code], negated);
    }
    this.#at += 1;
    if (negated) return `[^${body}${unsafe}]`;
    if (body === '') throw new NotExpressible();
    return `[${body}]`;
  }

  /** One character, or the inside of a class such as `\\d`. */
  #classMember(negated: boolean): { readonly code: number } | { readonly set: string } {
    const character = this.#next();
    if (character !== '\\') return { code: character.codePointAt(0)! };
    const escaped = this.#next();
    // A negated class within a class, and \\b (a backspace there), cannot be said or are never meant.
    if (escaped === 'b' || /^[DWS]$/.test(escaped)) throw new NotExpressible();
    // Of what is allowed less will do; what is forbidden is forbidden whole.
    const set = escaped === 's' && negated ? allSpaces : classes[escaped];
    return set === undefined ? { code: this.#character(escaped).codePointAt(0)! } : { set };
  }

  /** A range as GBNF; of a class that is not negated, characters that JSON must escape are left out. */
  #classRange(range: readonly [number, number], negated: boolean): string {
    const pieces: (readonly [number, number])[] = [range];
    if (!negated) {
      for (const [start, end] of [[0, 0x1f], [0x22, 0x22], [0x5c, 0x5c], [0x7f, 0x7f]] as const) {
        for (const [a, b] of pieces.splice(0)) {
          if (a < start) pieces.push([a, Math.min(b, start - 1)]);
          if (b > end) pieces.push([Math.max(a, end + 1), b]);
        }
      }
    }
    return pieces.map(([a, b]) => (a === b ? code(a) : `${code(a)}-${code(b)}`)).join('');
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    if (this.done) throw new NotExpressible();
    return this.#text[this.#at++]!;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

/** JavaScript's white space (ECMAScript, "WhiteSpace" and "LineTerminator"), as far as a JSON string may hold it. */
const allSpaces = ' \\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000\\uFEFF';
const classes: Readonly<Record<string, string>> = { d: '0-9', D: '0-9', w: 'a-zA-Z0-9_', W: 'a-zA-Z0-9_', s: ' \\u00A0', S: allSpaces };

/** GBNF for one character of a string's value, escaped as JSON does. */
function literal(character: string): string {
  return `"${JSON.stringify(character).slice(1, -1).replace(/[\\"]/g, '\\$&')}"`;
}

function code(point: number): string {
  if (point > 0xffff) return `\\U${point.toString(16).padStart(8, '0')}`;
  return /[A-Za-z0-9 _]/.test(String.fromCodePoint(point)) ? String.fromCodePoint(point) : `\\u${point.toString(16).padStart(4, '0')}`;
}
