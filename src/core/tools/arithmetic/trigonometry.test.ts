import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decimal, divide, fraction, isShown, sineAndCosine } from '../../../../test/arithmetic/fraction.ts';
import { CalculationError } from './real.ts';
import { evaluate } from './evaluate.ts';

describe('Angles', () => {
  const rows: readonly (readonly [expression: string, result: string])[] = [
    ['sin(0)', '0'],
    ['cos(0)', '1'],
    ['tan(0)', '0'],
    ['sin(pi)', '0'],
    ['cos(pi)', '-1'],
    ['tan(pi)', '0'],
    ['sin(pi/6)', '0.5'],
    ['cos(pi/3)', '0.5'],
    ['tan(pi/4)', '1'],
    ['sin(1)', '0.84147098480789650665'],
    ['cos(1)', '0.54030230586813971740'],
    ['tan(1)', '1.5574077246549022305'],
    ['sin(-1)', '-0.84147098480789650665'],
    ['sin(30)', '-0.98803162409286178999'],
    ['sin(1e-30)', '1e-30'],
    ['cos(1e-5)', '0.99999999995000000000'],
    ['sin(100 * pi + 1)', '0.84147098480789650665'],
    ['asin(1)', '1.5707963267948966192'],
    ['asin(-1)', '-1.5707963267948966192'],
    ['asin(0.5) * 6', '3.1415926535897932385'],
    ['acos(1)', '0'],
    ['acos(0)', '1.5707963267948966192'],
    ['acos(-1)', '3.1415926535897932385'],
    ['atan(0)', '0'],
    ['atan(1) * 4', '3.1415926535897932385'],
    ['atan(-1) * 4', '-3.1415926535897932385'],
    ['atan(2)', '1.1071487177940905030'],
    ['atan(-3)', '-1.2490457723982544258'],
    ['atan(1e30)', '1.5707963267948966192'],
    ['4 * (4 * atan(1/5) - atan(1/239))', '3.1415926535897932385'],
    ['tau / pi', '2'],
    ['sin(tau)', '0'],
  ];
  for (const [expression, result] of rows) it(`${expression} is ${result}`, () => assert.equal(evaluate(expression), result.includes('e') ? result : result.replace(/(\.\d*?)0+$/, '$1')));

  const wrong: readonly (readonly [expression: string, message: RegExp])[] = [
    ['tan(pi/2)', /The tangent is not defined here/],
    ['asin(1.1)', /take numbers from -1 to 1/],
    ['acos(-1.1)', /take numbers from -1 to 1/],
    ['sin(1e31)', /The angle is too large/],
  ];
  for (const [expression, message] of wrong) it(`${expression} is told`, () => assert.throws(() => evaluate(expression), (error) => error instanceof CalculationError && message.test(error.message)));

  it('have sines, cosines and tangents that are right in 20 digits, and come back from them', () => {
    const angle = fc.tuple(fc.bigInt({ min: -1_570_796_326_794n, max: 1_570_796_326_794n }), fc.constantFrom(12, 12, 15, 18)).map(([digits, places]) => `${digits}e-${places}`);
    fc.assert(fc.property(angle, (text) => {
      const [sine, cosine] = sineAndCosine(decimal(text));
      assert.ok(isShown(evaluate(`sin(${text})`), sine), 'sin');
      assert.ok(isShown(evaluate(`cos(${text})`), cosine), 'cos');
      assert.ok(isShown(evaluate(`tan(${text})`), divide(sine, cosine)), 'tan');
      assert.ok(isShown(evaluate(`atan(tan(${text}))`), decimal(text)), 'atan');
      assert.ok(isShown(evaluate(`asin(sin(${text}))`), decimal(text)), 'asin');
      assert.equal(evaluate(`sin(${text})^2 + cos(${text})^2`), '1');
    }), { numRuns: 100 });
  });

  it('are taken out of whole turns', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (turns) => {
      assert.ok(isShown(evaluate(`cos(${turns} * tau + 1)`), sineAndCosine(fraction(1n))[1]));
    }), { numRuns: 50 });
  });
});
