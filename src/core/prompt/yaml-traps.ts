import type { Problem, Severity, Span } from '../problem.ts';
import { didYouMean } from '../did-you-mean.ts';
import { quoteYaml } from './yaml-quote.ts';

/**
 * Options that are lists of sentences, with the keys that mean something in them: in `check`, `- contains: paper` is the check
 * `contains`, and `- Tone: warm` is a sentence that YAML would read as something else.
 */
export type SentenceLists = Readonly<Record<string, readonly string[]>>;

/** A problem with a fix that repairs it; one of severity error is read as if the fix had been applied. */
export type Trap = Problem & { readonly fix: NonNullable<Problem['fix']> };

/**
 * Finds where YAML reads something else than the sentence that stands there, or nothing at all, and how to quote it: line by line,
 * since most traps destroy the structure for a parser. Linear time. Spans are offsets into `text`.
 */
export function findTraps(text: string, lists: SentenceLists): readonly Trap[] {
  const scanner = new TrapScanner(text, lists);
  scanner.run();
  return scanner.traps;
}

interface Line {
  readonly start: number;
  /** Without its line end. */
  readonly text: string;
  readonly indent: number;
  readonly blank: boolean;
}

/** Where a value stands. */
interface Context {
  /** The column that its further lines are indented beyond. */
  readonly column: number;
  readonly item: boolean;
  /** Whether it is a sentence of a list of sentences, or that list's own value. */
  readonly sentence: boolean;
  /** Whether it stands somewhere under an option that is a list of sentences. */
  readonly among: boolean;
  readonly inList: boolean;
}

interface Key {
  readonly key: string;
  /** Just after its colon, in the line. */
  readonly end: number;
}

class TrapScanner {
  readonly traps: Trap[] = [];
  readonly #lines: readonly Line[];
  readonly #lists: SentenceLists;
  /** The keys around, outermost first, with their columns. */
  #keys: { readonly column: number; readonly key: string; readonly inList: boolean }[] = [];

  constructor(text: string, lists: SentenceLists) {
    this.#lines = splitLines(text);
    this.#lists = lists;
  }

  run(): void {
    for (let index = 0; index < this.#lines.length; ) index = this.#line(index);
  }

  /** Reads the line at `index`; the next line to read. */
  #line(index: number): number {
    const line = this.#lines[index]!;
    const tab = /^ *\t[ \t]*/.exec(line.text)?.[0];
    if (line.blank || line.text.trimStart().startsWith('#')) return index + 1;
    if (tab !== undefined) {
      const span = { start: line.start, end: line.start + tab.length };
      this.#trap('yaml-tab', 'YAML is indented by spaces, not by tabs.', span, { title: 'Use spaces', text: tab.replaceAll('\t', '  ') });
    }
    let position = (tab ?? ' '.repeat(line.indent)).length;
    const column = tab === undefined ? line.indent : tab.replaceAll('\t', '  ').length;
    const shift = column - position;
    const dash = dashAt(line.text, position);
    if (dash !== null) {
      this.#keys = this.#keys.filter((key) => key.column <= column);
      const sentences = this.#known(this.#keys.at(-1)?.key);
      if (sentences !== undefined) return this.#sentence(index, dash, column, sentences);
      let last = column;
      for (let next: number | null = dash; next !== null; next = dashAt(line.text, position)) {
        last = position + shift;
        position = next;
      }
      const key = findKey(line.text, position);
      if (key !== null) return this.#entry(index, key, { column: position + shift, inList: true });
      return this.#value(index, position, { column: last, item: true, sentence: false, among: this.#among(), inList: true });
    }
    if (/^-[^\s-]/.test(line.text.slice(position, position + 2)) && this.#known(this.#keys.findLast((key) => key.column <= column)?.key) !== undefined) {
      this.#keys = this.#keys.filter((key) => key.column <= column);
      const at = line.start + position + 1;
      this.#trap('yaml-dash', 'There is no space after this `-`, so that YAML sees no item of a list here.', { start: at, end: at }, { title: 'Add a space', text: ' ' }, at - 1);
      return this.#sentence(index, position + 1, column, this.#known(this.#keys.at(-1)?.key)!);
    }
    const key = findKey(line.text, position);
    if (key !== null) return this.#entry(index, key, { column, inList: this.#keys.some((outer) => outer.inList && outer.column < column) });
    const glued = column === 0 ? /^([A-Za-z_][\w-]*):(?=[^\s/])/.exec(line.text) : null;
    if (glued !== null) {
      const at = line.start + glued[0].length;
      this.#trap('yaml-colon', `There is no space after \`${glued[0]}\`, so that YAML sees no key here.`, { start: at, end: at }, { title: 'Add a space', text: ' ' }, line.start);
      return this.#entry(index, { key: glued[1]!, end: glued[0].length }, { column, inList: false });
    }
    this.#keys = this.#keys.filter((outer) => outer.column < column);
    const owner = this.#keys.at(-1);
    if (owner === undefined) return index + 1;
    return this.#value(index, position, { column: owner.column, item: false, sentence: this.#known(owner.key) !== undefined, among: this.#among(), inList: owner.inList });
  }

