import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createStopFilter } from './stop.ts';

/** What is shown of these pieces, piece by piece, and how it ends. */
function run(stops: readonly string[], pieces: readonly string[]): readonly string[] {
  const filter = createStopFilter(stops);
  const shown: string[] = [];
  for (const piece of pieces) {
    const { text, stopped } = filter.push(piece);
    shown.push(text);
    if (stopped) return [...shown, 'STOP'];
  }
  return [...shown, filter.rest()];
}

describe('Stop sequences', () => {
  const rows: readonly (readonly [name: string, stops: readonly string[], pieces: readonly string[], shown: readonly string[]])[] = [
    ['none', [], ['a', 'b'], ['a', 'b', '']],
    ['an empty one is none', [''], ['a', ''], ['a', '', '']],
    ['within a piece', ['x'], ['axb'], ['a', 'STOP']],
    ['over pieces: what may be its beginning is held back', ['END'], ['aE', 'N', 'D!'], ['a', '', '', 'STOP']],
    ['its beginning alone is shown when more is known', ['END'], ['aE', 'Nx'], ['a', 'ENx', '']],
    ['its beginning alone is shown at the end', ['END'], ['aEN'], ['a', 'EN']],
    ['the first of several that stands there', ['yz', 'x'], ['a', 'byzx'], ['a', 'b', 'STOP']],
    ['one that begins within another', ['aab', 'ab'], ['xaa', 'b'], ['x', '', 'STOP']],
    ['a beginning that begins anew', ['aab'], ['aaa', 'b'], ['a', '', 'STOP']],
    ['at the very beginning', ['x'], ['x'], ['', 'STOP']],
    ['of more than one line', ['\n\n'], ['a\n', '\nb'], ['a', '', 'STOP']],
    ['of letters beyond the plane', ['😀'], ['a\ud83d', '\ude00'], ['a', '', 'STOP']],
  ];
  for (const [name, stops, pieces, shown] of rows) it(name, () => assert.deepEqual(run(stops, pieces), shown));

  it('show the text before the first of them, however it is cut', () => {
    const word = fc.stringMatching(/^[ab]{0,3}$/);
    fc.assert(fc.property(fc.array(word, { maxLength: 3 }), fc.array(fc.stringMatching(/^[abc]{0,4}$/), { maxLength: 8 }), (stops, pieces) => {
      const whole = pieces.join('');
      const ends = stops.filter((stop) => stop !== '').map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
      const out = run(stops, pieces);
      assert.equal(out.filter((one) => one !== 'STOP').join(''), ends.length === 0 ? whole : whole.slice(0, Math.min(...ends)));
      assert.equal(out.includes('STOP'), ends.length > 0);
    }));
  });
});
