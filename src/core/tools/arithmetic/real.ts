import BigNumber from 'bignumber.js';

/** Why a calculation has no result, in words for the model that asked for it. */
export class CalculationError extends Error {
  override readonly name = 'CalculationError';
}

/** A number, and whether it is exactly what the expression says or was rounded on the way. */
export interface Real {
  readonly n: BigNumber;
  readonly exact: boolean;
}

/** A constructor of our own: settings made here are felt by nobody else. */
const Big = BigNumber.clone({ DECIMAL_PLACES: 110, ROUNDING_MODE: BigNumber.ROUND_HALF_UP, EXPONENTIAL_AT: 1e9, RANGE: 1e9 });

/** Digits that rounded numbers carry inside; results are shown with {@link shownDigits}. */
const workDigits = 60;
const guardDigits = 100;
export const shownDigits = 20;
/** Exact numbers of more digits are rounded. */
const maxExactDigits = 2000;
/** The largest power of ten. */
const maxExponent = 10_000;

export const pi = new Big('3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651');
const eulersNumber = new Big('2.71828182845904523536028747135266249775724709369995957496696762772407663035354759457138217852516642742746');
const ln10 = new Big('2.302585092994045684017991454684364207601101488628772976033327900967572609677352480235997205089598298341967784');

export const constants: Readonly<Record<string, Real>> = {
  pi: { n: pi, exact: false },
  e: { n: eulersNumber, exact: false },
  tau: { n: pi.times(2), exact: false },
};

export function real(text: string | number): Real {
  return { n: new Big(text), exact: true };
}

function exponentOf(n: BigNumber): number {
  return n.isZero() ? 0 : n.e!;
}

/** Keeps numbers within bounds: size by an error, digits by rounding. */
export function bounded(n: BigNumber, exact: boolean): Real {
  if (n.isZero()) return { n: new Big(0), exact };
  const exponent = exponentOf(n);
  if (exponent > maxExponent) throw new CalculationError(`The result is too large: it has more than ${maxExponent} digits before the decimal point.`);
  if (exponent < -maxExponent) throw new CalculationError(`The result is too small: it is nearer to 0 than 1e-${maxExponent}.`);
  if (!exact) return { n: n.precision(guardDigits), exact };
  return n.precision() > maxExactDigits ? { n: n.precision(guardDigits), exact: false } : { n, exact };
}

/** What steps are decided on: a number that was rounded may have come out as 0.99…9 for 1. */
export function settled({ n, exact }: Real): BigNumber {
  return exact ? n : n.precision(workDigits);
}

export function add(a: Real, b: Real): Real {
  return bounded(a.n.plus(b.n), a.exact && b.exact);
}

export function negate(a: Real): Real {
  return { n: a.n.negated(), exact: a.exact };
}

export function subtract(a: Real, b: Real): Real {
  const { n, exact } = add(a, negate(b));
  // What is left of two rounded numbers that are equal is the rounding.
  const size = Math.max(exponentOf(a.n), exponentOf(b.n));
  return !exact && !n.isZero() && exponentOf(n) < size - workDigits ? { n: new Big(0), exact } : { n, exact };
}

export function multiply(a: Real, b: Real): Real {
  return bounded(a.n.times(b.n), a.exact && b.exact);
}

export function divide(a: Real, b: Real): Real {
  if (settled(b).isZero()) throw new CalculationError('Division by zero.');
  if (a.n.isZero()) return { n: a.n, exact: a.exact };
  // The quotient of numbers of the same size needs no more places than it shall have digits.
  const exponent = exponentOf(a.n) - exponentOf(b.n);
  const quotient = a.n.shiftedBy(-exponent).div(b.n).shiftedBy(exponent);
  const exact = a.exact && b.exact && quotient.times(b.n).eq(a.n);
  return bounded(quotient, exact);
}

/** The remainder of division rounded down, with the sign of the divisor: -7 mod 3 is 2, as in mathematics and Python. */
export function modulo(a: Real, b: Real): Real {
  return subtract(a, multiply(b, floorDivide(a, b)));
}

export function floorDivide(a: Real, b: Real): Real {
  const quotient = divide(a, b);
  return { n: settled(quotient).integerValue(BigNumber.ROUND_FLOOR), exact: a.exact && b.exact };
}

export function power(base: Real, exponent: Real): Real {
  const count = settled(exponent);
  if (count.isZero()) return real(1);
  if (base.n.isZero()) {
    if (count.isNegative()) throw new CalculationError('Division by zero: 0 to a negative power.');
    return base;
  }
  const size = count.abs().times(logSize(base.n));
  if (size.gt(maxExponent)) {
    throw new CalculationError(`The result of the power is ${base.n.abs().gt(1) === count.isPositive() ? 'too large' : 'too small'}: more than ${maxExponent} digits.`);
  }
  if (count.isInteger()) return wholePower(base, count, exponent.exact);
  if (base.n.isNegative()) throw new CalculationError('A negative number has no real power with a fraction as exponent. For roots there are sqrt and cbrt.');
  if (base.n.eq(1) && base.exact) return base;
  const half = count.eq(0.5) ? squareRoot(base) : null;
  return half?.exact ? half : exponential(multiply({ ...exponent, n: count }, logarithm(base)));
}

