import assert from 'node:assert/strict';
import fc from 'fast-check';
import { add, decimal, divide, floor, fraction, isShown, multiply, NoValue, power, subtract, type Fraction } from '../../../../test/arithmetic/fraction.ts';
import { CalculationError } from './real.ts';
import { evaluate } from './evaluate.ts';

function errorOf(expression: string): string {
  try {
    return `no error: ${evaluate(expression)}`;
  } catch (error) {
    assert.ok(error instanceof CalculationError, String(error));
    return error.message;
  }
}

describe('An arithmetic expression', () => {
  const rows: readonly (readonly [expression: string, result: string])[] = [
    ['0.1 + 0.2', '0.3'],
    ['1.10', '1.1'],
    ['(12.5 * 4 - 3) / 7', '6.7142857142857142857'],
    ['1/3', '0.33333333333333333333'],
    ['2/3', '0.66666666666666666667'],
    ['1/3*3', '1'],
    ['1/3+1/3+1/3', '1'],
    ['-0', '0'],
    ['0 * -1', '0'],
    ['12345678901234567890 * 98765432109876543210', '1219326311370217952237463801111263526900'],
    ['123456789012345678901234567890.123456789', '123456789012345678901234567890.123456789'],
    ['99999999999999999999 + 1', '100000000000000000000'],
    // How signs, powers, factorials and percentages bind.
    ['-2^2', '-4'],
    ['(-2)^2', '4'],
    ['2^-1', '0.5'],
    ['2^3^2', '512'],
    ['2**3', '8'],
    ['-3!', '-6'],
    ['2^3!', '64'],
    ['3!!', '720'],
    ['2 - 3 - 4', '-5'],
    ['24 / 4 / 2', '3'],
    ['2 + 3 * 4', '14'],
    ['- - 3', '3'],
    ['2 * -3', '-6'],
    ['2 - -3', '5'],
    ['+5', '5'],
    // Remainders have the sign of the divisor, as in Python; percentages are parts of a hundred.
    ['7 % 3', '1'],
    ['7%3', '1'],
    ['-7 mod 3', '2'],
    ['mod(7, -3)', '-2'],
    ['-7 // 2', '-4'],
    ['5.5 % 2', '1.5'],
    ['15%', '0.15'],
    ['15% of 80', '12'],
    ['20% * 50', '10'],
    ['100 - 10%', '99.9'],
    ['7%-3', '-2.93'],
    ['(7 %)', '0.07'],
    ['200 * 5% + 1', '11'],
    // As people and models write.
    ['1,234,567.5 + 0.5', '1234568'],
    ['1_000 * 2', '2000'],
    ['3 × 4 ÷ 2', '6'],
    ['3 · 4', '12'],
    ['7 − 2', '5'],
    ['7 – 2', '5'],
    ['3 x 4', '12'],
    ['.5 + 5.', '5.5'],
    ['1E3 + 1e+3 + 1e-3', '2000.001'],
    ['2 + 2 =', '4'],
    ['\t2\n+\u00a02 ', '4'],
    ['PI', '3.1415926535897932385'],
    ['e', '2.7182818284590452354'],
    ['tau', '6.2831853071795864769'],
    ['2 * π', '6.2831853071795864769'],
    ['Sqrt(16)', '4'],
    ['max(1, 2.5, -3)', '2.5'],
    ['round(1234.567, 2)', '1234.57'],
    ['max(1,2)', '2'],
    ['max(1,200)', '200'],
    ['max(pi,200, 3)', '200'],
    ['max(1+200, 3)', '201'],
    ['max(1, 200)', '200'],
    // Long results.
    ['10^30', '1000000000000000000000000000000'],
    ['10^100', '1e+100'],
    ['1/10^100', '1e-100'],
    ['1e10000', '1e+10000'],
    ['2^-50', '8.8817841970012523233890533447265625e-16'],
    ['1e45/3', '3.3333333333333333333e+44'],
    ['1/3e30', '3.3333333333333333333e-31'],
    // A small number that was rounded is not lost in a sum with nothing.
    ['0 + 10^-70.5', '3.162277660168379332e-71'],
    ['mod(10^-70.5, 1)', '3.162277660168379332e-71'],
    ['10^-70.5 - 10^-70.5', '0'],
  ];
  for (const [expression, result] of rows) it(`${expression} is ${result}`, () => assert.equal(evaluate(expression), result));

  it('2^1000 is exact', () => assert.equal(evaluate('2^1000'), String(2n ** 1000n)));
  it('3^2000 is exact in 955 digits', () => assert.equal(evaluate('3^2000'), String(3n ** 2000n)));
  it('3^3000 has too many digits to be shown', () => assert.ok(isShown(evaluate('3^3000'), fraction(3n ** 3000n))));

  const wrong: readonly (readonly [expression: string, message: RegExp])[] = [
    ['', /^The expression is empty\.$/],
    [' = ', /^The expression is empty\.$/],
    ['1 +', /^The expression ends where a number is expected\.$/],
    ['* 2', /^Expected a number instead of "\*" at position 1\.$/],
    ['(1 + 2', /^The "\(" at position 1 is not closed\.$/],
    ['1)', /^There is no opening parenthesis for the "\)" at position 2\.$/],
    ['1 2', /^Expected an operator before "2" at position 3\.$/],
    ['2(3)', /^Expected an operator before "\(" at position 2: a product is written with \*\.$/],
    ['2 pi', /before "pi" at position 3: a product is written with/],
    ['1.2.3', /before "\.3" at position 4/],
    ['2 = 2', /^Unexpected "=" at position 3/],
    ['$5', /^Unexpected "\$" at position 1: only numbers, .* no units or signs of currencies\.$/],
    ['5 😀', /^Unexpected "😀" at position 3/],
    ['process.exit(1)', /^Unexpected "\." at position 8/],
    ['constructor', /^Unknown name "constructor" at position 1\. There are abs, /],
    ['__proto__(1)', /^Unknown name "__proto__"/],
    ['toString', /^Unknown name/],
    ['sqr(4)', /^Unknown name "sqr" at position 1\. Did you mean sqrt\?$/],
    ['x + 1', /^Unknown name "x" at position 1\. There are abs, .*, and the constants pi, e, tau\.$/],
    ['sqrt', /^sqrt at position 1 is a function: write sqrt\(…\)\.$/],
    ['pi(2)', /^Unknown name "pi"/],
    ['1/0', /^Division by zero \(at position 2\)\.$/],
    ['1 + (2 / (3 - 3))', /^Division by zero \(at position 8\)\.$/],
    ['5 // 0', /^Division by zero/],
    ['5 mod 0', /^Division by zero/],
    ['0^-1', /^Division by zero: 0 to a negative power/],
    ['(-8)^(1/3)', /no real power with a fraction/],
    ['10^10001', /^The result of the power is too large: more than 10000 digits/],
    ['10^-10001', /^The result of the power is too small/],
    ['1e9999 * 1e9999', /^The result is too large/],
    ['1e-9999 / 1e9999', /^The result is too small/],
    ['9^9^9', /too large/],
    ['7 % -3', /can be read as a remainder or as a percentage: write mod\(a, b\)/],
    ['7% (3)', /can be read as a remainder or as a percentage/],
    ['7% 3', /can be read as a remainder or as a percentage/],
    ['1,50', /^The comma at position 2 does not group thousands: use a point for decimals/],
    ['0,5', /^"0," at position 1 is not a number: use a point|does not group thousands/],
    ['12,34', /does not group thousands/],
    ['max(1,000)', /could group thousands or separate arguments/],
    ['max(1,200, 3)', /could group thousands or separate arguments/],
    ['round(1,234.5)', /Thousands in the first are written without a comma/],
    ['min()', /^min takes at least 1 argument, not 0\.$/],
    ['sqrt(1, 2)', /^sqrt takes 1 argument, not 2\.$/],
    ['log(1, 2, 3)', /^log takes 1 to 2 arguments, not 3\.$/],
    ['mod(1)', /^mod takes 2 arguments, not 1\.$/],
    ['9'.repeat(1001), /has more than 1000 digits/],
    ['1e10001', /exponent of the number at position 1 is too large/],
    ['1+'.repeat(1001), /2002 characters long; at most 2000 are allowed/],
    ['('.repeat(150), /nested more than 100 levels deep/],
    ['-'.repeat(150), /nested more than 100 levels deep/],
    ['2^'.repeat(150), /nested more than 100 levels deep/],
  ];
  for (const [expression, message] of wrong) it(`${expression.slice(0, 40)} is told: ${String(message).slice(1, 60)}`, () => assert.match(errorOf(expression), message));

  /** An expression with its value as a fraction; null where there is none. */
  interface Case {
    readonly text: string;
    readonly value: Fraction | null;
  }
  const number = fc.oneof(
    fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String), fc.integer({ min: -20, max: 20 }).map(String),
    fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 1, max: 15 })).map(([digits, places]) => `${digits}.${String(digits).padStart(places, '0').slice(0, places)}`),
  ).map((text): Case => ({ text: text.startsWith('-') ? `(${text})` : text, value: decimal(text) }));
  type Apply = (a: Fraction, b: Fraction) => Fraction;
  const operators: readonly (readonly [string, Apply])[] = [
    ['+', add], ['-', subtract], ['*', multiply], ['/', divide], ['//', (a, b) => fraction(floor(divide(a, b)))], [' mod ', (a, b) => subtract(a, multiply(b, fraction(floor(divide(a, b)))))],
  ];
  const both = ([a, [sign, apply], b]: readonly [Case, readonly [string, Apply], Case]): Case => {
    const text = `(${a.text}${sign}${b.text})`;
    try {
      return { text, value: a.value === null || b.value === null ? null : apply(a.value, b.value) };
    } catch (error) {
      if (error instanceof NoValue) return { text, value: null };
      throw error;
    }
  };
  const tree = fc.letrec<{ tree: Case }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true }, number,
      fc.tuple(tie('tree'), fc.constantFrom(...operators), tie('tree')).map(both),
      fc.tuple(tie('tree'), fc.integer({ min: 0, max: 5 })).map(([{ text, value }, count]): Case => ({ text: `(${text})^${count}`, value: value && power(value, count) })),
      tie('tree').map(({ text, value }): Case => ({ text: `(-${text})`, value: value && { n: -value.n, d: value.d } })),
    ),
  })).tree;

  it('of fractions is exact, or rounded to 20 digits', () => {
    fc.assert(fc.property(tree.filter(({ text }) => text.length < 500), ({ text, value }) => {
      if (value === null) assert.match(errorOf(text), /Division by zero/);
      else if (String(value.n).length + String(value.d).length < 2000) {
        const said = errorOf(text);
        // Of a quotient of 40 digits and more, the remainder of what was rounded is told to be unknown.
        if (/The remainder is not known/.test(said)) assert.match(text, /mod/);
        else assert.ok(isShown(said.replace('no error: ', ''), value), `${said} for ${value.n}/${value.d}`);
      }
    }), { numRuns: 500 });
  });

  it('of whole numbers gives every digit', () => {
    const whole = fc.letrec<{ tree: { text: string; value: bigint } }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true }, fc.bigInt({ min: 0n, max: 10n ** 40n }).map((value) => ({ text: String(value), value })),
        fc.tuple(tie('tree'), fc.constantFrom('+', '-', '*'), tie('tree')).map(([a, sign, b]) => ({ text: `(${a.text} ${sign} ${b.text})`, value: sign === '+' ? a.value + b.value : sign === '-' ? a.value - b.value : a.value * b.value })),
      ),
    })).tree.filter(({ text }) => text.length < 700);
    fc.assert(fc.property(whole, ({ text, value }) => {
      const shown = evaluate(text);
      assert.equal(/e/.test(shown) ? decimal(shown).n : BigInt(shown), value);
    }), { numRuns: 300 });
  });

  it('of any characters is calculated or told, never anything else', () => {
    const piece = fc.constantFrom('1', '0', '.', ',', ' ', '+', '-', '*', '/', '//', '^', '!', '%', '(', ')', 'pi', 'e', 'sqrt(', 'max(', 'mod', 'x', 'of', '1e5', '000', '=', '×', 'é', '😀', '"', '\\', '\u2028');
    fc.assert(fc.property(fc.oneof(fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')), fc.string({ unit: 'binary', maxLength: 20 })), (text) => {
      try {
        assert.match(evaluate(text), /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/);
      } catch (error) {
        if (!(error instanceof CalculationError)) throw error;
      }
    }), { numRuns: 400 });
  });

  for (const term of ['1000!', 'ln(7)', 'asin(.5)', '7^.3', '9^1000', '1e9999//7', 'mod(9^2000,7.1)', '1.0000001^1e9', 'gcd(9^1000,6^1000)', 'cos(1e29)']) {
    it(`as long as it may be takes no time: ${term}, again and again`, () => {
      // What it gives does not matter here.
      assert.ok(evaluate(Array(Math.floor(2000 / (term.length + 1))).fill(term).join('+')).length > 0);
    });
  }
});