  #known(key: string | undefined): readonly string[] | undefined {
    return key !== undefined && Object.hasOwn(this.#lists, key) ? this.#lists[key] : undefined;
  }

  #among(): boolean {
    return this.#keys.some(({ key }) => this.#known(key) !== undefined);
  }

  #sentence(index: number, position: number, column: number, known: readonly string[]): number {
    const line = this.#lines[index]!;
    const context: Context = { column, item: true, sentence: true, among: true, inList: true };
    if (dashAt(line.text, position) !== null) return this.#quote(index, position, context, 'yaml-list', 'A dash after a dash begins a list in the list.');
    const key = findKey(line.text, position);
    if (key === null) return this.#value(index, position, context);
    if (known.includes(key.key)) return this.#entry(index, key, { column: position, inList: true });
    const near = didYouMean(key.key, known);
    return this.#quote(index, position, context, 'yaml-mapping', `YAML reads \`${short(key.key)}:\` as the key of a map, and there is no check of that name${near === undefined ? '' : ` (is \`${near}\` meant?)`}.`);
  }

  #entry(index: number, key: Key, place: { readonly column: number; readonly inList: boolean }): number {
    this.#keys = this.#keys.filter((outer) => outer.column < place.column);
    this.#keys.push({ column: place.column, key: key.key, inList: place.inList });
    const { text } = this.#lines[index]!;
    let position = key.end;
    while (text[position] === ' ' || text[position] === '\t') position++;
    return this.#value(index, position, { column: place.column, item: false, sentence: this.#known(key.key) !== undefined, among: this.#among(), inList: place.inList });
  }

  /** Reads the value that begins at `position` of the line, with its further lines; the next line to read. */
  #value(index: number, position: number, context: Context): number {
    const rest = this.#lines[index]!.text.slice(position);
    const first = rest[0];
    switch (first) {
      case undefined:
        return index + 1;
      case '#':
        return this.#onlyComment(index, position, context);
      case '|':
      case '>':
        if (/^[|>](?:[1-9][+-]?|[+-][1-9]?)?[ \t]*(?:[ \t]#.*)?$/.test(rest)) return this.#last(index, context) + 1;
        return this.#quote(index, position, context, 'yaml-block', `\`${first}\` begins a block of text in YAML.`);
      case '"':
      case "'":
        return this.#quoted(index, position, context);
      case '[':
      case '{':
        return this.#flow(index, position, context);
      case '*':
        return this.#quote(index, position, context, 'yaml-alias', '`*` begins an alias in YAML.');
      case '&':
      case '!':
        // A property of a whole map or list; the reader of the tree refuses it.
        if (/^\S+[ \t]*$/.test(rest) && this.#last(index, context) > index) return index + 1;
        return this.#quote(index, position, context, first === '&' ? 'yaml-anchor' : 'yaml-tag', first === '&' ? '`&` begins an anchor in YAML.' : '`!` begins a tag in YAML.');
      case '@':
      case '`':
      case '%':
      case ',':
      case ']':
      case '}':
        return this.#quote(index, position, context, 'yaml-indicator', `A text cannot begin with ${first === '`' ? 'a backtick' : `\`${first}\``} in YAML.`);
      case '?':
      case '-':
      case ':':
        if (/^[?:-](?:[ \t]|$)/.test(rest)) return this.#quote(index, position, context, 'yaml-indicator', `A text cannot begin with \`${first} \` in YAML.`);
    }
    return this.#plain(index, position, context);
  }

  #onlyComment(index: number, position: number, context: Context): number {
    let next = index + 1;
    while (this.#lines[next]?.blank) next++;
    const following = this.#lines[next];
    const nested = following !== undefined && (following.indent > context.column || (!context.item && following.indent === context.column && dashAt(following.text, following.indent) !== null));
    if (nested) return index + 1;
    return this.#quote(index, position, context, 'yaml-comment', '`#` begins a comment in YAML, so that nothing is left of this.', context.inList || context.sentence ? 'error' : 'warning');
  }

  #quoted(index: number, position: number, context: Context): number {
    const quote = this.#lines[index]!.text[position]!;
    const last = this.#last(index, context);
    let from = position + 1;
    for (let at = index; at <= last; at++, from = 0) {
      const { text } = this.#lines[at]!;
      const end = closingQuote(text, from, quote);
      if (end < 0) continue;
      if (isEnd(text.slice(end + 1))) return at + 1;
      return this.#quote(index, position, context, 'yaml-quote', 'The quoted part ends the text in YAML, and more stands after it.');
    }
    return this.#quote(index, position, context, 'yaml-quote', `This \`${quote}\` opens a quoted text that does not end.`);
  }

  #flow(index: number, position: number, context: Context): number {
    const { text } = this.#lines[index]!;
    const opening = text[position]!;
    if (text.startsWith('{{', position)) return this.#quote(index, position, context, 'yaml-flow', '`{` begins a map in YAML.');
    const what = opening === '[' ? '`[` begins a list in YAML' : '`{` begins a map in YAML';
    const last = this.#last(index, context);
    const end = flowEnd(this.#lines, { index, position, last });
    if (end === null) return context.item ? this.#quote(index, position, context, 'yaml-flow', `${what}.`) : last + 1;
    const tail = this.#lines[end.index]!.text.slice(end.position);
    if (!isEnd(tail)) return this.#quote(index, position, context, 'yaml-flow', `${what}, and more stands after its end.`);
    if (opening === '[' && context.sentence && context.item) return this.#quote(index, position, context, 'yaml-flow', `${what}.`);
    return end.index + 1;
  }

  #plain(index: number, position: number, context: Context): number {
    const last = this.#last(index, context);
    for (let at = index; at <= last; at++) {
      const line = this.#lines[at]!;
      const text = at === index ? line.text.slice(position) : line.text.trimStart();
      // Lines of comments at the end cut nothing.
      if (at > index && text.startsWith('#') && this.#lines.slice(at, last + 1).every((one) => one.blank || one.text.trimStart().startsWith('#'))) return last + 1;
      const comment = text.search(/(?:^|[ \t])#/);
      const before = comment < 0 ? text : text.slice(0, comment);
      const further = at > index;
      const mapping = /:(?:[ \t]|$)/.test(before.trimEnd());
      if (mapping && (!further || context.sentence)) return this.#quote(index, position, context, 'yaml-mapping', 'A `: ` makes a map in YAML.');
      if (further && context.sentence && dashAt(text, 0) !== null) return this.#quote(index, position, context, 'yaml-list', 'YAML joins this line to the sentence above it.');
      if (comment < 0) continue;
      const words = further || /\S[ \t]+\S/.test(before);
      // After a number, `true` or `false` it is a comment.
      const cut = (context.among && !isOtherScalar(before)) || (words && context.inList);
      if (cut) return this.#quote(index, position, context, 'yaml-comment', 'A `#` after a space begins a comment in YAML: the text is cut there.');
      if (words) return this.#quote(index, position, context, 'yaml-comment', 'A `#` after a space begins a comment in YAML: the text is cut there. Quote it, or move the comment to a line of its own.', 'warning');
    }
    return last + 1;
  }

  /** The last line that belongs to a value: those after its first that are indented further. */
  #last(index: number, { column }: Context): number {
    let last = index;
    for (let at = index + 1; at < this.#lines.length; at++) {
      const line = this.#lines[at]!;
      if (line.blank) continue;
      if (line.indent <= column) break;
      last = at;
    }
    return last;
  }

  #quote(index: number, position: number, context: Context, code: string, why: string, severity: Severity = 'error'): number {
    const last = this.#last(index, context);
    const start = this.#lines[index]!.start + position;
    const parts = [this.#lines[index]!.text.slice(position)];
    for (let at = index + 1; at <= last; at++) parts.push(this.#lines[at]!.text);
    const words = parts.map((part) => part.trim()).filter((part) => part !== '').join(' ');
    const end = this.#lines[last]!.start + (last === index ? position + parts[0]!.trimEnd().length : this.#lines[last]!.text.trimEnd().length);
    const advice = severity === 'error' ? `${why} Quote it.` : why;
    this.#trap(code, advice, { start, end }, { title: 'Quote it', text: quoteYaml(words) }, start, severity);
    return last + 1;
  }

  #trap(code: string, message: string, span: Span, fix: { readonly title: string; readonly text: string }, from = span.start, severity: Severity = 'error'): void {
    if (this.traps.length >= 100) return;
    this.traps.push({ code, severity, message, span: { start: from, end: Math.max(span.end, from + 1) }, fix: { ...fix, span } });
  }
}

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const feed = text.indexOf('\n', start);
    const next = feed < 0 ? text.length + 1 : feed + 1;
    const end = feed < 0 ? text.length : feed > start && text[feed - 1] === '\r' ? feed - 1 : feed;
    const line = text.slice(start, end);
    const indent = /^ */.exec(line)![0].length;
    lines.push({ start, text: line, indent: line[indent] === '\t' ? /^[ \t]*/.exec(line)![0].replaceAll('\t', '  ').length : indent, blank: line.trim() === '' });
    start = next;
  }
  return lines;
}

