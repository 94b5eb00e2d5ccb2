import type { CheckArgument, CheckSubject } from './check.ts';
import type { Problem } from '../problem.ts';

/** The problem that a check's argument is no good. */
export function argumentProblem(argument: CheckArgument, message: string): { readonly problem: Problem } {
  return { problem: { code: 'check-argument', severity: 'error', message, span: argument.span } };
}

/** A short text on one line for titles and reasons: white space as single blanks, cut at `length` UTF-16 units. */
export function shorten(text: string, length = 60): string {
  // Only the beginning is looked at, so that a text of megabytes costs nothing.
  const line = text.slice(0, 8 * length).replace(/\s+/gu, ' ').trim();
  const cut = text.length > 8 * length || line.length > length;
  return cut ? `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/u, '').trimEnd()}…` : line;
}

/** The same in double quotes. */
export function quoted(text: string, length = 60): string {
  return `"${shorten(text, length)}"`;
}

/**
 * The text that `contains` and `matches` look at: the answer's text, or its value where that is a text of its own (an `output` of type
 * string). Line ends are LF.
 */
export function subjectText({ text, value }: CheckSubject): string {
  return withLf(typeof value === 'string' ? value : text);
}

export function withLf(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
