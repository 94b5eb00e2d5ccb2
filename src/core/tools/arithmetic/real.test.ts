import assert from 'node:assert/strict';
import fc from 'fast-check';
import BigNumber from 'bignumber.js';
import { decimal } from '../../../../test/arithmetic/fraction.ts';
import { add, bounded, CalculationError, constants, divide, floorDivide, isKnown, modulo, multiply, pi, power, real, settled, showReal, subtract, type Real } from './real.ts';

const rounded = (text: string): Real => ({ ...real(text), exact: false });

describe('A number of the calculator', () => {
  const shown: readonly (readonly [number: Real, text: string])[] = [
    [real('0'), '0'],
    [real('-12.50'), '-12.5'],
    [real('1e39'), `1${'0'.repeat(39)}`],
    [real('1e40'), '1e+40'],
    [real('1e-38'), `0.${'0'.repeat(37)}1`],
    [real('1e-39'), '1e-39'],
    [real('1'.repeat(999)), '1'.repeat(999)],
    [real('1'.repeat(1000)), `1.${'1'.repeat(19)}e+999`],
    [rounded('0.33333333333333333333333333'), '0.33333333333333333333'],
    [rounded('66666666666666666666666666.6'), '66666666666666666667000000'],
    [rounded('1e39'), `1${'0'.repeat(39)}`],
    [rounded('1.5e40'), '1.5e+40'],
    [rounded('1.5e-19'), '0.00000000000000000015'],
    [rounded('1.5e-20'), '1.5e-20'],
  ];
  for (const [number, text] of shown) it(`${number.exact ? 'exact' : 'rounded'} ${number.n.toString().slice(0, 30)} is shown as ${text.slice(0, 50)}`, () => assert.equal(showReal(number), text));

  it('that is exact is shown as it is, in as many digits as it has', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.integer({ min: -60, max: 60 }), (digits, exponent) => {
      assert.deepEqual(decimal(showReal(real(`${digits}e${exponent}`))), decimal(`${digits}e${exponent}`));
    }), { numRuns: 300 });
  });

  it('is exact or not as what it is made of', () => {
    const [half, third] = [real('0.5'), divide(real(1), real(3))];
    assert.deepEqual([add(half, half), add(half, third), multiply(half, half), multiply(third, half), divide(half, real(4)), third, subtract(third, third)].map(({ exact }) => exact), [true, false, true, false, true, false, false]);
    assert.deepEqual([power(half, real(3)), power(third, real(3)), power(real(2), half), power(real(4), half), power(real(10), real(-5000)), power(real(3), real(9000))].map(({ exact }) => exact), [true, false, false, true, true, false]);
    assert.deepEqual([constants['pi']!, floorDivide(real(7), real(2)), modulo(real('7.5'), real(2)), floorDivide(third, real('0.1'))].map(({ exact }) => exact), [false, true, true, true]);
  });

  it('has bounds in size and in digits', () => {
    assert.throws(() => bounded(real('1e10001').n, true), (error) => error instanceof CalculationError && /too large/.test(error.message));
    assert.throws(() => bounded(real('1e-10001').n, true), (error) => error instanceof CalculationError && /too small/.test(error.message));
    assert.equal(bounded(real('1'.repeat(2000)).n, true).exact, true);
    const { n, exact } = bounded(real('1'.repeat(2001)).n, true);
    assert.deepEqual([n.precision(), exact], [100, false]);
    assert.equal(Object.is(bounded(real('-0').n, true).n.toNumber(), 0), true);
  });

  it('that was rounded is decided on by 60 digits', () => {
    const nearlyOne = `0.${'9'.repeat(80)}`;
    assert.equal(settled(rounded(nearlyOne)).eq(1), true);
    assert.equal(settled(real(nearlyOne)).eq(1), false);
    assert.equal(isKnown(rounded('1e39')), true);
    assert.equal(isKnown(rounded('1e40')), false);
    assert.equal(isKnown(rounded('1e30'), 10), false);
    assert.equal(isKnown(real('1e500'), 100), true);
  });

  it('that is what two equal ones leave is 0, and one that is added to nothing stays', () => {
    assert.equal(showReal(subtract(rounded('1.23456789'), { n: rounded('1.23456789').n.plus('1e-80'), exact: false })), '0');
    assert.equal(showReal(add(real(0), rounded('1e-80'))), '1e-80');
    assert.equal(showReal(add(rounded('1e-80'), real(0))), '1e-80');
    assert.equal(showReal(subtract(rounded('1e-80'), rounded('3e-80'))), '-2e-80');
  });

  it('is computed with settings of its own', () => {
    const before = BigNumber.config({});
    assert.equal(showReal(divide(real(1), real(7))), '0.14285714285714285714');
    assert.deepEqual(BigNumber.config({}), before);
    assert.equal(new BigNumber(1).div(7).decimalPlaces(), 20);
  });

  it('knows pi in 110 digits', () => {
    // J. Machin, 1706: 16 atan(1/5) - 4 atan(1/239), in whole numbers.
    const scale = 10n ** 120n;
    const arcTangent = (of: bigint): bigint => {
      let [term, sum] = [scale / of, scale / of];
      for (let odd = 3n; term !== 0n; odd += 2n) sum += (term /= -of * of) / odd;
      return sum;
    };
    const digits = String(16n * arcTangent(5n) - 4n * arcTangent(239n));
    assert.equal(pi.toFixed().replace('.', '').slice(0, 111), digits.slice(0, 111));
  });
});
