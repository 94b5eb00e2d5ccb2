import assert from 'node:assert/strict';
import fc from 'fast-check';
import { didYouMean } from './did-you-mean.ts';

/** The fewest letters to insert, delete, replace or swap with their neighbour, by trying all ways. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const swap = a.length > 1 && a[0] === b[1] && a[1] === b[0] ? 1 + distance(a.slice(2), b.slice(2)) : Infinity;
  return Math.min(swap, distance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1), 1 + distance(a.slice(1), b), 1 + distance(a, b.slice(1)));
}

describe('Did you mean', () => {
  const rows: readonly (readonly [word: string, candidates: readonly string[], meant: string | undefined])[] = [
    ['topc', ['topic', 'tone'], 'topic'],
    ['tpoic', ['topic'], 'topic'],
    ['TOPIC', ['topic'], 'topic'],
    ['maxtokens', ['min_tokens', 'max_tokens'], 'max_tokens'],
    ['cat', ['car', 'bat'], 'car'],
    ['poem', ['topic', 'rows'], undefined],
    ['x', ['e', 'pi'], undefined],
    ['x', ['xy'], 'xy'],
    ['ab', ['cb'], 'cb'],
    ['ab', ['ba'], 'ba'],
    ['ab', ['cd'], undefined],
    ['', ['a'], undefined],
    ['anything', [], undefined],
    ['constructor', ['topic'], undefined],
  ];
  for (const [word, candidates, meant] of rows) {
    it(`${JSON.stringify(word)} among ${JSON.stringify(candidates)} is ${JSON.stringify(meant)}`, () => assert.equal(didYouMean(word, candidates), meant));
  }

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

  it('is the first of the nearest, where one is near', () => {
    fc.assert(fc.property(letters, fc.array(letters, { maxLength: 4 }), (word, candidates) => {
      const most = Math.max(1, Math.floor(word.length / 3));
      const near = candidates.map((candidate) => ({ candidate, far: distance(word, candidate) })).filter(({ candidate, far }) => far <= most && far < Math.max(word.length, candidate.length));
      const best = near.find(({ far }) => near.every((other) => far <= other.far));
      assert.equal(didYouMean(word, candidates), best?.candidate);
    }), { numRuns: 500 });
  });

  it('takes no time for a word of megabytes, or for a hundred thousand candidates', () => {
    const long = 'x'.repeat(1_000_000);
    assert.equal(didYouMean(long, [long, 'x'.repeat(64)]), undefined);
    assert.equal(didYouMean('topic99999x', Array.from({ length: 100_000 }, (_, index) => `topic${index}`)), 'topic99999');
  });
});
