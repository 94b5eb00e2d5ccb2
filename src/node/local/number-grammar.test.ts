import assert from 'node:assert/strict';
import fc from 'fast-check';
import { integerRange } from './integer-grammar.ts';
import { numberRange, type NumberBounds } from './number-grammar.ts';
import { readGbnf } from '../../../test/local/gbnf.ts';

const grammarOf = (body: string) => readGbnf(`root ::= ${body}\n`);

describe('Integers within bounds, as a grammar', () => {
  it('are those within the bounds, and no others', () => {
    fc.assert(fc.property(fc.integer({ min: -1200, max: 1200 }), fc.integer({ min: 0, max: 250 }), (min, width) => {
      const grammar = grammarOf(integerRange(min, min + width)!);
      for (let value = min - 12; value <= min + width + 12; value++) assert.equal(grammar.accepts(String(value)), value >= min && value <= min + width, String(value));
    }), { numRuns: 60 });
  });

  const rows: readonly (readonly [min: number, max: number, yes: readonly string[], no: readonly string[]])[] = [
    [0, 0, ['0'], ['00', '-0', '1', '']],
    [17, 90_321, ['17', '99', '100', '20000', '90321'], ['16', '0017', '90322', '100000', '1e3']],
    [-5, Infinity, ['-5', '0', '7', '999999999999999'], ['-6', '+1', '1.0', '9'.repeat(16)]],
    [-Infinity, -100, ['-100', '-999'], ['-99', '100', '0']],
    [Number.MAX_SAFE_INTEGER - 1, Infinity, ['9007199254740990', '9007199254740991'], ['9007199254740992']],
    [-1e300, 1e300, ['0', '-9007199254740991'], ['9007199254740992']],
  ];
  for (const [min, max, yes, no] of rows) {
    it(`from ${min} to ${max}`, () => {
      const grammar = grammarOf(integerRange(min, max)!);
      assert.deepEqual([yes.filter((text) => !grammar.accepts(text)), no.filter((text) => grammar.accepts(text))], [[], []]);
    });
  }

  it('are none where the bounds leave none', () => assert.equal(integerRange(5, 4), null));
});

describe('Numbers within bounds, as a grammar', () => {
  const bound = fc.oneof(fc.constantFrom(0, 1, -1, 0.1, 0.3, 2.5, -0.5, 99.99, 100, 1e3, 1e-7, 123_456, 1e15, 1e20), fc.integer({ min: -2000, max: 2000 }).map((whole) => whole / 100));
  const bounds: fc.Arbitrary<NumberBounds> = fc.record({
    min: fc.oneof({ weight: 1, arbitrary: fc.constant(-Infinity) }, { weight: 4, arbitrary: bound }),
    max: fc.oneof({ weight: 1, arbitrary: fc.constant(Infinity) }, { weight: 4, arbitrary: bound }),
    aboveMin: fc.boolean(), belowMax: fc.boolean(), places: fc.constantFrom(null, null, 1, 2),
  });
  const within = ({ min, max, aboveMin, belowMax }: NumberBounds, value: number): boolean => (aboveMin ? value > min : value >= min) && (belowMax ? value < max : value <= max);

  it('are within them, with no more digits than asked for', () => {
    fc.assert(fc.property(bounds, fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (given, stream) => {
      const body = numberRange(given);
      if (typeof body !== 'string') return;
      const grammar = grammarOf(body);
      const random = (): number => stream.next().value as number;
      for (let times = 0; times < 5; times++) {
        const text = grammar.sample(random);
        assert.ok(within(given, JSON.parse(text) as number), `${text} of ${body}`);
        assert.ok(given.places === null || (text.split('.')[1] ?? '').length <= given.places);
      }
    }), { numRuns: 400 });
  });

  it('are all that are within them, as far as they are no longer than the bounds', () => {
    fc.assert(fc.property(bounds, fc.integer({ min: -2_100_000, max: 2_100_000 }), (given, thousandths) => {
      const body = numberRange({ ...given, places: null });
      const value = thousandths / 1000;
      if (typeof body === 'string' && thousandths !== 0) assert.equal(grammarOf(body).accepts(String(value)), within(given, value), `${value} of ${body}`);
    }), { numRuns: 1000 });
  });

  const rows: readonly (readonly [name: string, bounds: Partial<NumberBounds>, yes: readonly string[], no: readonly string[]])[] = [
    ['a probability', { min: 0, max: 1 }, ['0', '1', '0.5', '0.000001', '1.0', '0.0'], ['1.1', '-0.1', '1.000001', '.5', '0.', '1e-3', '00.1']],
    ['more than zero', { min: 0, aboveMin: true }, ['0.1', '3', '0.000001'], ['0', '0.0', '-1']],
    ['less than a third', { min: 0.3, max: 0.4, belowMax: true }, ['0.3', '0.39', '0.399999'], ['0.4', '0.2', '0']],
    ['a price', { min: 0, max: 100, places: 2 }, ['0.99', '100', '42.5', '99.99'], ['0.999', '100.01', '100.1']],
    ['a price without bounds', { places: 2 }, ['12.5', '-0.01', '9999.99'], ['12.555', '-0']],
    ['below zero', { max: 0, belowMax: true }, ['-0.1', '-17'], ['0', '1', '-0']],
    ['on both sides of zero', { min: -1.5, max: 2.25 }, ['-1.5', '-0.1', '0', '2.25', '1.999'], ['-1.6', '2.26', '3']],
    ['one number', { min: 2.5, max: 2.5 }, ['2.5', '2.50'], ['2', '2.6', '2.51']],
  ];
  for (const [name, given, yes, no] of rows) {
    it(name, () => {
      const grammar = grammarOf(numberRange({ min: -Infinity, max: Infinity, aboveMin: false, belowMax: false, places: null, ...given })!);
      assert.deepEqual([yes.filter((text) => !grammar.accepts(text)), no.filter((text) => grammar.accepts(text))], [[], []]);
    });
  }

  it('are none, or cannot be said, where the bounds leave none or are too fine', () => {
    const range = (min: number, max: number, open = false) => numberRange({ min, max, aboveMin: open, belowMax: open, places: null });
    assert.deepEqual([range(2, 1), range(1, 1, true), range(1e-9, 2e-9), range(0, 1e-30), range(123_456_789.123_456_7, Infinity), range(0, 12_345.678_901_234_567)].map((body) => (typeof body === 'string' ? 'some' : body)), [null, null, 'some', undefined, undefined, undefined]);
  });
});
