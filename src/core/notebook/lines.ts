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

function indexOr(text: string, char: string, from: number): number {
  const index = text.indexOf(char, from);
  return index < 0 ? Infinity : index;
}
