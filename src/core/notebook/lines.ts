import type { Eol } from './types.ts';

/** A line of a text: from `start` to `end` without its line end; the next one begins at `next`. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

export interface LineReader {
  /** null after the last line. A text that ends with a line end has no empty line after it. */
  next(): Line | null;
  /** Goes on with the line after the one that ends at `end`. */
  skipTo(end: number): void;
}

/** Goes through the lines of a text, whose ends are LF, CRLF or CR, also mixed. */
export function lineReader(text: string, hasCr = text.includes('\r')): LineReader {
  let at = 0;
  // The next CR at or after `at`, looked up once for all the lines before it.
  let cr = hasCr ? -1 : Infinity;
  const find = (from: number): Line => {
    if (cr < from) cr = indexOr(text, '\r', from);
    const lf = indexOr(text, '\n', from);
    const end = Math.min(cr, lf);
    if (end === Infinity) return { start: from, end: text.length, next: text.length };
    return { start: from, end, next: end === cr && lf === cr + 1 ? end + 2 : end + 1 };
  };
  return {
    next() {
      if (at >= text.length) return null;
      const line = find(at);
      at = line.next;
      return line;
    },
    skipTo(end) {
      at = find(end).next;
    },
  };
}

/** The line end that a text has most of, CRLF before CR before LF where there are as many; null where it has none. */
export function commonestEol(text: string): Eol | null {
  if (!text.includes('\r')) return text.includes('\n') ? '\n' : null;
  const counts = { '\n': 0, '\r\n': 0, '\r': 0 };
  const lines = lineReader(text, true);
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line.next > line.end) counts[text.slice(line.end, line.next) as Eol] += 1;
  }
  if (counts['\r\n'] >= counts['\n'] && counts['\r\n'] >= counts['\r']) return '\r\n';
  return counts['\r'] >= counts['\n'] ? '\r' : '\n';
}

function indexOr(text: string, char: string, from: number): number {
  const index = text.indexOf(char, from);
  return index < 0 ? Infinity : index;
}