/** Just after `- ` at `position`, or null when none is there. */
function dashAt(text: string, position: number): number | null {
  if (text[position] !== '-') return null;
  const after = text[position + 1];
  if (after !== undefined && after !== ' ' && after !== '\t') return null;
  let end = position + 1;
  while (text[end] === ' ' || text[end] === '\t') end++;
  return end;
}

/** The `key:` at `position`: plain, or in quotes. */
function findKey(text: string, position: number): Key | null {
  const first = text[position];
  if (first === undefined || '[{*&!|>@`%?#,]}'.includes(first)) return null;
  if (first === '"' || first === "'") {
    const end = closingQuote(text, position + 1, first);
    const colon = end < 0 ? null : /^[ \t]*:(?=[ \t]|$)/.exec(text.slice(end + 1));
    return colon === null ? null : { key: text.slice(position + 1, end), end: end + 1 + colon[0].length };
  }
  for (let at = position; at < text.length; at++) {
    const after = text[at + 1];
    if (text[at] === '#' && isBlank(text[at - 1])) return null;
    if (text[at] !== ':' || !(after === undefined || isBlank(after))) continue;
    const key = text.slice(position, at).trimEnd();
    return key === '' ? null : { key, end: at + 1 };
  }
  return null;
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== quote) return at;
      at++;
    }
  }
  return -1;
}

