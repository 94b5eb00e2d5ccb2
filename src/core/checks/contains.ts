import type { CodeCheck } from './check.ts';
import { argumentProblem, quoted, shorten, subjectText, withLf } from './argument.ts';

/** The answer contains a text, or each of several, letter by letter. The case counts; how line ends are written does not. */
export const contains: CodeCheck<readonly string[]> = {
  name: 'contains',
  doc: 'The answer contains this text, or each of a list of texts. Upper and lower case count.',
  example: 'paper clip',
  argument: 'needed',
  parse: (argument) => {
    const texts: string[] = [];
    for (const item of argument.items ?? [argument]) {
      if (item.source === null || item.source === '') {
        return argumentProblem(item, '`contains` needs a text, or a list of texts, that the answer must contain.');
      }
      texts.push(withLf(item.source));
    }
    if (texts.length === 0) return argumentProblem(argument, '`contains` has an empty list: give at least one text, or take the check out.');
    return { value: texts };
  },
  title: (texts) => `contains: ${shorten(texts.join(', '))}`,
  run: async (texts, subject) => {
    const text = subjectText(subject);
    const missing = texts.filter((wanted) => !text.includes(wanted));
    if (missing.length === 0) return { passed: true, reason: `The answer contains ${list(texts)}.` };
    return { passed: false, reason: `The answer does not contain ${list(missing)}${inAnotherCase(text, missing)}.` };
  },
};

function list(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).map((text) => quoted(text));
  return texts.length > shown.length ? `${shown.join(', ')} and ${texts.length - shown.length} more` : shown.join(' and ');
}

/** Says where only the case is wrong: the commonest near miss. */
function inAnotherCase(text: string, missing: readonly string[]): string {
  if (missing.length !== 1 || text.length > 1_000_000) return '';
  const wanted = missing[0]!.toLowerCase();
  const lower = text.toLowerCase();
  const at = lower.indexOf(wanted);
  // Some letters change their length with their case; then offsets do not carry over.
  if (at < 0 || lower.length !== text.length) return '';
  return ` (it contains ${quoted(text.slice(at, at + wanted.length))}: upper and lower case count)`;
}
