/** A line of YAML. */
export interface Line {
  readonly start: number;
  /** Without its line end. */
  readonly text: string;
  readonly indent: number;
  readonly blank: boolean;
}

export interface Key {
  readonly key: string;
  /** Just after its colon, in the line. */
  readonly end: number;
}

export function splitLines(text: string): Line[] {
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
export function dashAt(text: string, position: number): number | null {
  if (text[position] !== '-') return null;
  const after = text[position + 1];
  if (after !== undefined && after !== ' ' && after !== '\t') return null;
  let end = position + 1;
  while (text[end] === ' ' || text[end] === '\t') end++;
  return end;
}

/** The `key:` at `position`: plain, or in quotes. */
export function findKey(text: string, position: number): Key | null {
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

export function closingQuote(text: string, from: number, quote: string): number {
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
export function isOtherScalar(text: string): boolean {
  return /^(?:[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|true|false|null|~)?$/i.test(text.trim());
}

/** Whether nothing but a comment follows. */
export function isEnd(tail: string): boolean {
  return /^[ \t]*$|^[ \t]+#/.test(tail);
}

/** Just after the bracket that closes the one at the position; null when none does. */
export function flowEnd(lines: readonly Line[], from: { readonly index: number; readonly position: number; readonly last: number }): { readonly index: number; readonly position: number } | null {
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
