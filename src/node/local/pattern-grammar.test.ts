import assert from 'node:assert/strict';
import fc from 'fast-check';
import { patternGrammar } from './pattern-grammar.ts';
import { readGbnf } from '../../../test/local/gbnf.ts';

const grammarOf = (pattern: string) => readGbnf(`root ::= "\\"" ${patternGrammar(pattern)!} "\\""\n`);

describe('A pattern as a grammar', () => {
  /** Patterns, and texts that match and do not; what is not held by any grammar is told by `null`. */
  const rows: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]] | readonly [pattern: string, null])[] = [
    ['^[A-Z]{2}-[0-9]{3}$', ['AB-123'], ['ab-123', 'AB-12', 'AB-1234', 'xAB-123']],
    ['b', ['b', 'abc'], ['', 'ac']],
    ['^a|b$', ['a', 'axx', 'xxb', 'b'], ['xax', 'bx', '']],
    ['^(?:yes|no)$', ['yes', 'no'], ['yesno', '']],
    ['^(?<word>yes|no)$', ['yes'], ['word']],
    ['^$', [''], ['x']],
    ['^(a|)b?$', ['', 'a', 'ab', 'b'], ['aab']],
    ['^a+?b*?c{1,2}?$', ['ac', 'aabcc'], ['c', 'accc']],
    ['^a{2,}$', ['aa', 'aaaa'], ['a']],
    ['^\\d\\w\\s$', ['1_ '], ['a_ ', '1- ']],
    ['^\\D\\W\\S$', ['a-b'], ['1-b', 'a-\u1680', 'aab']],
    ['^[^\\s]+$', ['x', '漢'], [' ', '\u2003', '\u00a0', '']],
    ['^[^"\\d]$', ['x', '漢', '😀'], ['1']],
    ['^[\\w.-]+$', ['a.b-c_1'], ['a b']],
    ['^[a\\-z]$', ['-', 'a', 'z'], ['b']],
    ['^[一-龥😀-😂]{1,2}$', ['漢字', '😁'], ['a']],
    ['^\\u00e9\\x41\\/\\.$', ['éA/.'], ['éAx.']],
    ['^.$', ['x', '😀', '\u00a0'], ['\u2028', 'xx']],
    ['^a"b\\\\c\\n$', ['a"b\\c\n'], ['ab']],
    ['^((a|b){2}c){2}$', ['abcbac'], ['abc']],
    ['^(?=x)', null], ['(?<=x)', null], ['(a)\\1', null], ['\\bx', null], ['^\\p{L}$', null], ['^["]$', null], ['(^a)', null], ['a$b', null], ['^[\\s\\S]$', null], ['^a{501}$', null], ['^(a{100}){100}$', null], ['^{a}$', null],
    ['(', null], ['a)', null], ['[a', null], ['\\', null], ['(?<n', null],
  ];
  for (const [pattern, yes, no] of rows) {
    it(pattern, () => {
      if (yes === null) return assert.equal(patternGrammar(pattern), null);
      const regex = new RegExp(pattern, 'u');
      assert.deepEqual([...yes, ...no].map((text) => regex.test(text)), [...yes.map(() => true), ...no.map(() => false)], 'the row is right');
      const grammar = grammarOf(pattern);
      const accepts = (text: string): boolean => grammar.accepts(JSON.stringify(text));
      assert.deepEqual([yes.filter((text) => !accepts(text)), no.filter(accepts)], [[], []]);
    });
  }

  it('allows only what the pattern allows, whatever the pattern', () => {
    const piece = fc.constantFrom('a', '.', '\\d', '\\D', '\\s', '\\S', '\\w', '\\W', '[a-c"é]', '[^a-c"é]', '[^\\s]', '[^\\w]', '\\n', '\\\\', '"', '/', '😀', '|', '(a|b)', '(?:x)?', '^', '$');
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '+?');
    const pattern = fc.array(fc.tuple(piece, quantifier).map(([one, mark]) => (/^[|^$]$/.test(one) ? one : one + mark)), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(fc.property(pattern, fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (text, stream) => {
      if (patternGrammar(text) === null) return;
      const grammar = grammarOf(text);
      const regex = new RegExp(text, 'u');
      for (let times = 0; times < 5; times++) {
        const sample = grammar.sample(() => stream.next().value as number);
        assert.match(JSON.parse(sample) as string, regex);
      }
    }), { numRuns: 500 });
  });
});
