import type { Fix, Problem, Severity, Span } from '../problem.ts';

/** Collects the problems of one text, up to a bound, so that hostile text cannot make more problems than anyone can read. */
export interface ProblemList {
  readonly problems: readonly Problem[];
  add(code: string, message: string, at: Span & { readonly severity?: Severity; readonly fix?: Fix }): void;
}

const most = 200;

/** A list that moves what it is given by `offset`. */
export function problemList(offset = 0): ProblemList {
  const problems: Problem[] = [];
  const move = ({ start, end }: Span): Span => ({ start: start + offset, end: end + offset });
  return {
    problems,
    add(code, message, at) {
      if (problems.length > most) return;
      const { severity = 'error', fix } = at;
      if (problems.length === most) {
        problems.push({ code: 'more-problems', severity, message: `There are more than ${most} problems; the rest is not listed.`, span: move(at) });
        return;
      }
      problems.push({ code, severity, message, span: move(at), ...(fix && { fix: { ...fix, span: move(fix.span) } }) });
    },
  };
}
