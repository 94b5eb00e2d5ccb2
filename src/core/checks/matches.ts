import type { CodeCheck } from './check.ts';
import { argumentProblem, quoted, shorten, subjectText } from './argument.ts';

export interface Pattern {
  readonly pattern: string;
  readonly flags: string;
  /** As written. */
  readonly written: string;
}

/** The longest pattern, in UTF-16 units: engines compile long ones slowly. */
const maxLength = 2000;

/** A JavaScript regular expression matches somewhere in the answer; written bare or as `/…/flags`. Run with a limit of time. */
export const matches: CodeCheck<Pattern> = {
  name: 'matches',
  doc: 'A regular expression (JavaScript syntax, bare or as `/…/flags`) matches somewhere in the answer; `^` and `$` tie it to the ends.',
  example: '/^[0-9]+$/',
  argument: 'needed',
  parse: (argument) => {
    const { source } = argument;
    if (source === null) {
      return argumentProblem(argument, '`matches` needs one regular expression. One that begins with `[` or `{` is YAML of its own: write it in single quotes.');
    }
    if (source === '') return argumentProblem(argument, '`matches` needs a regular expression; an empty one would match everything.');
    if (source.length > maxLength) return argumentProblem(argument, `The regular expression is ${source.length} characters long; at most ${maxLength} are allowed.`);
    const { pattern, flags } = readPattern(source);
    const wrong = [...flags].find((flag, index) => !'dgimsuvy'.includes(flag) || flags.indexOf(flag) !== index);
    if (wrong !== undefined) {
      return argumentProblem(argument, `\`${wrong}\` is no flag of a regular expression here, or stands there twice: there are \`i\`, \`m\`, \`s\`, \`u\`, \`v\` and \`y\`. Slashes that belong to the pattern are written \`\\/\`.`);
    }
    try {
      new RegExp(pattern, flags);
    } catch (error) {
      return argumentProblem(argument, `This is not a regular expression: ${syntaxMessage(error)}.`);
    }
    return { value: { pattern, flags, written: source } };
  },
  title: ({ written }) => `matches: ${shorten(written)}`,
  run: async ({ pattern, flags, written }, subject, context) => {
    const text = subjectText(subject).trim();
    const passed = await context.matches(pattern, flags, text, context.signal);
    return { passed, reason: passed ? `The answer matches ${shorten(written)}.` : `The answer, ${quoted(text)}, does not match ${shorten(written)}.` };
  },
};

/** `/pattern/flags`, else the whole as a pattern without flags. `g` and `d` change nothing about whether it matches. */
function readPattern(source: string): { pattern: string; flags: string } {
  const delimited = /^\/(.+)\/([a-z]*)$/su.exec(source);
  if (!delimited) return { pattern: source, flags: '' };
  return { pattern: delimited[1]!, flags: delimited[2]!.replace(/[dg]/g, '') };
}

/** The engine's own words without the pattern, which stands in the text already. */
function syntaxMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(message.lastIndexOf(': ') + 2).replace(/^Invalid/, 'invalid').replace(/\.$/, '');
}