/** A number, a truth value or nothing: no text. */
function isOtherScalar(text: string): boolean {
  return /^(?:[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|true|false|null|~)?$/i.test(text.trim());
}

/** Whether nothing but a comment follows. */
function isEnd(tail: string): boolean {
  return /^[ \t]*$|^[ \t]+#/.test(tail);
}

/** Just after the bracket that closes the one at the position; null when none does. */
function flowEnd(lines: readonly Line[], from: { readonly index: number; readonly position: number; readonly last: number }): { readonly index: number; readonly position: number } | null {
  let depth = 0;
  let quote = '';
  for (let index = from.index; index <= from.last; index++) {
    const { text } = lines[index]!;
    for (let at = index === from.index ? from.position : 0; at < text.length; at++) {
      const character = text[at]!;
      if (quote !== '') {
        const end = closingQuote(text, at, quote);
        if (end < 0) break;
        at = end;
        quote = '';
      } else if ((character === '"' || character === "'") && /[\s,[{:]/.test(text[at - 1] ?? ' ')) quote = character;
      else if (character === '#' && /[ \t]/.test(text[at - 1] ?? ' ')) break;
      else if (character === '[' || character === '{') depth++;
      else if ((character === ']' || character === '}') && --depth === 0) return { index, position: at + 1 };
    }
  }
  return null;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
