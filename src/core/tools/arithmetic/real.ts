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
/** Results have at most this many characters; those of up to {@link plainLength} are written without a power of ten. */
const maxShown = 1000;
const plainLength = 40;
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

/** Whether the digit at `places` decimal places is known. Of a large number that was rounded even the units are not. */
export function isKnown({ n, exact }: Real, places = 0): boolean {
  return exact || exponentOf(n) + places < workDigits - shownDigits;
}

export function add(a: Real, b: Real): Real {
  const exact = a.exact && b.exact;
  const n = a.n.plus(b.n);
  if (a.n.isZero() || b.n.isZero()) return bounded(n, exact);
  // What is left of two rounded numbers that are equal is the rounding.
  const size = Math.max(exponentOf(a.n), exponentOf(b.n));
  return !exact && !n.isZero() && exponentOf(n) < size - workDigits ? { n: new Big(0), exact } : bounded(n, exact);
}

export function negate(a: Real): Real {
  return { n: a.n.negated(), exact: a.exact };
}

export function subtract(a: Real, b: Real): Real {
  return add(a, negate(b));
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
  if (settled(b).isZero()) throw new CalculationError('Division by zero.');
  if (a.exact && b.exact) return bounded(a.n.minus(floorQuotient(a.n, b.n).times(b.n)), true);
  const quotient = floorDivide(a, b);
  if (!isKnown({ n: quotient.n, exact: false })) throw new CalculationError('The remainder is not known: the numbers were rounded to 100 digits before it.');
  return subtract(a, multiply(b, quotient));
}

export function floorDivide(a: Real, b: Real): Real {
  if (settled(b).isZero()) throw new CalculationError('Division by zero.');
  if (a.exact && b.exact) return bounded(floorQuotient(a.n, b.n), true);
  const quotient = divide(a, b);
  return isKnown(quotient) ? bounded(settled(quotient).integerValue(BigNumber.ROUND_FLOOR), true) : quotient;
}

/** Exact, however many digits the quotient has. */
function floorQuotient(a: BigNumber, b: BigNumber): BigNumber {
  const quotient = a.idiv(b);
  const rest = a.minus(quotient.times(b));
  return !rest.isZero() && rest.isNegative() !== b.isNegative() ? quotient.minus(1) : quotient;
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
  const exact = base.exact && exactCount;
  if (base.n.abs().eq(1)) return { n: signed(new Big(1), base.n, count), exact };
  // The digits of a decimal as a whole number: those of its power are known before it is computed.
  const digits = base.n.abs().shiftedBy(base.n.precision() - 1 - exponentOf(base.n));
  if (exact && count.abs().times(logSize(digits)).lte(maxExactDigits)) return exactPower(base.n, digits, count);
  if (count.abs().gt(1e15)) {
    const size = exponential(multiply({ n: count, exact: true }, logarithm({ ...base, n: base.n.abs() })));
    return { n: signed(size.n, base.n, count), exact: false };
  }
  let result: Real = { n: new Big(1), exact: false };
  let square: Real = { n: base.n, exact: false };
  for (let rest = BigInt(count.abs().toFixed()); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square);
    if (rest > 1n) square = multiply(square, square);
  }
  return count.isNegative() ? divide(real(1), result) : result;
}

function exactPower(base: BigNumber, digits: BigNumber, count: BigNumber): Real {
  const times = count.abs();
  const ends = (exponentOf(base) + 1 - base.precision()) * times.toNumber();
  // A power of ten has one digit, however often it is multiplied.
  const whole = digits.eq(1) ? new Big(1) : new Big(String(BigInt(digits.toFixed()) ** BigInt(times.toFixed())));
  const result = bounded(signed(whole.shiftedBy(ends), base, times), true);
  return count.isNegative() ? divide(real(1), result) : result;
}

function signed(size: BigNumber, base: BigNumber, count: BigNumber): BigNumber {
  return base.isNegative() && count.mod(2).abs().eq(1) ? size.negated() : size;
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

/**
 * A result as text: exact ones in full up to {@link maxShown} characters, others rounded to {@link shownDigits} significant digits.
 * Long rows of zeros are written as a power of ten.
 */
export function showReal({ n, exact }: Real): string {
  const exponent = exponentOf(n);
  if (exact && n.precision() < maxShown) {
    const scientific = n.toExponential();
    const plain = Math.abs(exponent) < maxShown ? n.toFixed() : null;
    if (plain !== null && plain.length <= Math.max(plainLength, scientific.length)) return plain;
    if (scientific.length <= maxShown) return scientific;
  }
  const rounded = n.precision(shownDigits);
  return exponent >= plainLength || exponent <= -20 ? rounded.toExponential() : rounded.toFixed();
}
