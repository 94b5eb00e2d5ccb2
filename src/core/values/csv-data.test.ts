import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCsvData } from './csv-data.ts';
import type { Json } from '../json.ts';

const codes = (text: string): readonly string[] => parseCsvData(text).problems.map((problem) => problem.code);
/** What the problem is about, as it stands in the text. */
const spots = (text: string): readonly string[] => parseCsvData(text).problems.map(({ span }) => text.slice(span.start, span.end));

describe('CSV', () => {
  const read: readonly (readonly [what: string, text: string, value: Json])[] = [
    ['RFC 4180, 2.1: rows end with CRLF', 'a,b\r\n1,2\r\n', [{ a: '1', b: '2' }]],
    ['RFC 4180, 2.2: the last row needs no line end', 'a,b\r\n1,2', [{ a: '1', b: '2' }]],
    ['RFC 4180, 2.4: spaces are a part of a field', 'a,b\n 1 , 2', [{ a: ' 1 ', b: ' 2' }]],
    ['RFC 4180, 2.5: quotes around a field', 'a,b\n"1",2', [{ a: '1', b: '2' }]],
    ['RFC 4180, 2.6: line ends and commas in quotes', 'a,b\r\n"x\r\ny",","\r\n', [{ a: 'x\r\ny', b: ',' }]],
    ['RFC 4180, 2.7: a quote written twice', 'a\n"b""bb"', [{ a: 'b"bb' }]],
    ['nothing', '', []],
    ['names only', 'a,b', []],
    ['names with white space around them', ' a ,\tb\n1,2', [{ a: '1', b: '2' }]],
    ['names in quotes, with a comma', '"a,b"\n1', [{ 'a,b': '1' }]],
    ['line ends of three kinds', 'a\r1\n2\r\n3', [{ a: '1' }, { a: '2' }, { a: '3' }]],
    ['empty fields', 'a,b,c\n,,', [{ a: '', b: '', c: '' }]],
    ['an empty field at the end of the text', 'a,b\n1,', [{ a: '1', b: '' }]],
    ['empty lines', '\n\r\na,b\n\n1,2\n\n', [{ a: '1', b: '2' }]],
    ['empty lines in one column, which are empty values', '\na\n\n1\n', [{ a: '' }, { a: '1' }]],
    ['an empty text in quotes, which is no empty line', 'a\n""', [{ a: '' }]],
    ['a quote inside of a field', 'a\n5" pipe', [{ a: '5" pipe' }]],
    ['all values are texts', 'a,b,c\n007,true,null', [{ a: '007', b: 'true', c: 'null' }]],
    ['names that every object has', '__proto__,constructor\n1,2', [JSON.parse('{"__proto__":"1","constructor":"2"}') as Json]],
    ['characters beyond 16 bits', '😀,é\n"😀😀",\u2028', [{ '😀': '😀😀', 'é': '\u2028' }]],
  ];
  for (const [what, text, value] of read) {
    it(`reads ${what}`, () => {
      const data = parseCsvData(text);
      assert.deepEqual(data, { value, problems: [] });
      assert.equal(JSON.stringify(data.value), JSON.stringify(value));
    });
  }

  const wrong: readonly (readonly [what: string, text: string, code: string, spot: string, message: RegExp])[] = [
    ['a row with too few fields', 'a,b\n1\n2,3', 'csv-ragged', '1', /1 field, but there are 2 columns\.$/],
    ['a row with too many', 'a,b\n1,2,3,4', 'csv-ragged', '3,4', /4 fields, but there are 2 columns: a value with a comma stands in quotes/],
    ['two fields in one column', 'a\n1,', 'csv-ragged', ',', /2 fields, but there is 1 column/],
    ['an empty name', 'a,,c\n1,2,3', 'csv-header', ',', /Column 2 has no name/],
    ['an empty name at the end', 'a,\n', 'csv-header', '\n', /Column 2 has no name/],
    ['an empty name at the end of the text', 'a,', 'csv-header', ',', /Column 2 has no name/],
    ['a name twice', 'a, a \n1,2', 'csv-header', ' a ', /two columns `a`/],
    ['a quote that does not close', 'a\n"x\ny', 'csv-quote', '"', /does not close/],
    ['more after a closing quote', 'a,b\n"x"y,1', 'csv-quote', 'y', /after the closing quote/],
  ];
  for (const [what, text, code, spot, message] of wrong) {
    it(`reports ${what}`, () => {
      assert.deepEqual(codes(text), [code]);
      assert.deepEqual(spots(text), [spot]);
      assert.match(parseCsvData(text).problems[0]!.message, message);
      assert.equal(parseCsvData(text).problems[0]!.severity, 'error');
    });
  }

  it('keeps what it can of a row that is wrong', () => {
    assert.deepEqual(parseCsvData('a,b\n1\n1,2,3').value, [{ a: '1', b: '' }, { a: '1', b: '2' }]);
    assert.deepEqual(parseCsvData('a\n"x""y').value, [{ a: 'x"y' }]);
  });

  it('warns of other delimiters, where they leave one column', () => {
    assert.deepEqual(parseCsvData('a;b\n1;2').problems.map(({ severity, message }) => [severity, /semicolons/.test(message)]), [['warning', true]]);
    assert.deepEqual(parseCsvData('a\tb\n1\t2').problems.map(({ severity, message }) => [severity, /tabs/.test(message)]), [['warning', true]]);
    assert.deepEqual(codes('a;b,c\n1,2'), []);
  });

  it('warns of a blank before a quote, which is taken away by the fix', () => {
    const text = 'a,b\n1, "x"';
    const { value, problems } = parseCsvData(text);
    assert.deepEqual(value, [{ a: '1', b: ' "x"' }]);
    assert.deepEqual(problems.map(({ code, severity }) => [code, severity]), [['csv-quote', 'warning']]);
    const { span, text: put } = problems[0]!.fix!;
    assert.deepEqual(parseCsvData(text.slice(0, span.start) + put + text.slice(span.end)), { value: [{ a: '1', b: 'x' }], problems: [] });
  });

  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', '"', '\n', '\r', '\r\n', '😀', ';'), maxLength: 12 });

  it('gives back every table that was written as RFC 4180 says', () => {
    const names = fc.uniqueArray(text.map((name) => name.trim()).filter((name) => name !== ''), { minLength: 1, maxLength: 4 });
    const table = names.chain((columns) => fc.record({ columns: fc.constant(columns), rows: fc.array(fc.array(text, { minLength: columns.length, maxLength: columns.length }), { maxLength: 4 }) }));
    const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;
    fc.assert(fc.property(table, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), ({ columns, rows }, eol, last) => {
      const written = [columns, ...rows].map((row) => row.map(quote).join(',')).join(eol) + (last ? eol : '');
      const { value, problems } = parseCsvData(written);
      assert.deepEqual(value, rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))));
      assert.deepEqual(problems.filter((problem) => problem.severity === 'error'), []);
    }), { numRuns: 500 });
  });

  /** RFC 4180, letter by letter: the fields of each row that is no empty line. */
  const fieldsOf = (source: string): readonly (readonly string[])[] => {
    const rows: string[][] = [];
    let row: string[] = [''];
    let quoted = false;
    /** Characters of the field and of the row so far. */
    let [inField, inRow] = [0, 0];
    const next = (): void => {
      if (inRow > 0) rows.push(row);
      row = [''];
      inField = inRow = 0;
    };
    for (let at = 0; at < source.length; at++) {
      const char = source[at]!;
      if (!quoted && (char === '\n' || char === '\r')) {
        if (char === '\r' && source[at + 1] === '\n') at++;
        next();
        continue;
      }
      inRow++;
      if (quoted && char === '"' && source[at + 1] === '"') row[row.length - 1] += source[at++]!;
      else if (quoted && char === '"') quoted = false;
      else if (!quoted && char === '"' && inField === 0) quoted = true;
      else if (!quoted && char === ',') {
        row.push('');
        inField = -1;
      } else row[row.length - 1] += char;
      inField++;
    }
    next();
    return rows;
  };

  it('reads any text as a reader that goes letter by letter', () => {
    fc.assert(fc.property(text, (source) => {
      const { value } = parseCsvData(`x,y\n${source}`);
      assert.deepEqual(value, fieldsOf(source).map(([x, y]) => ({ x: x!, y: y ?? '' })));
    }), { numRuns: 2000 });
  });

  it('reports within the text only', () => {
    fc.assert(fc.property(text, (source) => {
      for (const { span, fix } of parseCsvData(source).problems) {
        for (const one of [span, ...(fix ? [fix.span] : [])]) assert.ok(one.start >= 0 && one.start < one.end && one.end <= source.length, JSON.stringify(one));
      }
    }), { numRuns: 1000 });
  });

  describe('that is hostile', () => {
    const bounded: readonly (readonly [what: string, text: () => string, message: RegExp])[] = [
      ['names without end', () => ','.repeat(5_000_000), /The first row has 5,000,001 fields; at most 10,000 columns/],
      ['a row without end', () => `a,b\n${','.repeat(5_000_000)}`, /5,000,001 fields, but there are 2 columns/],
      ['short rows of a wide table', () => `${Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(',')}\n${'x\n'.repeat(1000)}`, /more than 5,000,000 values/],
      ['a quote that never ends', () => `a\n"${'x""\n,'.repeat(500_000)}`, /does not close/],
    ];
    for (const [what, source, message] of bounded) {
      it(`is bounded: ${what}`, () => {
        const text = source();
        const before = process.memoryUsage().heapUsed;
        const { problems } = parseCsvData(text);
        // Of five million fields that are kept, each takes 60 bytes.
        if (what.includes('without end')) assert.ok(process.memoryUsage().heapUsed - before < 150_000_000);
        assert.match(problems.at(-1)!.message, message);
        assert.ok(problems.length <= 100);
      });
    }

    it('is bounded: 100,000 rows are read', () => assert.equal((parseCsvData(`a,b\n${'1,"x ""y"""\n'.repeat(100_000)}`).value as readonly Json[]).length, 100_000));
  });
});
