/**
 * The block structure of Markdown, as far as it decides which fences are cells: fences at the top level, with 0 to 3 spaces before
 * them, and not in lists, quotes or HTML (CommonMark 0.31, sections 4.5, 4.6, 5.2). Works line by line, in linear time.
 */
export interface Fence {
  readonly char: '`' | '~';
  readonly length: number;
  readonly indent: number;
  readonly info: string;
}

/** What a line is at the top level. */
export type LineKind =
  | { readonly kind: 'blank' }
  /** `<!-- cell -->` alone on its line. */
  | { readonly kind: 'separator' }
  | { readonly kind: 'fence'; readonly fence: Fence }
  | { readonly kind: 'text' };

export interface BlockScanner {
  /** Takes the next line, without its end, outside of fences. */
  line(text: string): LineKind;
  /** The text that would end what is open (an HTML comment, say); null when a cell can follow. */
  readonly open: string | null;
  /** Whether what is open ends at a blank line. */
  readonly needsBlank: boolean;
}

export function newBlockScanner(): BlockScanner {
  /** Where the text of the outermost list item begins; 0 outside of lists. */
  let listIndent = 0;
  let afterBlank = true;
  let html: { readonly end: RegExp | null; readonly close: string } | null = null;
  return {
    get open() {
      return html?.end == null ? null : html.close;
    },
    get needsBlank() {
      return html !== null && html.end === null;
    },
    line(text) {
      const blank = isBlank(text);
      if (html !== null) {
        if (html.end === null ? blank : html.end.test(text)) html = null;
        if (blank && html === null) afterBlank = true;
        return blank ? { kind: 'blank' } : { kind: 'text' };
      }
      if (blank) {
        afterBlank = true;
        return { kind: 'blank' };
      }
      const indent = leadingSpaces(text);
      if (listIndent > 0 && indent < listIndent && !isLazy(text, { afterBlank, indent })) listIndent = 0;
      const inList = listIndent > 0 && indent >= listIndent;
      const wasBlank = afterBlank;
      afterBlank = false;
      if (inList || indent > 3) return { kind: 'text' };
      const fence = openingFence(text, indent);
      if (fence !== null) {
        afterBlank = true;
        return { kind: 'fence', fence };
      }
      if (separator.test(text)) {
        afterBlank = true;
        return { kind: 'separator' };
      }
      if (text[indent] === '<') {
        const block = htmlBlock(text.slice(indent), wasBlank);
        if (block !== null && !(block.end?.test(text.slice(indent + block.skip)) ?? false)) html = block;
        return { kind: 'text' };
      }
      if (listIndent === 0) listIndent = listItemIndent(text, indent);
      return { kind: 'text' };
    },
  };
}

/** Whether a line closes a fence. */
export function closesFence(line: string, { char, length }: Pick<Fence, 'char' | 'length'>): boolean {
  let at = 0;
  while (at < 3 && line[at] === ' ') at += 1;
  const start = at;
  while (line[at] === char) at += 1;
  return at - start >= length && onlySpaces(line, at);
}

/** The shortest fence of a character that no line of a text closes: at least three. CR counts as a line end too. */
export function fenceLengthFor(text: string, char: '`' | '~'): number {
  let length = 3;
  if (!text.includes(char.repeat(3))) return length;
  const runs = char === '`' ? /(?:^|[\n\r]) {0,3}(`{3,})/g : /(?:^|[\n\r]) {0,3}(~{3,})/g;
  for (let match = runs.exec(text); match !== null; match = runs.exec(text)) length = Math.max(length, match[1]!.length + 1);
  return length;
}

export function openingFence(line: string, indent = leadingSpaces(line)): Fence | null {
  const char = line[indent];
  if (indent > 3 || (char !== '`' && char !== '~')) return null;
  let at = indent;
  while (line[at] === char) at += 1;
  const length = at - indent;
  if (length < 3) return null;
  const info = line.slice(at);
  return char === '`' && info.includes('`') ? null : { char, length, indent, info };
}

const separator = /^ {0,3}<!--[ \t]*cell[ \t]*-->[ \t]*$/;

export function isBlank(line: string): boolean {
  return onlySpaces(line, 0);
}

function onlySpaces(line: string, from: number): boolean {
  for (let at = from; at < line.length; at++) if (line[at] !== ' ' && line[at] !== '\t') return false;
  return true;
}

/** Columns of white space before the text; a tab reaches to the next multiple of four. */
function leadingSpaces(line: string): number {
  let column = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ' ') column += 1;
    else if (line[at] === '\t') column += 4 - (column % 4);
    else break;
  }
  return column;
}

/** Text right under a list item's paragraph goes on with it, wherever it begins. */
function isLazy(line: string, { afterBlank, indent }: { readonly afterBlank: boolean; readonly indent: number }): boolean {
  if (afterBlank) return false;
  const text = line.trimStart();
  return indent <= 3 && openingFence(line, indent) === null && !/^(?:[-+*]|\d{1,9}[.)])(?:\s|$)|^[>#<]|^(?:[-*_][ \t]*){3,}$/.test(text);
}

/** Where the text of a list item that begins on this line begins; 0 when none does. */
function listItemIndent(line: string, indent: number): number {
  const marker = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)/.exec(line.slice(indent, indent + 12));
  if (marker === null || /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,})$/.test(line)) return 0;
  const width = indent + marker[0].length;
  const rest = line.slice(width);
  const spaces = rest.length - rest.trimStart().length;
  return width + (spaces >= 1 && spaces <= 4 && spaces < rest.length ? spaces : 1);
}

const blockTags =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul';
const tagStart = new RegExp(`^</?(?:${blockTags})(?:[\\s/>]|$)`, 'i');
const wholeTag = /^(?:<[a-z][a-z0-9-]*(?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?>|<\/[a-z][a-z0-9-]*\s*>)[ \t]*$/i;

/** The seven kinds of HTML blocks (section 4.6); those of the last two end at a blank line. */
function htmlBlock(text: string, afterBlank: boolean): { readonly end: RegExp | null; readonly close: string; readonly skip: number } | null {
  const raw = /^<(script|pre|style|textarea)(?:[\s>]|$)/i.exec(text);
  if (raw !== null) return { end: /<\/(?:script|pre|style|textarea)>/i, close: `</${raw[1]!.toLowerCase()}>`, skip: 0 };
  // `<!-->` and `<!--->` are whole comments.
  if (text.startsWith('<!--')) return { end: /-->/, close: '-->', skip: 2 };
  if (text.startsWith('<?')) return { end: /\?>/, close: '?>', skip: 0 };
  if (text.startsWith('<![CDATA[')) return { end: /\]\]>/, close: ']]>', skip: 0 };
  if (/^<![a-z]/i.test(text)) return { end: />/, close: '>', skip: 0 };
  if (tagStart.test(text)) return { end: null, close: '', skip: 0 };
  return afterBlank && text.length < 10_000 && wholeTag.test(text) ? { end: null, close: '', skip: 0 } : null;
}
