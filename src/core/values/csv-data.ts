import { maxDataValues, type Data } from './json-data.ts';
import type { Json } from '../json.ts';
import type { Problem, Span } from '../problem.ts';
import { setOwn } from './path.ts';

/**
 * Reads CSV (RFC 4180) whose first row names the columns: a list of objects with text values, in linear time. Line ends are LF, CRLF or CR;
 * the last one ends the last row. Empty lines are left out before the names, and after them where there is more than one column. White space
 * around the names of columns is taken away; in values it stays. A row with too few or too many fields is a problem; what it lacks is empty.
 * Bounded in columns and values.
 */
export function parseCsvData(text: string): Data {
  const problems: Problem[] = [];
  const add: Add = ({ span: { start, end }, ...problem }) => {
    // Even where nothing stands something is underlined.
    const from = start === end && end === text.length ? Math.max(0, start - 1) : start;
    if (problems.length < maxProblems) problems.push({ severity: 'error', ...problem, span: { start: from, end: Math.max(end, from + 1) } });
  };
  const rows = readRows(text, add);
  let header = rows.next().value;
  while (header !== undefined && isEmpty(header)) header = rows.next().value;
  if (header === undefined) return { value: [], problems };
  if (header.count > maxColumns) {
    add({ code: 'too-large', message: `The first row has ${counted(header.count, 'field')}; at most ${counted(maxColumns, 'column')} are read.`, span: header });
    return { value: null, problems };
  }
  const names = header.fields.map((field) => field.text.trim());
  checkHeader(header, names, add);
  const value: Json[] = [];
  for (const row of rows) {
    if (names.length > 1 && isEmpty(row)) continue;
    if (row.count !== names.length) add(ragged(row, names.length));
    // Rows that lack fields could otherwise make far more values than the text has characters.
    if ((value.length + 1) * names.length > maxDataValues) {
      problems.splice(maxProblems - 1);
      add({ code: 'too-large', message: `This table has more than ${counted(maxDataValues, 'value')}: split it, or take columns away.`, span: row });
      return { value: null, problems };
    }
    const record: Record<string, Json> = {};
    for (const [index, name] of names.entries()) setOwn(record, name, row.fields[index]?.text ?? '');
    value.push(record);
  }
  return { value, problems };
}

const maxProblems = 100;
const maxColumns = 10_000;

interface Field extends Span {
  readonly text: string;
  readonly quoted: boolean;
}

interface Row extends Span {
  /** At most one more than there may be columns: a row of commas alone must not take memory without end. */
  readonly fields: readonly Field[];
  readonly count: number;
}

type Add = (problem: Omit<Problem, 'severity'> & Partial<Problem>) => void;

function ragged(row: Row, columns: number): Parameters<Add>[0] {
  const many = row.count > columns;
  const message = `This row has ${counted(row.count, 'field')}, but there ${columns === 1 ? 'is' : 'are'} ${counted(columns, 'column')}${many ? ': a value with a comma stands in quotes' : ''}.`;
  return { code: 'csv-ragged', message, span: { start: many ? row.fields[columns]!.start : row.start, end: row.end } };
}

function checkHeader(header: Row, names: readonly string[], add: Add): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const { start, end } = header.fields[index]!;
    if (name === '') add({ code: 'csv-header', message: `Column ${index + 1} has no name: the first row names the columns.`, span: { start, end } });
    else if (seen.has(name)) add({ code: 'csv-header', message: `There are two columns \`${name}\`.`, span: { start, end } });
    seen.add(name);
  }
  if (names.length === 1 && /[;\t]/.test(names[0]!)) {
    const other = names[0]!.includes(';') ? 'semicolons' : 'tabs';
    add({ code: 'csv-delimiter', severity: 'warning', message: `There is one column only, with ${other} in its name: fields are separated by commas.`, span: { start: header.start, end: header.end } });
  }
}

/** Whether nothing at all stands on the row's line. */
function isEmpty({ count, fields: [first] }: Row): boolean {
  return count === 1 && first!.text === '' && !first!.quoted;
}

function* readRows(text: string, add: Add): Generator<Row, undefined> {
  let position = 0;
  while (position < text.length) {
    const start = position;
    const fields: Field[] = [];
    let count = 0;
    for (;;) {
      const field = text[position] === '"' ? readQuoted(text, position, add) : readPlain(text, position);
      if (++count <= maxColumns + 1) fields.push(field);
      const blanks = /^[ \t]+(?=")/.exec(field.text)?.[0].length ?? 0;
      if (blanks > 0 && !field.quoted) add(blankBeforeQuote({ start: field.start, end: field.start + blanks }));
      position = field.end;
      if (text[position] !== ',') break;
      position++;
    }
    yield { fields, count, start, end: position };
    position += text.startsWith('\r\n', position) ? 2 : 1;
  }
  return undefined;
}

function blankBeforeQuote(span: Span): Parameters<Add>[0] {
  return {
    code: 'csv-quote', severity: 'warning', span,
    message: 'A blank stands before this quote, which makes the quote a part of the text: only a quote right after the comma opens a quoted field.',
    fix: { title: 'Take the blank away', span, text: '' },
  };
}

function readPlain(text: string, start: number): Field {
  let end = start;
  while (end < text.length && !isFieldEnd(text.charCodeAt(end))) end++;
  return { text: text.slice(start, end), start, end, quoted: false };
}

function readQuoted(text: string, start: number, add: Add): Field {
  let close = text.indexOf('"', start + 1);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close < 0) {
    add({ code: 'csv-quote', message: 'This field opens with a quote that does not close.', span: { start, end: start + 1 } });
    return { text: text.slice(start + 1).replaceAll('""', '"'), start, end: text.length, quoted: true };
  }
  const value = text.slice(start + 1, close).replaceAll('""', '"');
  const rest = readPlain(text, close + 1);
  if (rest.text !== '') add({ code: 'csv-quote', message: 'More stands after the closing quote: a quote in a quoted field is written twice.', span: { start: close + 1, end: rest.end } });
  return { text: value + rest.text, start, end: rest.end, quoted: true };
}

/** Comma, LF or CR. */
function isFieldEnd(code: number): boolean {
  return code === 44 || code === 10 || code === 13;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
