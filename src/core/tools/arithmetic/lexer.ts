import { CalculationError } from './real.ts';

export interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'end';
  /** A number without separators; an operator in its plain form. */
  readonly text: string;
  /** As written, for messages. */
  readonly written: string;
  /** Place of the first character, from 1. */
  readonly position: number;
  /** Whether a blank stands before it. */
  readonly spaced: boolean;
}

const maxDigits = 1000;
const plainForms: Readonly<Record<string, string>> = { '×': '*', '·': '*', '∙': '*', '⋅': '*', '÷': '/', '−': '-', '–': '-', '**': '^' };

/** A parenthesis that is open: of a function, where a comma separates arguments, or around a part, where it groups thousands. */
interface Open {
  readonly call: boolean;
  /** Commas between a digit and exactly three digits; commas before a blank. Both together can be read in two ways. */
  tight: Token | null;
  spaced: boolean;
}

/** Splits an expression into tokens; the last one is `end`. @throws CalculationError at what belongs to no expression. */
export function tokens(expression: string): readonly Token[] {
  const list: Token[] = [];
  const opened: Open[] = [];
  let at = 0;
  while (at < expression.length) {
    const rest = expression.slice(at, at + maxDigits + 100);
    const blank = /^\s+/.exec(rest);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const scope = opened.at(-1);
    const written = tokenText(rest, { call: scope?.call ?? false, position: at + 1 });
    const token = { ...toToken(written, at + 1), spaced: at > 0 && /\s/.test(expression[at - 1]!) };
    if (written === '(') opened.push({ call: list.at(-1)?.kind === 'name', tight: null, spaced: false });
    if (written === ')') opened.pop();
    if (written === ',' && scope?.call) noteComma(scope, token, { before: expression[at - 1] ?? '', after: rest.slice(1, 5) });
    list.push(token);
    at += written.length;
  }
  list.push({ kind: 'end', text: '', written: 'the end', position: expression.length + 1, spaced: false });
  return list;
}

function tokenText(rest: string, { call, position }: { call: boolean; position: number }): string {
  const grouped = call ? null : /^\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(rest);
  const number = grouped ?? /^(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest);
  if (number) {
    if (/^0\d*,/.test(number[0])) throw new CalculationError(`"${number[0]}" at position ${position} is not a number: use a point for decimals.`);
    if (!call && rest[number[0].length] === ',') throw new CalculationError(`The comma at position ${position + number[0].length} does not group thousands: use a point for decimals, and commas only as in 1,234,567 or between the arguments of a function.`);
    return number[0];
  }
  const name = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(rest);
  if (name) return name[0];
  const operator = /^(?:\*\*|\/\/|[-+*/%^!(),×·∙⋅÷−–])/u.exec(rest);
  if (operator) return operator[0];
  const char = String.fromCodePoint(rest.codePointAt(0)!);
  throw new CalculationError(`Unexpected ${JSON.stringify(char)} at position ${position}: only numbers, operators, parentheses and names of functions are allowed, no units or signs of currencies.`);
}

function toToken(written: string, position: number): Omit<Token, 'spaced'> {
  if (/^[\d.]/.test(written)) {
    const text = written.replace(/[,_]/g, '');
    if (text.length > maxDigits) throw new CalculationError(`The number at position ${position} has more than ${maxDigits} digits.`);
    if (Math.abs(Number(/[eE]([+-]?\d+)$/.exec(text)?.[1] ?? 0)) > maxDigits * 10) throw new CalculationError(`The exponent of the number at position ${position} is too large.`);
    return { kind: 'number', text: text.replace(/\.(?!\d)/, ''), written, position };
  }
  if (/^[\p{L}_]/u.test(written)) return { kind: 'name', text: written === 'π' ? 'pi' : written.toLowerCase(), written, position };
  return { kind: 'operator', text: plainForms[written] ?? written, written, position };
}

function noteComma(scope: Open, token: Token, { before, after }: { before: string; after: string }): void {
  if (/\d/.test(before) && /^\d{3}(?!\d)/.test(after)) scope.tight ??= token;
  else scope.spaced ||= /^\s/.test(after);
  // Nobody writes the number 0 as 000: there the comma groups thousands.
  if (scope.tight !== null && (scope.spaced || /^0/.test(after))) {
    throw new CalculationError(`The comma at position ${scope.tight.position} could group thousands or separate arguments. Write numbers without commas.`);
  }
}
