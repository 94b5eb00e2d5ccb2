import assert from 'node:assert/strict';
import { CalculationError } from './real.ts';
import { tokens } from './lexer.ts';

const texts = (expression: string): readonly string[] => tokens(expression).map((token) => token.text);

describe('The parts of an expression', () => {
  const rows: readonly (readonly [expression: string, texts: readonly string[]])[] = [
    ['', ['']],
    ['1', ['1', '']],
    ['1.50', ['1.50', '']],
    ['.5', ['.5', '']],
    ['5.', ['5', '']],
    ['5.+1', ['5', '+', '1', '']],
    ['1e5', ['1e5', '']],
    ['1e', ['1', 'e', '']],
    ['1E-5', ['1E-5', '']],
    ['1,234,567.89', ['1234567.89', '']],
    ['(1,234)', ['(', '1234', ')', '']],
    ['max(1,234)', ['max', '(', '1', ',', '234', ')', '']],
    ['max((1,234), 2)', ['max', '(', '(', '1234', ')', ',', '2', ')', '']],
    ['1_000_000', ['1000000', '']],
    ['2**3', ['2', '^', '3', '']],
    ['7//2', ['7', '//', '2', '']],
    ['7/ /2', ['7', '/', '/', '2', '']],
    ['a×b·c∙d⋅e÷f−g–h', ['a', '*', 'b', '*', 'c', '*', 'd', '*', 'e', '/', 'f', '-', 'g', '-', 'h', '']],
    ['Sin(π)', ['sin', '(', 'pi', ')', '']],
    ['log10', ['log10', '']],
    ['été_2', ['été_2', '']],
    ['5!%', ['5', '!', '%', '']],
  ];
  for (const [expression, expected] of rows) it(expression, () => assert.deepEqual(texts(expression), expected));

  it('know where they stand, how they are written, and whether a blank is before them', () => {
    assert.deepEqual(tokens('\t12,000 **X'), [
      { kind: 'number', text: '12000', written: '12,000', position: 2, spaced: true },
      { kind: 'operator', text: '^', written: '**', position: 9, spaced: true },
      { kind: 'name', text: 'x', written: 'X', position: 11, spaced: false },
      { kind: 'end', text: '', written: 'the end', position: 12, spaced: false },
    ]);
  });

  const wrong: readonly (readonly [expression: string, message: RegExp])[] = [
    ['€5', /Unexpected "€" at position 1/],
    ['2 \u{1F600}', /Unexpected "😀" at position 3/],
    ['1 \\ 2', /Unexpected "\\\\" at position 3/],
    ['٣', /Unexpected "٣"/],
    ['1,23', /The comma at position 2 does not group thousands/],
    ['1234,567', /The comma at position 5 does not group thousands/],
    ['1,234,56', /does not group thousands/],
    ['max(1,000, 2)', /could group thousands or separate arguments/],
    [`${'9'.repeat(2000)}`, /has more than 1000 digits/],
    ['1e99999', /The exponent of the number at position 1 is too large/],
  ];
  for (const [expression, message] of wrong) it(`are none: ${expression.slice(0, 20)}`, () => assert.throws(() => tokens(expression), (error) => error instanceof CalculationError && message.test(error.message)));
});