/** About how many digits a power grows by for each time it is multiplied: |log10|. */
function logSize(n: BigNumber): number {
  const exponent = exponentOf(n);
  return Math.abs(exponent + Math.log10(n.abs().shiftedBy(-exponent).toNumber()));
}

function wholePower(base: Real, count: BigNumber, exactCount: boolean): Real {
  const digits = base.n.precision();
  const exact = base.exact && exactCount && count.abs().times(digits).lte(maxExactDigits);
  if (count.abs().gt(1e15) && !base.n.abs().eq(1)) return signed(exponential(multiply({ n: count, exact: true }, logarithm({ ...base, n: base.n.abs() }))), base.n, count);
  let result = real(1);
  let square: Real = exact ? base : { n: base.n, exact: false };
  for (let rest = count.abs(); rest.gt(0); rest = rest.idiv(2)) {
    if (rest.mod(2).eq(1)) result = multiply(result, square);
    if (rest.gt(1)) square = multiply(square, square);
  }
  return count.isNegative() ? divide(real(1), result) : result;
}

function signed(result: Real, base: BigNumber, count: BigNumber): Real {
  return base.isNegative() && count.mod(2).abs().eq(1) ? negate(result) : result;
}

export function squareRoot(a: Real): Real {
  const n = settled(a);
  if (n.isNegative() && !n.isZero()) throw new CalculationError('The square root of a negative number is not a real number.');
  if (n.isZero()) return a;
  const half = Math.floor(exponentOf(n) / 2);
  const root = a.n.shiftedBy(-2 * half).sqrt().shiftedBy(half);
  return bounded(root, a.exact && root.times(root).eq(a.n));
}

export function cubeRoot(a: Real): Real {
  if (a.n.isZero()) return a;
  const size = exponential(divide(logarithm({ ...a, n: a.n.abs() }), real(3))).n;
  const near = size.precision(workDigits);
  const exact = a.exact && near.times(near).times(near).eq(a.n.abs());
  const root = { n: exact ? near : size, exact };
  return a.n.isNegative() ? negate(root) : root;
}

/** e to the power of a, by the Taylor series of what is left after powers of ten are taken out. */
export function exponential(a: Real): Real {
  if (a.n.isZero()) return real(1);
  const tens = a.n.div(ln10).integerValue(BigNumber.ROUND_HALF_EVEN);
  if (tens.abs().gt(maxExponent)) throw new CalculationError(`The result is too ${tens.isPositive() ? 'large' : 'small'}: more than ${maxExponent} digits.`);
  // Halved eight times, the rest is below 0.005 and each term brings at least two digits.
  const rest = a.n.minus(tens.times(ln10)).div(256);
  let term = new Big(1);
  let sum = new Big(1);
  for (let index = 1; index < 100 && !term.isZero(); index++) {
    term = term.times(rest).div(index).decimalPlaces(guardDigits + 5);
    sum = sum.plus(term);
  }
  for (let index = 0; index < 8; index++) sum = sum.times(sum).precision(guardDigits + 5);
  return bounded(sum.shiftedBy(tens.toNumber()), false);
}

/** The natural logarithm, by Halley's method: each step has three times as many digits right. */
export function logarithm(a: Real): Real {
  const n = settled(a);
  if (n.isZero() || n.isNegative()) throw new CalculationError('The logarithm of 0 or of a negative number is not a real number.');
  if (a.exact && n.eq(1)) return real(0);
  const exponent = exponentOf(a.n);
  const digits = a.n.shiftedBy(-exponent);
  let guess = new Big(Math.log(digits.toNumber()));
  for (let step = 0; step < 3; step++) {
    const power = exponential({ n: guess, exact: false }).n;
    guess = guess.plus(digits.minus(power).times(2).div(digits.plus(power))).decimalPlaces(guardDigits + 5);
  }
  return bounded(guess.plus(ln10.times(exponent)), false);
}

/** The logarithm to a base; whole where it is, so that log10(1000) is 3. */
export function logarithmTo(a: Real, base: Real): Real {
  if (settled(base).eq(1)) throw new CalculationError('There is no logarithm to the base 1.');
  const result = divide(logarithm(a), logarithm(base));
  const whole = result.n.precision(workDigits);
  if (!whole.isInteger() || whole.abs().gt(maxExponent)) return result;
  const back = power(base, { n: whole, exact: true });
  return back.exact && a.exact && back.n.eq(a.n) ? { n: whole, exact: true } : result;
}

/** A result as text: exact ones in full up to 1,000 characters, others rounded to {@link shownDigits} significant digits. */
export function showReal({ n, exact }: Real): string {
  const exponent = exponentOf(n);
  if (exact && exponent < 1000 && exponent > -1000) {
    const text = n.toFixed();
    if (text.length <= 1000) return text;
  }
  const rounded = n.precision(shownDigits);
  return exponent >= 40 || exponent <= -20 ? rounded.toExponential() : rounded.toFixed();
}
