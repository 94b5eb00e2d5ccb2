import type { Cell } from './types.ts';

/** A place in a text, both from 1; columns are UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns of offsets in a text: one pass over it, then a binary search each. */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [0];
  if (text.includes('\r')) {
    const ends = /\r\n|\n|\r/g;
    while (ends.exec(text) !== null) starts.push(ends.lastIndex);
  } else {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  }
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

/** Where an offset of a cell's text stands in the file (without BOM), for a cell that was read and not changed since. */
export function fileOffset({ origin, text }: Cell, offset: number): number {
  if (origin === undefined) return 0;
  const { raw, textStart } = origin;
  const indent = origin.content.kind === 'code' ? fenceIndent(raw) : 0;
  const at = origin.offset + textStart;
  if (indent === 0 && !raw.includes('\r')) return Math.min(at + offset, origin.offset + raw.length);
  // Line ends may be longer in the file, and each line may be indented as its fence is.
  let file = textStart;
  let line = 0;
  for (;;) {
    let spaces = 0;
    while (spaces < indent && raw[file + spaces] === ' ') spaces += 1;
    const end = text.indexOf('\n', line);
    if (end < 0 || offset <= end) return Math.min(origin.offset + file + spaces + (offset - line), origin.offset + raw.length);
    file += spaces + (end - line);
    file += raw[file] === '\r' && raw[file + 1] === '\n' ? 2 : 1;
    line = end + 1;
  }
}

export function fenceIndent(raw: string): number {
  let indent = 0;
  while (indent < 3 && raw[indent] === ' ') indent += 1;
  return indent;
}
