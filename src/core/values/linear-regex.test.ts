import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BudgetError, linearRegex, spend } from './linear-regex.ts';

const matches = (pattern: string, text: string, left = 1e7): boolean => linearRegex(pattern).test(text, { left });

/** Patterns of JavaScript, from pieces that stand for every kind of node. */
function patterns(atoms: readonly string[], groups: readonly string[]): fc.Arbitrary<string> {
  const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}', '{2,3}?', '{0}');
  return fc.letrec<{ pattern: string; part: string }>((tie) => ({
    pattern: fc.oneof({ weight: 5, arbitrary: fc.array(tie('part'), { maxLength: 3 }).map((parts) => parts.join('')) }, { weight: 1, arbitrary: fc.tuple(tie('pattern'), tie('pattern')).map((sides) => sides.join('|')) }),
    part: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.tuple(fc.constantFrom(...atoms), quantifier).map((one) => one.join('')), fc.tuple(fc.constantFrom(...groups), tie('pattern'), quantifier).map(([open, inner, times]) => `${open}${inner})${times}`)),
  })).pattern;
}

function isPattern(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
}

describe('A regular expression in linear time', () => {
  const rows: readonly (readonly [pattern: string, text: string, found: boolean])[] = [
    ['', '', true],
    ['a', 'ba', true],
    ['^a$', 'ba', false],
    ['^(?:a|b)+$', 'abba', true],
    ['^.$', '😀', true],
    ['^.$', '\n', false],
    ['^[😀-😂]$', '😁', true],
    ['^\\u{1F600}$', '😀', true],
    ['^\\ud83d\\ude00$', '😀', true],
    ['^\\u0061\\u0062$', 'ab', true],
    ['^\\p{Lu}\\p{Script=Greek}$', 'Aα', true],
    ['\\bcat\\b', 'a cat.', true],
    ['\\bcat\\b', 'concat', false],
    ['^\\Bx', 'x', false],
    ['^(?=.*\\d)(?!.*\\s)\\w{3,5}$', 'ab1', true],
    ['^(?=.*\\d)(?!.*\\s)\\w{3,5}$', 'abc', false],
    ['^(?<year>\\d{4})-\\d\\d$', '2024-12', true],
    ['^[^\\]]]$', 'a]', true],
    ['^[]a$', 'a', false],
    ['^[^]$', '\n', true],
    ['^\\cJ\\x41\\0\\t\\/$', '\nA\0\t/', true],
    ['^(a*)*b$', 'aab', true],
    ['^(|a){3}$', 'aa', true],
    ['^a{2}{', 'aa{', true],
    // An escape that flag `u` does not know leaves characters whole.
    ['^[^@]\\@x$', '😀@x', true],
    ['^\\p{L}+\\-\\p{L}+$', 'é-ß', true],
    ['^.\\-$', '😀-', true],
  ];
  for (const [pattern, text, found] of rows) {
    it(`/${pattern}/ is ${found ? '' : 'not '}in ${JSON.stringify(text)}`, () => assert.equal(matches(pattern, text), found));
  }

  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '1', ' ', '\n', '\r', '\u2028', 'é', '_', '-', '.', ']', '/', '\0', '\b', '@'), maxLength: 8 });
  const beyond = fc.string({ unit: fc.constantFrom('a', '1', ' ', '😀', '😁', '\ud83d', '\ude00', 'é'), maxLength: 6 });
  const atoms = ['a', 'b', '.', '\\d', '\\w', '\\s', '\\W', '[ab]', '[^a]', '[a-c]', '[^]', '[]', '^', '$', '\\b', '\\n', '\\u0061', '\\x61', '\\p{L}', '\\P{Lu}', 'é', '[^\\]]', '\\.', '\\cJ', '\\0', '[\\b]', '[\\d-]', '\\/', '\\t', '[a\\]b]', '-', '/', '1'];

  it('is found where JavaScript finds it', () => {
    fc.assert(fc.property(patterns([...atoms, '\\B'], ['(', '(?:', '(?=', '(?!', '(?<n>']), fc.array(text, { minLength: 1, maxLength: 5 }), (pattern, texts) => {
      fc.pre(isPattern(pattern, 'u'));
      for (const one of texts) assert.equal(matches(pattern, one), new RegExp(pattern, 'u').test(one), JSON.stringify(one));
    }), { numRuns: 2000 });
  });

  // Not `\B` nor look-ahead at nothing: V8 looks for them in the middle of a character too, which the standard does not.
  it('is found where JavaScript finds it, beyond 16 bits', () => {
    fc.assert(fc.property(patterns([...atoms, '😀', '[😀é]', '[^😀]', '\\u{1F600}', '\\ud83d\\ude00', '[\\u{1F600}-\\u{1F610}]'], ['(', '(?:']), fc.array(beyond, { minLength: 1, maxLength: 5 }), (pattern, texts) => {
      fc.pre(isPattern(pattern, 'u'));
      for (const one of texts) assert.equal(matches(pattern, one), new RegExp(pattern, 'u').test(one), JSON.stringify(one));
    }), { numRuns: 1000 });
  });

  it('is found where JavaScript finds it, in patterns of the old kind', () => {
    fc.assert(fc.property(patterns(['a', '\\-', '\\@', '\\_', '{', '}', ']', '{,2}', '[a\\-b]', '\\a', '.', '\\d', '^', '$', '-', '(?=a)*'], ['(', '(?:', '(?=', '(?!']), fc.array(text, { minLength: 1, maxLength: 5 }), (pattern, texts) => {
      fc.pre(isPattern(pattern, ''));
      for (const one of texts) assert.equal(matches(pattern, one), new RegExp(pattern).test(one), JSON.stringify(one));
    }), { numRuns: 1000 });
  });

  it('that JavaScript refuses is refused', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '(', ')', '[', ']', '{', '}', '?', '*', '+', '|', '\\', '1', ',', '<', '=', '!', ':', 'u', 'p', '^', '$', '-'), maxLength: 8 }), (pattern) => {
      if (isPattern(pattern, 'u') || isPattern(pattern, '')) return;
      assert.throws(() => linearRegex(pattern), SyntaxError);
    }), { numRuns: 2000 });
  });

  const refused: readonly (readonly [what: string, pattern: string, message: RegExp])[] = [
    ['back references', '(a)\\1', /back references are not supported here/],
    ['back references by name', '(?<x>a)\\k<x>', /back references/],
    ['look-behind', '(?<=a)b', /look-behind is not supported here/],
    ['look-behind that excludes', '(?<!a)b', /look-behind/],
    ['a group without an end', '(', /unterminated group/i],
    ['nothing to repeat', '*', /nothing to repeat/i],
    ['a pattern of megabytes', 'a'.repeat(1_000_000), /1000000 characters long; at most 2000/],
    ['a repetition of millions', 'a{5000000}', /repetitions make it too large/],
    ['repetitions of repetitions', '((a{100}){100}){100}', /repetitions make it too large/],
    ['repetitions of nothing', '((){9999}){9999}', /repetitions make it too large/],
    ['repetitions of look-ahead', '(?:(?=a{999}){99}){99}', /repetitions make it too large/],
  ];
  for (const [what, pattern, message] of refused) it(`refuses ${what}`, () => assert.throws(() => linearRegex(pattern), (error) => error instanceof SyntaxError && message.test(error.message)));

  const hostile: readonly (readonly [pattern: string, text: string, found: boolean])[] = [
    ['^(a+)+$', `${'a'.repeat(50_000)}b`, false],
    ['^(a|a)*$', `${'a'.repeat(50_000)}b`, false],
    ['(x+x+)+y', 'x'.repeat(50_000), false],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000), false],
    ['\\s+$', `${' '.repeat(50_000)}x`, false],
    ['^(.*?,){20}P', '1,'.repeat(20_000), false],
    ['(?:a?){30}a{30}', 'a'.repeat(30), true],
  ];
  for (const [pattern, source, found] of hostile) {
    it(`takes no time for /${pattern}/ and ${source.length} characters`, () => assert.equal(matches(pattern, source), found));
  }

  it('takes its work from a budget, and ends where that is used up', () => {
    const budget = { left: 100_000 };
    assert.equal(linearRegex('b').test('a'.repeat(1000), budget), false);
    assert.ok(budget.left < 99_000 && budget.left > 90_000, String(budget.left));
    assert.throws(() => linearRegex('b').test('a'.repeat(1_000_000), budget), BudgetError);
    assert.throws(() => spend({ left: 1 }, 2), BudgetError);
    assert.doesNotThrow(() => spend({ left: 2 }, 2));
  });

  it('pays for look-ahead from everywhere to the end', () => assert.throws(() => matches('(?=.*b)c', 'a'.repeat(20_000)), BudgetError));
});
