/** A half-open range of UTF-16 offsets into the text that was parsed. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Severity = 'error' | 'warning' | 'info';

/** Something wrong with a text that a person wrote. A cell with a problem of severity `error` is not sent. */
export interface Problem {
  /** Stable, kebab-case; what tests and editors tell problems apart by. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence: what is wrong, and what to do where that fits. */
  readonly message: string;
  readonly span: Span;
  /** A replacement that repairs it, offered as a quick fix. */
  readonly fix?: Fix;
}

export interface Fix {
  readonly title: string;
  readonly span: Span;
  readonly text: string;
}

/** The same problem, seen from a text that begins `offset` UTF-16 units earlier. */
export function shiftProblem(problem: Problem, offset: number): Problem {
  const shift = (span: Span): Span => ({ start: span.start + offset, end: span.end + offset });
  return {
    ...problem,
    span: shift(problem.span),
    ...(problem.fix && { fix: { ...problem.fix, span: shift(problem.fix.span) } }),
  };
}
