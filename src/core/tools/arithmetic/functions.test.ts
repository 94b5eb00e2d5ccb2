import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decimal, exp, fraction, isShown, squareRoot } from '../../../../test/arithmetic/fraction.ts';
import { CalculationError } from './real.ts';
import { evaluate } from './evaluate.ts';
import { functions } from './functions.ts';

describe('The functions of the calculator', () => {
  // First digits as tables of constants have them.
  const rows: readonly (readonly [expression: string, result: string])[] = [
    ['abs(-3.5)', '3.5'],
    ['ceil(-1.5)', '-1'],
    ['ceil(1.2)', '2'],
    ['floor(-1.5)', '-2'],
    ['trunc(-1.5)', '-1'],
    ['trunc(1.9)', '1'],
    ['round(2.5)', '3'],
    ['round(-2.5)', '-3'],
    ['round(0.49999999999999999999)', '0'],
    ['round(2.675, 2)', '2.68'],
    ['round(1234, -2)', '1200'],
    ['round(1/3, 5)', '0.33333'],
    ['round(1/3*3)', '1'],
    ['floor(1/3*3)', '1'],
    ['floor(sqrt(2)^2)', '2'],
    ['round(1e50/3)', '3.3333333333333333333e+49'],
    ['cbrt(27)', '3'],
    ['cbrt(-0.008)', '-0.2'],
    ['cbrt(2)', '1.2599210498948731648'],
    ['cbrt(0)', '0'],
    ['sqrt(2)', '1.4142135623730950488'],
    ['sqrt(3)', '1.7320508075688772935'],
    ['sqrt(0.0625)', '0.25'],
    ['sqrt(1e-100)', '1e-50'],
    ['sqrt(0)', '0'],
    ['(1 + sqrt(5)) / 2', '1.6180339887498948482'],
    ['exp(0)', '1'],
    ['exp(1)', '2.7182818284590452354'],
    ['exp(-1)', '0.36787944117144232160'],
    ['e^pi', '23.140692632779269006'],
    ['pi^e', '22.459157718361045473'],
    ['ln(1)', '0'],
    ['ln(2)', '0.69314718055994530942'],
    ['ln(10)', '2.3025850929940456840'],
    ['ln(e)', '1'],
    ['ln(e^5)', '5'],
    ['log(1000)', '3'],
    ['log(2)', '0.30102999566398119521'],
    ['log10(0.001)', '-3'],
    ['log2(1024)', '10'],
    ['log2(10)', '3.3219280948873623479'],
    ['log(8, 2)', '3'],
    ['log(9, 27)', '0.66666666666666666667'],
    ['log(0.5, 2)', '-1'],
    ['gcd(12, 18, 27)', '3'],
    ['gcd(0, 0)', '0'],
    ['gcd(-4, 6)', '2'],
    ['lcm(4, 6, 10)', '60'],
    ['lcm(0, 5)', '0'],
    ['max(1, 3, 2)', '3'],
    ['min(1, -3, 2)', '-3'],
    ['mean(1, 2, 4)', '2.3333333333333333333'],
    ['sum(1, 2, 3.5)', '6.5'],
    ['sign(-3)', '-1'],
    ['sign(0)', '0'],
    ['sign(1/3-1/3)', '0'],
    ['pow(2, 10)', '1024'],
    ['factorial(5)', '120'],
    ['0!', '1'],
    ['2^0.5', '1.4142135623730950488'],
    ['4^0.5', '2'],
    ['8^(1/3)', '2'],
    ['0^0', '1'],
    ['1.5^-2', '0.44444444444444444444'],
    ['1.0000001^1e9', '2.6881037012649238105e+43'],
  ];
  for (const [expression, result] of rows) {
    // A zero at the end is not shown.
    it(`${expression} is ${result}`, () => assert.equal(evaluate(expression), result.includes('e') ? result : result.replace(/(\.\d*?)0+$/, '$1')));
  }

  const wrong: readonly (readonly [expression: string, message: RegExp])[] = [
    ['sqrt(-1)', /square root of a negative number/],
    ['ln(0)', /logarithm of 0 or of a negative number/],
    ['log(-1)', /logarithm of 0/],
    ['log(5, 1)', /no logarithm to the base 1/],
    ['log(5, 0)', /logarithm of 0/],
    ['2.5!', /taken of whole numbers from 0 on/],
    ['(-1)!', /taken of whole numbers from 0 on/],
    ['1001!', /taken of numbers up to 1000/],
    ['gcd(1.5, 3)', /take whole numbers/],
    ['gcd(1e50/3, 2)', /take (?:exact|whole) numbers/],
    ['lcm(1e2001, 3)', /at most 2000 digits/],
    ['round(1, 0.5)', /a whole number of decimal places, from -100 to 100/],
    ['round(1, 101)', /from -100 to 100/],
    ['exp(1e6)', /too large: more than 10000 digits/],
    ['exp(-1e6)', /too small: more than 10000 digits/],
    ['mod(10^60, 1/3)', /The remainder is not known: the numbers were rounded to 100 digits before it/],
  ];
  for (const [expression, message] of wrong) {
    it(`${expression} is told`, () => assert.throws(() => evaluate(expression), (error) => error instanceof CalculationError && message.test(error.message)));
  }

  for (const [name, { least }] of Object.entries(functions)) {
    it(`${name} says how many arguments it takes, and never gives anything but a number`, () => {
      assert.throws(() => evaluate(`${name}()`), new RegExp(`^CalculationError: ${name} takes`));
      for (const argument of ['0', '1', '-1', '0.5', '2', '1e9999', '1e-9999', '-1e30', 'pi', '1/3']) {
        try {
          assert.match(evaluate(`${name}(${Array(least).fill(argument).join(', ')})`), /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/);
        } catch (error) {
          assert.ok(error instanceof CalculationError, String(error));
        }
      }
    });
  }

  it('n! is the product of whole numbers', () => {
    let product = 1n;
    for (let n = 1; n <= 400; n++) assert.equal(decimal(evaluate(`${n}!`)).n, product *= BigInt(n));
    assert.ok(isShown(evaluate('1000!'), fraction(Array.from({ length: 1000 }, (_, index) => BigInt(index + 1)).reduce((a, b) => a * b))));
  });

  it('gcd and lcm of whole numbers divide and multiply to their product', () => {
    const whole = fc.bigInt({ min: 1n, max: 10n ** 30n });
    fc.assert(fc.property(whole, whole, whole, (a, b, by) => {
      const gcd = BigInt(evaluate(`gcd(${a * by}, ${b * by})`));
      assert.equal((a * by) % gcd + (b * by) % gcd + gcd % by, 0n);
      assert.equal(decimal(evaluate(`lcm(${a}, ${b})`)).n * BigInt(evaluate(`gcd(${a}, ${b})`)), a * b);
    }), { numRuns: 100 });
  });

  it('round is that of whole numbers, half away from zero', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 1, max: 10 }), (digits, places) => {
      const scale = 10n ** BigInt(places);
      const [size, sign] = digits < 0n ? [-digits, -1n] : [digits, 1n];
      const value = `(${digits}/${scale})`;
      const floor = digits / scale - (digits % scale < 0n ? 1n : 0n);
      assert.deepEqual(['round', 'trunc', 'floor', 'ceil'].map((name) => BigInt(evaluate(`${name}${value}`))), [(sign * ((2n * size + scale) / (2n * scale))), digits / scale, floor, digits % scale === 0n ? floor : floor + 1n]);
    }), { numRuns: 200 });
  });

  it('sqrt, exp, ln and powers are right in 20 digits', () => {
    const number = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 6, max: 12 })).map(([digits, places]) => ({ text: `${digits}e-${places}`, value: fraction(digits, 10n ** BigInt(places)) }));
    fc.assert(fc.property(number, ({ text, value }) => {
      assert.ok(isShown(evaluate(`sqrt(${text})`), squareRoot(value)), `sqrt(${text})`);
      if (value.n / value.d > 40n) return;
      const power = exp(value);
      assert.ok(isShown(evaluate(`exp(${text})`), power), `exp(${text})`);
      // The logarithm is what the power was taken of.
      assert.ok(isShown(evaluate(`ln(exp(${text}))`), value), `ln(exp(${text}))`);
      assert.ok(isShown(evaluate(`${text}^2.5`), squareRoot(fraction(value.n ** 5n, value.d ** 5n))) || value.n * 10n ** 8n < value.d, `${text}^2.5`);
      assert.ok(isShown(evaluate(`cbrt(${text})^3`), value), `cbrt(${text})`);
    }), { numRuns: 100 });
  });
});
