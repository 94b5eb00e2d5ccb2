import { maxDataValues, type Data } from './json-data.ts';
import type { Json } from '../json.ts';
import type { Problem, Span } from '../problem.ts';
import { setOwn } from './path.ts';

/**
 * Reads CSV (RFC 4180) whose first row names the columns: a list of objects with text values, in linear time. Line ends are LF, CRLF or CR;
 * the last one ends the last row. Empty lines are left out where there is more than one column. White space around the names of columns is
 * taken away; in values it stays. A row with too few or too many fields is a problem; what it lacks is empty. Bounded in columns and values.
 */
export function parseCsvData(text: string): Data {
  const problems: Problem[] = [];
  const add = (code: string, message: string, span: Span): void => {
    if (problems.length < 100) problems.push({ code, severity: 'error', message, span });
  };
  const rows = readRows(text, add);
  const header = rows.next().value;
  if (header === undefined) return { value: [], problems };
  if (header.fields.length > maxColumns) {
    add('too-large', `The first row has ${count(header.fields.length)} fields; at most ${count(maxColumns)} columns are read.`, { start: header.start, end: header.end });
    return { value: null, problems };
  }
  const names = header.fields.map((field) => field.text.trim());
  checkHeader(header, names, text, { add, problems });
  const value: Json[] = [];
  for (const row of rows) {
    if (row.fields.length === 1 && row.fields[0]!.text === '' && !row.fields[0]!.quoted && names.length > 1) continue;
    if (row.fields.length !== names.length) {
      const many = row.fields.length > names.length;
      const span = many ? { start: row.fields[names.length]!.start, end: row.end } : { start: row.start, end: Math.max(row.end, row.start + 1) };
      add('csv-ragged', `This row has ${row.fields.length} ${row.fields.length === 1 ? 'field' : 'fields'}, but there are ${names.length} columns${many ? ': a value with a comma stands in quotes' : ''}.`, span);
    }
    // Rows that lack fields could otherwise make far more values than the text has characters.
    if ((value.length + 1) * names.length > maxDataValues) {
      problems.push({ code: 'too-large', severity: 'error', message: `This table has more than ${count(maxDataValues)} values: split it, or take columns away.`, span: { start: row.start, end: Math.max(row.end, row.start + 1) } });
      return { value: null, problems };
    }
    const record: Record<string, Json> = {};
    for (const [index, name] of names.entries()) setOwn(record, name, row.fields[index]?.text ?? '');
    value.push(record);
  }
  return { value, problems };
}

const maxColumns = 10_000;

function count(value: number): string {
  return value.toLocaleString('en-US');
}

interface Field {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

interface Row {
  readonly fields: readonly Field[];
  readonly start: number;
  readonly end: number;
}

type Add = (code: string, message: string, span: Span) => void;

function checkHeader(header: Row, names: readonly string[], text: string, to: { readonly add: Add; readonly problems: Problem[] }): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const field = header.fields[index]!;
    const span = { start: field.start, end: Math.max(field.end, field.start + 1) };
    if (name === '') to.add('csv-header', `Column ${index + 1} has no name: the first row names the columns.`, span);
    else if (seen.has(name)) to.add('csv-header', `There are two columns \`${name}\`.`, span);
    seen.add(name);
  }
  if (names.length === 1 && /[;\t]/.test(names[0]!)) {
    const other = names[0]!.includes(';') ? 'semicolons' : 'tabs';
    to.problems.push({ code: 'csv-delimiter', severity: 'warning', message: `There is one column only, with ${other} in its name: fields are separated by commas.`, span: { start: header.start, end: Math.min(header.end, text.length) } });
  }
}

function* readRows(text: string, add: Add): Generator<Row, undefined> {
  let position = 0;
  while (position < text.length) {
    const start = position;
    const fields: Field[] = [];
    for (;;) {
      const field = text[position] === '"' ? readQuoted(text, position, add) : readPlain(text, position);
      fields.push(field);
      position = field.end;
      if (text[position] !== ',') break;
      position++;
    }
    yield { fields, start, end: position };
    position += text.startsWith('\r\n', position) ? 2 : 1;
  }
  return undefined;
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
    add('csv-quote', 'This field opens with a quote that does not close.', { start, end: start + 1 });
    return { text: text.slice(start + 1).replaceAll('""', '"'), start, end: text.length, quoted: true };
  }
  const value = text.slice(start + 1, close).replaceAll('""', '"');
  const rest = readPlain(text, close + 1);
  if (rest.text !== '') add('csv-quote', 'More stands after the closing quote: a quote in a quoted field is written twice.', { start: close + 1, end: rest.end });
  return { text: value + rest.text, start, end: rest.end, quoted: true };
}

/** Comma, LF or CR. */
function isFieldEnd(code: number): boolean {
  return code === 44 || code === 10 || code === 13;
}
