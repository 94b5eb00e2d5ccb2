import BigNumber from 'bignumber.js';
import { add, bounded, CalculationError, cubeRoot, divide, exponential, isKnown, logarithm, logarithmTo, modulo, multiply, negate, power, real, settled, squareRoot, type Real } from './real.ts';
import { arcCosine, arcSine, arcTangent, cosine, sine, tangent } from './trigonometry.ts';

export interface MathFunction {
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  apply(args: readonly Real[]): Real;
}

/** The largest whole number whose factorial is given: 1,000! has 2,568 digits. */
const maxFactorial = 1000;
/** Whole numbers for gcd and lcm have at most this many digits. */
const maxWholeDigits = 2000;
const maxPlaces = 100;

/** What may be called in an expression. Angles are in radians; `log` is to the base 10 unless a base is given. */
export const functions: Readonly<Record<string, MathFunction>> = {
  abs: one((a) => (a.n.isNegative() ? negate(a) : a)),
  acos: one(arcCosine),
  asin: one(arcSine),
  atan: one(arcTangent),
  cbrt: one(cubeRoot),
  ceil: one((a) => rounded(a, BigNumber.ROUND_CEIL)),
  cos: one(cosine),
  exp: one(exponential),
  factorial: one(factorial),
  floor: one((a) => rounded(a, BigNumber.ROUND_FLOOR)),
  gcd: several((args) => args.reduce(gcd)),
  lcm: several((args) => args.reduce(lcm)),
  ln: one(logarithm),
  log: { least: 1, most: 2, apply: ([a, base]) => logarithmTo(a!, base ?? real(10)) },
  log10: one((a) => logarithmTo(a, real(10))),
  log2: one((a) => logarithmTo(a, real(2))),
  max: several((args) => args.reduce((a, b) => (b.n.gt(a.n) ? b : a))),
  mean: several((args) => divide(args.reduce(add), real(args.length))),
  min: several((args) => args.reduce((a, b) => (b.n.lt(a.n) ? b : a))),
  mod: { least: 2, most: 2, apply: ([a, b]) => modulo(a!, b!) },
  pow: { least: 2, most: 2, apply: ([a, b]) => power(a!, b!) },
  round: { least: 1, most: 2, apply: ([a, places]) => rounded(a!, BigNumber.ROUND_HALF_UP, places) },
  sign: one((a) => real(settled(a).isZero() ? 0 : a.n.isNegative() ? -1 : 1)),
  sin: one(sine),
  sqrt: one(squareRoot),
  sum: several((args) => args.reduce(add)),
  tan: one(tangent),
  trunc: one((a) => rounded(a, BigNumber.ROUND_DOWN)),
};

function one(apply: (a: Real) => Real): MathFunction {
  return { least: 1, most: 1, apply: ([a]) => apply(a!) };
}

function several(apply: (args: readonly Real[]) => Real): MathFunction {
  return { least: 1, most: 1000, apply };
}

/** To whole numbers, or to decimal places. Half is rounded away from zero, as at school. */
function rounded(a: Real, mode: BigNumber.RoundingMode, places: Real = real(0)): Real {
  const count = settled(places);
  if (!count.isInteger() || count.abs().gt(maxPlaces)) {
    throw new CalculationError(`round takes a whole number of decimal places, from -${maxPlaces} to ${maxPlaces}, as its second argument. Thousands in the first are written without a comma.`);
  }
  const scale = count.toNumber();
  // What was rounded already has no such digits to round.
  if (!isKnown(a, scale)) return a;
  return { n: settled(a).shiftedBy(scale).integerValue(mode).shiftedBy(-scale), exact: true };
}

export function factorial(a: Real): Real {
  const count = settled(a);
  if (!count.isInteger() || count.isNegative()) throw new CalculationError('A factorial is taken of whole numbers from 0 on.');
  if (count.gt(maxFactorial)) throw new CalculationError(`A factorial is taken of numbers up to ${maxFactorial}.`);
  let result = 1n;
  for (let factor = BigInt(count.toFixed()); factor > 1n; factor--) result *= factor;
  return bounded(real(String(result)).n, true);
}

function gcd(a: Real, b: Real): Real {
  let [x, y] = [whole(a), whole(b)];
  while (y !== 0n) [x, y] = [y, x % y];
  return real(String(x));
}

function lcm(a: Real, b: Real): Real {
  const [x, y] = [whole(a), whole(b)];
  if (x === 0n || y === 0n) return real(0);
  return multiply(real(String(x / BigInt(gcd(a, b).n.toFixed()))), real(String(y)));
}

function whole(a: Real): bigint {
  const n = settled(a).abs();
  if (!n.isInteger()) throw new CalculationError('gcd and lcm take whole numbers.');
  if (!isKnown(a)) throw new CalculationError('gcd and lcm take exact numbers, and this one was rounded.');
  if (!n.isZero() && n.e! > maxWholeDigits) throw new CalculationError(`gcd and lcm take numbers of at most ${maxWholeDigits} digits.`);
  return BigInt(n.toFixed());
}
