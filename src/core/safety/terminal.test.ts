import assert from 'node:assert/strict';
import fc from 'fast-check';
import { safeForTerminal, terminalFilter } from './terminal.ts';

/** What no terminal may get, whatever a model says: controls but tab, newline and CRLF, and signs that hide or reorder text. */
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\r(?!\n)/u;

const wild = fc.string({
  unit: fc.oneof(fc.constantFrom('\u001b', '[', '3', '1', 'm', ']', '8', ';', '\u0007', '\r', '\n', '\t', '\u202e', '\u200b', '\u{e0041}', '\ud83d', '\ude00', '\u200d', '\ufe0f', 'a', 'é', '世', '\u009b', '\0'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
  maxLength: 30,
});

describe('Text for a terminal', () => {
  const rows: readonly (readonly [what: string, text: string, shown: string])[] = [
    ['is left as it is', 'Grüße, 世界 \u{1F600}\n\tand\r\nso on', 'Grüße, 世界 \u{1F600}\n\tand\r\nso on'],
    ['keeps what emoji and scripts are made of', '👩‍👩‍👧‍👦 ☠\ufe0f \u0646\u200c\u0645', '👩‍👩‍👧‍👦 ☠\ufe0f \u0646\u200c\u0645'],
    ['shows colours and cursor moves', '\u001b[31mred\u001b[2J', '␛[31mred␛[2J'],
    ['shows links and titles', '\u001b]8;;https://x\u0007here\u001b]8;;\u0007', '␛]8;;https://x␇here␛]8;;␇'],
    ['shows controls of 8 bits', 'a\u009b31m', 'a<U+009B>31m'],
    ['shows a carriage return that would overwrite the line', 'fine\rgone', 'fine␍gone'],
    ['shows backspaces and deletes', 'ab\b\u007f\0', 'ab␈␡␀'],
    ['shows what reorders', 'a\u202eb\u2066c', 'a<U+202E>b<U+2066>c'],
    ['shows what hides', 'a\u200bb\u00adc\u2060d\ufeff', 'a<U+200B>b<U+00AD>c<U+2060>d<U+FEFF>'],
    ['shows tags', 'a\u{e0041}\u{e007f}', 'a<U+E0041><U+E007F>'],
    ['shows other line ends', 'a\u2028b\u2029', 'a<U+2028>b<U+2029>'],
    ['replaces halves of characters', 'a\ud83d b\ude00', 'a\ufffd b\ufffd'],
  ];
  for (const [what, text, shown] of rows) it(what, () => assert.equal(safeForTerminal(text), shown));

  it('never holds what a terminal would act on', () => fc.assert(fc.property(wild, (text) => assert.doesNotMatch(safeForTerminal(text), forbidden)), { numRuns: 500 }));

  it('is the same when it comes in pieces, and never holds more either', () =>
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 6 }), (pieces) => {
        const filter = terminalFilter();
        const out = pieces.map((piece) => filter.push(piece));
        assert.equal(out.join('') + filter.end(), safeForTerminal(pieces.join('')));
        assert.equal(filter.end(), '');
      }),
      { numRuns: 500 },
    ));
});
