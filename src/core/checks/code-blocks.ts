export interface CodeBlock {
  /** The info string, trimmed: `json`. */
  readonly info: string;
  /** What stands between the fences, lines joined by LF. */
  readonly content: string;
  readonly closed: boolean;
  /** Number of the opening fence's line, from 1. */
  readonly line: number;
}

export interface MarkdownParts {
  readonly blocks: readonly CodeBlock[];
  /** Lines outside of every block that hold more than white space; `line` counts from 1. */
  readonly outside: readonly { readonly text: string; readonly line: number }[];
}

const opening = /^ {0,3}(?:(`{3,})([^`]*)|(~{3,})(.*))$/s;

/**
 * The fenced code blocks of a Markdown text, as CommonMark 0.31 reads fences at the top level: up to three blanks of indentation, three or
 * more backticks or tildes; closed by at least as many of the same with nothing after them. Shorter fences and fences of the other
 * character inside are content. One pass, in linear time.
 */
export function codeBlocks(text: string): MarkdownParts {
  const blocks: CodeBlock[] = [];
  const outside: { text: string; line: number }[] = [];
  let open: { fence: string; info: string; line: number; lines: string[] } | null = null;
  const lines = text.split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    if (open === null) {
      const found = fenceAt(line);
      if (found) open = { ...found, line: index + 1, lines: [] };
      else if (line.trim() !== '') outside.push({ text: line, line: index + 1 });
    } else if (closes(line, open.fence)) {
      blocks.push({ info: open.info, content: open.lines.join('\n'), closed: true, line: open.line });
      open = null;
    } else open.lines.push(line);
  }
  if (open !== null) blocks.push({ info: open.info, content: open.lines.join('\n'), closed: false, line: open.line });
  return { blocks, outside };
}

function fenceAt(line: string): { fence: string; info: string } | null {
  const found = opening.exec(line);
  if (!found) return null;
  return { fence: (found[1] ?? found[3])!, info: (found[2] ?? found[4] ?? '').trim() };
}

function closes(line: string, fence: string): boolean {
  // Looked at letter by letter: a line of megabytes must not make a regular expression walk back and forth.
  let at = 0;
  while (at < 3 && line[at] === ' ') at++;
  const start = at;
  while (line[at] === fence[0]) at++;
  if (at - start < fence.length) return false;
  while (line[at] === ' ' || line[at] === '\t') at++;
  return at === line.length;
}
