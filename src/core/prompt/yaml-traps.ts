import type { Problem, Severity, Span } from '../problem.ts';
import { closingQuote, dashAt, findKey, flowEnd, isEnd, isOtherScalar, splitLines, type Key, type Line } from './yaml-lines.ts';
import { comments, indicator, noCheck } from './yaml-signs.ts';
import { flowItems, flowProblems, listsInMap, type FlowItem } from './yaml-flow.ts';
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

class TrapScanner {
  readonly traps: Trap[] = [];
  readonly #text: string;
  readonly #lines: readonly Line[];
  readonly #lists: SentenceLists;
  /** The keys around, outermost first, with their columns. */
  #keys: { readonly column: number; readonly key: string; readonly inList: boolean }[] = [];

  constructor(text: string, lists: SentenceLists) {
    this.#text = text;
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
    return this.#quote(index, position, context, 'yaml-mapping', noCheck(key.key, known));
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
        if (/^[|>](?:[1-9][+-]?|[+-][1-9]?)?[ \t]*(?:[ \t]#.*)?$/.test(rest)) {
          const last = this.#last(index, context);
          if (last > index || !(context.among || context.inList)) return last + 1;
          return this.#quote(index, position, context, 'yaml-block', `\`${first}\` begins a block of text in YAML, and none follows.`);
        }
        return this.#quote(index, position, context, 'yaml-block', `\`${first}\` begins a block of text in YAML.`);
      case '"':
      case "'":
        return this.#quoted(index, position, context);
      case '[':
      case '{':
        return this.#flow(index, position, context);
      case '&':
      case '!':
        // A property of a whole map or list; the reader of the tree refuses it.
        if (/^\S+[ \t]*$/.test(rest) && this.#last(index, context) > index) return index + 1;
    }
    const trap = indicator(rest);
    return trap === null ? this.#plain(index, position, context) : this.#quote(index, position, context, trap.code, trap.why);
  }

  #onlyComment(index: number, position: number, context: Context): number {
    let next = index + 1;
    while (this.#lines[next]?.blank) next++;
    const following = this.#lines[next];
    const nested = following !== undefined && (following.indent > context.column || (!context.item && following.indent === context.column && dashAt(following.text, following.indent) !== null));
    if (nested && !(context.item && context.sentence)) return index + 1;
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
    if (opening === '[' && !(context.sentence && context.item)) {
      const next = this.#flowList(index, { position, last: this.#withBracket(last), context });
      if (next !== null) return next;
    }
    const end = flowEnd(this.#lines, { index, position, last: this.#withBracket(last) });
    if (end === null) return context.item ? this.#quote(index, position, context, 'yaml-flow', `${what}.`) : last + 1;
    const tail = this.#lines[end.index]!.text.slice(end.position);
    if (!isEnd(tail)) return this.#quote(index, position, context, 'yaml-flow', `${what}, and more stands after its end.`);
    if (opening === '[' && context.sentence && context.item) return this.#quote(index, position, context, 'yaml-flow', `${what}.`);
    const from = this.#lines[index]!.start + position;
    for (const { key, items } of listsInMap(this.#text, from, this.#lines[end.index]!.start + end.position)) this.#flowSentences(items, this.#known(key), context.among || this.#known(key) !== undefined);
    this.#indented(end.index, context);
    return end.index + 1;
  }

  /** The line of a bracket that closes a value from below its key, where there is one, else the last line of the value. */
  #withBracket(last: number): number {
    let next = last + 1;
    while (this.#lines[next]?.blank) next++;
    return /^[\]}]/.test(this.#lines[next]?.text.trimStart() ?? '') ? next : last;
  }

  /** YAML wants the closing bracket further to the right than its key, unless that stands at the margin. */
  #indented(index: number, { column }: Context): void {
    const line = this.#lines[index]!;
    if (column === 0 || line.indent > column || !/^[\]}]/.test(line.text.trimStart())) return;
    const at = line.start + line.text.length - line.text.trimStart().length;
    this.#trap('yaml-indent', 'A bracket that closes on a line of its own stands further to the right than its key.', { start: at, end: at }, { title: 'Indent it', text: ' '.repeat(column + 2 - line.indent) });
  }

  /** Reads the items of a list in brackets, which may be sentences; the next line to read. null where the list does not end. */
  #flowList(index: number, { position, last, context }: { readonly position: number; readonly last: number; readonly context: Context }): number | null {
    const from = this.#lines[index]!.start + position;
    const list = flowItems(this.#text, from, this.#lines[last]!.start + this.#lines[last]!.text.length);
    if (list === null) return null;
    let end = index;
    while (end < last && this.#lines[end + 1]!.start < list.end) end++;
    const { start, text } = this.#lines[end]!;
    if (!isEnd(text.slice(list.end - start))) return this.#quote(index, position, context, 'yaml-flow', '`[` begins a list in YAML, and more stands after its end.');
    this.#flowSentences(list.items, context.sentence ? this.#known(this.#keys.at(-1)?.key) : undefined, context.among);
    this.#indented(end, context);
    return end + 1;
  }

  #flowSentences(items: readonly FlowItem[], known: readonly string[] | undefined, among: boolean): void {
    for (const { start, end, code, why, severity } of flowProblems(this.#text, items, { known, among })) {
      const words = this.#text.slice(start, end).split(/\s*[\r\n]\s*/).join(' ');
      this.#trap(code, why, { start, end }, { title: 'Quote it', text: quoteYaml(words) }, start, severity);
    }
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
      if (cut) return this.#quote(index, position, context, 'yaml-comment', comments);
      if (words) return this.#quote(index, position, context, 'yaml-comment', `${comments} Quote it, or move the comment to a line of its own.`, 'warning');
    }
    if (context.sentence && !context.item && last > index) this.#joined(index, { position, last, column: context.column });
    return last + 1;
  }

  /** Lines that YAML joins to one sentence. */
  #joined(index: number, { position, last, column }: { readonly position: number; readonly last: number; readonly column: number }): void {
    const lines = this.#lines.slice(index + 1, last + 1).map((line) => line.text.trim());
    const sentences = [this.#lines[index]!.text.slice(position).trim(), ...lines].filter((line) => line !== '' && !line.startsWith('#'));
    if (sentences.length < 2) return;
    const end = this.#lines[last]!;
    const span = { start: this.#lines[index]!.start + position, end: end.start + end.text.trimEnd().length };
    const text = ['|', ...sentences.map((line) => ' '.repeat(column + 2) + line)].join('\n');
    this.#trap('yaml-lines', 'YAML joins these lines to one sentence. Where each is one, `|` after the colon keeps them apart.', span, { title: 'Read each line as a sentence', text }, span.start, 'warning');
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
