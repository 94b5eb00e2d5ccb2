import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxDataDepth, maxDataValues, parseJsonData } from './json-data.ts';
import type { Json } from '../json.ts';

type Parsed = { readonly value: Json } | { readonly error: string };

/** The language's own reader. */
function parsed(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { error: String(error) };
  }
}

function assertAsJavaScript(text: string): void {
  const { value, problems } = parseJsonData(text);
  const errors = problems.filter((problem) => problem.severity === 'error');
  const own = parsed(text);
  if ('error' in own) assert.equal(errors.length, 1, `${text}: ${own.error}`);
  // JSON.parse reads 1e999 as Infinity, which is no JSON value.
  else if (errors.some((problem) => problem.code === 'json-number')) assert.match(text, /\d{300}|[eE]\+?\d{3}/);
  else {
    assert.deepEqual(errors, []);
    assert.deepEqual(value, own.value);
    assert.equal(JSON.stringify(value), JSON.stringify(own.value));
  }
  if (errors.length > 0) assert.equal(value, null);
  for (const { span, fix } of problems) {
    for (const one of [span, ...(fix ? [fix.span] : [])]) assert.ok(one.start >= 0 && one.start <= one.end && one.end <= text.length, JSON.stringify([text, one]));
  }
}

describe('JSON', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(0, 1, '\t', ' \r\n'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const { value: read, problems } = parseJsonData(` ${text}\n`);
      assert.deepEqual(problems.filter((problem) => problem.severity === 'error'), []);
      assert.deepEqual(read, JSON.parse(text));
    }), { numRuns: 250 });
  });

  it('that is broken is refused where JSON.parse refuses it', () => {
    const damage = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat({ max: 2 }), put: fc.constantFrom('', '"', ',', ':', '}', ']', '{', '[', '\\', '\n', 'e', '0', '-', '.', 'true', ' ', '\\u00', "'", '/', '\u0001', '\u2028') });
    fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false, depthSize: 'small' }), fc.array(damage, { minLength: 1, maxLength: 2 }), (value, damages) => {
      let text = JSON.stringify(value);
      for (const { at, cut, put } of damages) {
        const place = Math.floor(at * text.length);
        text = text.slice(0, place) + put + text.slice(place + cut);
      }
      assertAsJavaScript(text);
    }), { numRuns: 800 });
  });

  it('of any pieces is read or refused as JSON.parse does', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ':', ',', '"a"', '"', '1', '0', '-', '.', 'e', '+', 'true', 'null', ' ', '\n', '\\', 'x', '\ufeff', '\u00a0');
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => assertAsJavaScript(pieces.join(''))), { numRuns: 1200 });
  });

  const wrong: readonly (readonly [text: string, spot: string, message: RegExp])[] = [
    ['', '', /no JSON here/],
    ['  ', ' ', /no JSON here/],
    ['{} x', 'x', /more after the end/],
    ['[1, 2', '[', /list does not end: a `\]` is missing/],
    ['{"a": 1', '{', /object does not end: a `}` is missing/],
    ['{"a": 1,', '{', /object does not end/],
    ['[1 2]', '2', /A comma or `\]` belongs here/],
    ['[1}', '}', /A comma or `\]` belongs here/],
    ['[1,]', ',', /no comma before `\]`/],
    ['{"a": 1,}', ',', /no comma before `}`/],
    ['[,1]', ',', /`,` cannot begin a value/],
    ['{a: 1}', 'a', /A key stands in double quotes/],
    ["{'a': 1}", "'", /A key stands in double quotes/],
    ['{"a" 1}', '1', /A `:` belongs after the key/],
    ["['a']", "'", /A text stands in double quotes/],
    ['[1, // one\n2]', '/', /no comments/],
    ['[True]', 'True', /`True` is no value in JSON: quote it/],
    ['[NaN]', 'NaN', /`NaN` is no value/],
    ['[undefined]', 'undefined', /no value/],
    ['[01]', '01', /`01` is no number in JSON/],
    ['[1.]', '1.', /no number/],
    ['[.5]', '.', /cannot begin a value/],
    ['[+5]', '+', /cannot begin a value/],
    ['[1_000]', '1_000', /no number/],
    ['[2024-01-01]', '2024-01-01', /`2024-01-01` is no number/],
    ['[12:30]', '12:30', /`12:30` is no number/],
    ['[1e999]', '1e999', /too large for a number/],
    ['["a\nb"]', '"a', /does not end on its line/],
    ['["a]', '"', /does not end: a `"` is missing/],
    ['["a\tb"]', '\t', /control character/],
    ['["\\x41"]', '\\x', /no such escape/],
    ['["C:\\new\\q"]', '\\q', /no such escape/],
    ['["\\u12g4"]', '\\u', /no such escape/],
    ['[😀]', '😀', /`😀` cannot begin a value/],
  ];
  for (const [text, spot, message] of wrong) {
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      const { value, problems } = parseJsonData(text);
      assert.equal(value, null);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!.message, message);
      assert.equal(text.slice(problems[0]!.span.start, problems[0]!.span.end), spot);
    });
  }

  const mended: readonly (readonly [text: string, value: Json])[] = [
    ['{a: 1}', { a: 1 }],
    ['[1, 2,]', [1, 2]],
    ['{"a": 1 "b": 2}', { a: 1, b: 2 }],
    ['[True]', ['True']],
    ['[007]', ['007']],
    ['[1e999]', ['1e999']],
    ['["a\tb"]', ['a\tb']],
    ['["C:\\q"]', ['C:\\q']],
    ['[12345678901234567890]', ['12345678901234567890']],
  ];
  for (const [text, value] of mended) {
    it(`offers a fix for ${JSON.stringify(text)}`, () => {
      const { span, text: put } = parseJsonData(text).problems[0]!.fix!;
      assert.deepEqual(parseJsonData(text.slice(0, span.start) + put + text.slice(span.end)), { value, problems: [] });
    });
  }

  it('offers no comma where a bracket is of the wrong kind', () => assert.deepEqual([parseJsonData('[1}').problems[0]!.fix, parseJsonData('{"a": 1]').problems[0]!.fix], [undefined, undefined]));

  it('reads quotes and backslashes in texts', () => assert.deepEqual(parseJsonData('["\\"", "\\\\", "\\\\\\"", "", "\\u0022"]').value, ['"', '\\', '\\"', '', '"']));

  it('warns of a key that stands twice, and of digits that are lost', () => {
    const { value, problems } = parseJsonData('{"a": 1, "b": {"a": 2}, "a": 9007199254740993, "__proto__": 1, "__proto__": 2}');
    assert.equal(JSON.stringify(value), '{"a":9007199254740992,"b":{"a":2},"__proto__":2}');
    assert.deepEqual(problems.map(({ code, severity }) => [code, severity]), [['duplicate-key', 'warning'], ['json-number', 'warning'], ['duplicate-key', 'warning']]);
  });

  it('has names that every object has as data', () => {
    const { value } = parseJsonData('{"__proto__": {"x": 1}, "constructor": 1, "a": {"__proto__": null}}');
    assert.equal(JSON.stringify(value), '{"__proto__":{"x":1},"constructor":1,"a":{"__proto__":null}}');
    assert.equal(({} as { x?: unknown }).x, undefined);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  describe('that is hostile', () => {
    const bounded: readonly (readonly [what: string, text: () => string, message: RegExp])[] = [
      ['a million open lists', () => '['.repeat(1_000_000), /nests more than 200 deep/],
      ['a million open objects', () => '{"a":'.repeat(1_000_000), /nests more than 200 deep/],
      ['more values than may be', () => `[${'1,'.repeat(maxDataValues)}1]`, /more than 5,000,000 values/],
      ['keys that are the same, a hundred thousand times', () => `{${'"a":1,'.repeat(100_000)}"a":1`, /object does not end/],
      ['a number of a million digits', () => '9'.repeat(1_000_000), /too large for a number/],
      ['backslashes without end', () => `"${'\\'.repeat(3_000_001)}"`, /text does not end/],
    ];
    for (const [what, text, message] of bounded) {
      it(`is bounded: ${what}`, () => {
        const { problems } = parseJsonData(text());
        assert.match(problems.at(-1)!.message, message);
        assert.ok(problems.length <= 101 && problems.every((problem) => problem.message.length < 200));
      });
    }

    it(`is bounded: ${maxDataDepth} levels are read`, () => assert.deepEqual(parseJsonData(`${'['.repeat(maxDataDepth)}${']'.repeat(maxDataDepth)}`).problems, []));
    it('is bounded: a text of 10 MB is read whole', () => assert.equal((parseJsonData(`"${'x\\n'.repeat(3_400_000)}"`).value as string).length, 6_800_000));
    it('is bounded: 100,000 rows are read', () => assert.equal((parseJsonData(`[${'{"a": 1, "b": "x"},'.repeat(99_999)}{}]`).value as readonly Json[]).length, 100_000));
  });
});
