import { fileOffset, positionsIn } from '../notebook/positions.ts';
import type { Program } from '../engine/program.ts';
import type { Severity, Span } from '../problem.ts';

/** A problem and where it stands in the notebook's file. Lines and columns count from 1, columns in UTF-16 units. */
export interface Diagnostic {
  /** Its place among the notebook's cells; null where it is about the file. */
  readonly cell: number | null;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

/** Everything that is wrong with a notebook, in the order of the file. `text` is what it was read from. */
export function diagnose(program: Program, text: string): readonly Diagnostic[] {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const at = positionsIn(body);
  const { cells, problems } = program.notebook;
  const found: { readonly span: Span; readonly diagnostic: Diagnostic }[] = [];
  const add = (cell: number | null, span: Span, { severity, code, message }: Pick<Diagnostic, 'severity' | 'code' | 'message'>): void => {
    const start = at(span.start);
    const end = at(Math.max(span.start, span.end));
    found.push({ span, diagnostic: { cell, line: start.line, column: start.column, endLine: end.line, endColumn: end.column, severity, code, message } });
  };
  for (const problem of problems) add(null, problem.span, problem);
  for (const { cell: index, where, problem } of program.problems) {
    const cell = cells[index]!;
    const start = cell.origin?.offset ?? 0;
    if (where === 'info') add(index, { start, end: start + (/^[^\r\n]*/.exec(cell.origin?.raw ?? '')?.[0].length ?? 0) }, problem);
    else add(index, { start: fileOffset(cell, problem.span.start), end: fileOffset(cell, problem.span.end) }, problem);
  }
  return found.sort((a, b) => a.span.start - b.span.start).map(({ diagnostic }) => diagnostic);
}
