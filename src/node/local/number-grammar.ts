import { integerAlternatives } from './integer-grammar.ts';

/** What a JSON Schema says of a number's size. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  /** Whether `min` and `max` themselves are left out. */
  readonly aboveMin: boolean;
  readonly belowMax: boolean;
  /** Digits after the point at most; null where nothing is said. */
  readonly places: number | null;
}

/** More digits than these, and two different texts may be the same number. */
const maxDigits = 15;
/** More digits than these, and a multiple of 0.01 may no longer look like one when it is divided. */
const maxStepDigits = 6;
/** Digits that a number has where nothing bounds them: a model would go on writing. */
const freeWhole = 9;
const freePlaces = 6;

/**
 * GBNF for the decimal numbers within bounds, written without exponent; undefined where that takes more digits than can be told
 * apart, null when there is no such number.
 */
export function numberRange({ min, max, aboveMin, belowMax, places }: NumberBounds): string | null | undefined {
  if (min > max || (min === max && (aboveMin || belowMax))) return null;
  const positive = half({ value: Math.max(min, 0), open: min >= 0 && aboveMin }, { value: max, open: belowMax }, places);
  const negative = min >= 0 ? [] : half({ value: Math.max(-max, 0), open: max >= 0 || belowMax }, { value: -min, open: aboveMin }, places);
  if (positive === undefined || negative === undefined) return undefined;
  const parts = [...(negative.length > 0 ? [`"-" (${negative.join(' | ')})`] : []), ...positive];
  return parts.length === 0 ? undefined : `(${parts.join(' | ')})`;
}

interface Bound {
  readonly value: number;
  /** It is left out itself. */
  readonly open: boolean;
}

/** Alternatives for the numbers from `low`, which is not negative, to `high`; undefined where the lower bound is too long. */
function half(low: Bound, high: Bound, places: number | null): readonly string[] | undefined {
  if (high.value < 0 || low.value > high.value || (low.value === high.value && (low.open || high.open))) return [];
  const from = decimal(low.value);
  if (from === undefined) return undefined;
  const most = places === null ? maxDigits : maxStepDigits;
  const highest = upper(high, { from, most, places });
  if (highest === undefined) return undefined;
  const { to, digits } = highest;
  if (to.whole.length < from.whole.length || from.fraction.length > digits || to.whole.length + digits > most) return undefined;
  if (from.whole === to.whole) return withWhole(from.whole, between({ digits: from.fraction, open: low.open }, { digits: to.fraction, open: to.open }, digits));
  const inside = [String(Number(from.whole) + 1), String(Number(to.whole) - 1)] as const;
  const middle = Number(inside[0]) <= Number(inside[1]) ? [`(${integerAlternatives(...inside).join(' | ')})${point(any(digits))}`] : [];
  return [...withWhole(from.whole, atLeast(from.fraction, low.open, digits)), ...middle, ...withWhole(to.whole, atMost(to.fraction, to.open, digits))];
}

interface Upper {
  readonly to: Decimal & { readonly open: boolean };
  /** How many digits may follow the point. */
  readonly digits: number;
}

/** The upper bound as it is written: the greatest that can be written where it is greater, undefined where it is too fine. */
function upper({ value, open }: Bound, { from, most, places }: { readonly from: Decimal; readonly most: number; readonly places: number | null }): Upper | undefined {
  const exact = decimal(value);
  const least = places ?? from.fraction.length;
  if (exact === undefined && value < 10 ** most) return undefined;
  if (exact === undefined || exact.whole.length + least > most) {
    const whole = '9'.repeat(Math.max(1, Math.min(most - least, Math.max(freeWhole, from.whole.length + 1))));
    const digits = places ?? Math.max(least, Math.min(freePlaces, most - whole.length));
    return { to: { whole, fraction: '9'.repeat(digits), open: false }, digits };
  }
  // Beyond the places that are allowed a bound says nothing but that it is not reached.
  if (places !== null) return { to: { whole: exact.whole, fraction: exact.fraction.slice(0, places).replace(/0+$/, ''), open: open && exact.fraction.length <= places }, digits: places };
  return { to: { ...exact, open }, digits: Math.max(least, exact.fraction.length, Math.min(freePlaces, most - exact.whole.length)) };
}

interface Decimal {
  readonly whole: string;
  /** Without zeros at its end. */
  readonly fraction: string;
}

