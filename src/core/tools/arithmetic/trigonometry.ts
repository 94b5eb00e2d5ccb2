import type BigNumber from 'bignumber.js';
import { bounded, CalculationError, divide, multiply, pi, real, settled, squareRoot, subtract, type Real } from './real.ts';

/** The largest angle, in radians: beyond it the digits of pi would run out. */
const maxAngle = 1e30;
/** What is nearer to 0 than this is 0: sin(pi) of a pi that had to be rounded. */
const nothing = 1e-50;
/** Of an angle smaller than this the first 50 digits of sine, tangent and arc tangent are its own (their series go on with its cube). */
const tiny = 1e-25;
const places = 105;

export function sine(a: Real): Real {
  return a.n.abs().lt(tiny) ? asItIs(a) : chopped(sineAndCosine(a.n).sin);
}

export function cosine(a: Real): Real {
  return a.n.isZero() ? real(1) : chopped(sineAndCosine(a.n).cos);
}

export function tangent(a: Real): Real {
  if (a.n.abs().lt(tiny)) return asItIs(a);
  const { sin, cos } = sineAndCosine(a.n);
  if (cos.abs().lt(nothing)) throw new CalculationError('The tangent is not defined here.');
  return divide(chopped(sin), { n: cos, exact: false });
}

function asItIs({ n, exact }: Real): Real {
  return n.isZero() ? real(0) : { n: n.precision(50), exact: exact && n.isZero() };
}

function chopped(n: BigNumber): Real {
  return n.abs().lt(nothing) ? { n: real(0).n, exact: false } : bounded(n, false);
}

/** Taylor series of both, after whole turns have been taken away. */
function sineAndCosine(angle: BigNumber): { sin: BigNumber; cos: BigNumber } {
  if (angle.abs().gt(maxAngle)) throw new CalculationError(`The angle is too large: at most ${maxAngle} radians.`);
  const turn = pi.times(2);
  const rest = angle.minus(turn.times(angle.div(turn).integerValue()));
  let sin = real(0).n;
  let cos = real(1).n;
  let term = real(1).n;
  for (let index = 1; index < 200 && !term.isZero(); index++) {
    term = term.times(rest).div(index).decimalPlaces(places);
    const negative = index % 4 >= 2;
    const part = negative ? term.negated() : term;
    if (index % 2 === 1) sin = sin.plus(part);
    else cos = cos.plus(part);
  }
  return { sin, cos };
}

/** By Newton's method from the 15 digits that the machine knows; each step has twice as many right. */
export function arcTangent(a: Real): Real {
  const x = a.n;
  if (x.abs().lt(tiny)) return asItIs(a);
  if (x.abs().gt(1)) {
    const quarter = { n: x.isNegative() ? pi.div(-2) : pi.div(2), exact: false };
    return subtract(quarter, arcTangent({ n: divide(real(1), a).n, exact: false }));
  }
  let angle = real(String(Math.atan(x.toNumber()))).n;
  for (let step = 0; step < 3; step++) {
    const { sin, cos } = sineAndCosine(angle);
    const miss = x.times(cos).minus(sin).div(cos.plus(x.times(sin)));
    angle = angle.plus(miss).decimalPlaces(places);
  }
  return bounded(angle, false);
}

export function arcSine(a: Real): Real {
  const x = settled(a);
  if (x.abs().gt(1)) throw new CalculationError('asin and acos take numbers from -1 to 1.');
  if (x.abs().eq(1)) return { n: x.times(pi).div(2), exact: false };
  return arcTangent(divide(a, squareRoot(subtract(real(1), multiply(a, a)))));
}

export function arcCosine(a: Real): Real {
  return settled(a).eq(1) ? real(0) : subtract({ n: pi.div(2), exact: false }, arcSine(a));
}
