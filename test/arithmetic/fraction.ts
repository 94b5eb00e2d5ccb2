/** Fractions and fixed-point series of whole numbers alone: what the calculator is held against. */
export interface Fraction {
  readonly n: bigint;
  /** Above 0. */
  readonly d: bigint;
}

export class NoValue extends Error {}

export function fraction(n: bigint, d = 1n): Fraction {
  if (d === 0n) throw new NoValue('division by zero');
  const by = (n < 0n ? -1n : 1n) * gcd(n, d) * (d < 0n ? -1n : 1n) * (n < 0n ? -1n : 1n);
  return { n: n / by, d: d / by };
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}

/** A decimal as written, `-12.5e-3`. */
export function decimal(text: string): Fraction {
  const [, sign, whole, part = '', exponent = '0'] = /^(-?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text)!;
  const digits = BigInt(`${sign}${whole}${part}`);
  const power = Number(exponent) - part.length;
  return power >= 0 ? fraction(digits * 10n ** BigInt(power)) : fraction(digits, 10n ** BigInt(-power));
}

export const add = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Fraction, b: Fraction): Fraction => add(a, { n: -b.n, d: b.d });
export const multiply = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.n, a.d * b.d);
export const divide = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d, a.d * b.n);

export function floor({ n, d }: Fraction): bigint {
  return n / d - (n % d < 0n ? 1n : 0n);
}

export function power(a: Fraction, count: number): Fraction {
  const size = BigInt(Math.abs(count));
  return count >= 0 ? fraction(a.n ** size, a.d ** size) : fraction(a.d ** size, a.n ** size);
}

/** Whether a shown decimal is this fraction, rounded to 20 significant digits where it does not end before. */
export function isShown(text: string, value: Fraction): boolean {
  const shown = decimal(text);
  if (value.n === 0n) return shown.n === 0n;
  const off = subtract(shown, value);
  // Half a unit of the 20th digit, and what may be lost before it.
  return (off.n < 0n ? -off.n : off.n) * value.d * 2n * 10n ** 24n <= (value.n < 0n ? -value.n : value.n) * off.d * 100_001n;
}

const one = 10n ** 90n;
const fixed = ({ n, d }: Fraction): bigint => (n * one) / d;
const ofFixed = (value: bigint): Fraction => fraction(value, one);

/** e to the power of a number from -40 to 40, by its series. */
export function exp(value: Fraction): Fraction {
  if (value.n < 0n) return divide(fraction(1n), exp({ n: -value.n, d: value.d }));
  const x = fixed(value);
  let [term, sum] = [one, one];
  for (let index = 1n; term !== 0n; index++) sum += term = (term * x) / one / index;
  return ofFixed(sum);
}

/** Sine and cosine of a number from -10 to 10, by their series. */
export function sineAndCosine(value: Fraction): readonly [Fraction, Fraction] {
  const x = fixed(value);
  let term = one;
  const sums: [bigint, bigint] = [0n, one];
  for (let index = 1; term !== 0n; index++) {
    term = (term * x) / one / BigInt(index);
    sums[index % 2 === 1 ? 0 : 1] += index % 4 >= 2 ? -term : term;
  }
  return [ofFixed(sums[0]), ofFixed(sums[1])];
}

/** Of a number from 0 on, by Newton's method. */
export function squareRoot(value: Fraction): Fraction {
  const square = fixed(value) * one;
  if (square === 0n) return fraction(0n);
  let root = 1n << BigInt(square.toString(2).length / 2 + 1 | 0);
  for (;;) {
    const next = (root + square / root) / 2n;
    if (next >= root) return ofFixed(root);
    root = next;
  }
}