/** A number that is not negative, written out; undefined when that takes too many digits. */
function decimal(value: number): Decimal | undefined {
  if (value === Infinity) return undefined;
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent);
  if (Math.abs(shift) > maxDigits) return undefined;
  const digits = whole + fraction;
  const at = whole.length + shift;
  const written = at <= 0 ? { whole: '0', fraction: '0'.repeat(-at) + digits } : { whole: digits.slice(0, at).padEnd(at, '0'), fraction: digits.slice(at) };
  const result = { whole: written.whole.replace(/^0+(?=\d)/, ''), fraction: written.fraction.replace(/0+$/, '') };
  return result.whole.length + result.fraction.length > maxDigits ? undefined : result;
}

/** Digits after the point: alternatives of one digit at least, and whether there may be none. */
interface Fraction {
  readonly some: readonly string[];
  readonly none: boolean;
}

function any(left: number): Fraction {
  return { some: left > 0 ? [`[0-9]{1,${left}}`] : [], none: true };
}

/** Any digits that are not all zero. */
function notZero(left: number): Fraction {
  return { some: left > 0 ? [`[1-9]${rest(left - 1)}`, ...then(0, notZero(left - 1))] : [], none: false };
}

/** Digits that make no less than these: more than these when `open`. */
function atLeast(digits: string, open: boolean, left: number): Fraction {
  if (digits === '') return open ? notZero(left) : any(left);
  const first = Number(digits[0]);
  return { some: [...(first < 9 ? [`${range(first + 1, 9)}${rest(left - 1)}`] : []), ...then(first, atLeast(digits.slice(1), open, left - 1))], none: false };
}

/** Digits that make no more than these: less than these when `open`. */
function atMost(digits: string, open: boolean, left: number): Fraction {
  if (digits === '') return { some: open || left === 0 ? [] : [`"0"{1,${left}}`], none: !open };
  const first = Number(digits[0]);
  return { some: [...(first > 0 ? [`${range(0, first - 1)}${rest(left - 1)}`] : []), ...then(first, atMost(digits.slice(1), open, left - 1))], none: true };
}

/** The same without zero. */
function aboveZeroAtMost(digits: string, open: boolean, left: number): Fraction {
  if (digits === '') return { some: [], none: false };
  const first = Number(digits[0]);
  return {
    some: [
      ...(first > 0 ? then(0, notZero(left - 1)) : []),
      ...(first > 1 ? [`${range(1, first - 1)}${rest(left - 1)}`] : []),
      ...then(first, (first === 0 ? aboveZeroAtMost : atMost)(digits.slice(1), open, left - 1)),
    ],
    none: false,
  };
}

function between(low: { readonly digits: string; readonly open: boolean }, high: { readonly digits: string; readonly open: boolean }, left: number): Fraction {
  if (low.digits === '') return (low.open ? aboveZeroAtMost : atMost)(high.digits, high.open, left);
  const [first, last] = [Number(low.digits[0]), Number(high.digits[0])];
  const after = { low: { ...low, digits: low.digits.slice(1) }, high: { ...high, digits: high.digits.slice(1) } };
  if (first === last) return { some: then(first, between(after.low, after.high, left - 1)), none: false };
  return {
    some: [
      ...then(first, atLeast(after.low.digits, low.open, left - 1)),
      ...(last - first > 1 ? [`${range(first + 1, last - 1)}${rest(left - 1)}`] : []),
      ...then(last, atMost(after.high.digits, high.open, left - 1)),
    ],
    none: false,
  };
}

/** A digit and what may follow it, as one alternative; none when nothing may. */
function then(digit: number, { some, none }: Fraction): readonly string[] {
  if (some.length === 0) return none ? [`"${digit}"`] : [];
  return [`"${digit}" (${some.join(' | ')})${none ? '?' : ''}`];
}

function withWhole(whole: string, fraction: Fraction): readonly string[] {
  return fraction.some.length === 0 && !fraction.none ? [] : [`"${whole}"${point(fraction)}`];
}

/** The point and the digits after it. */
function point({ some, none }: Fraction): string {
  return some.length === 0 ? '' : ` ("." (${some.join(' | ')}))${none ? '?' : ''}`;
}

function range(from: number, to: number): string {
  return from === to ? `"${from}"` : `[${from}-${to}]`;
}

function rest(left: number): string {
  return left > 0 ? ` [0-9]{0,${left}}` : '';
}
