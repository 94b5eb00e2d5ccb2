import { shiftProblem, type Problem } from '../problem.ts';
import { parseJsonData, type Data } from './json-data.ts';
import { parseCsvData } from './csv-data.ts';
import { quoteYaml } from '../prompt/yaml-quote.ts';
import { readYamlTree } from './yaml-tree.ts';

export type { Data } from './json-data.ts';

export type DataLanguage = 'json' | 'yaml' | 'csv' | 'text';

/** The languages of data cells. */
export const dataLanguages: readonly DataLanguage[] = ['json', 'yaml', 'csv', 'text'];

/** The longest data that is read, in UTF-16 units. */
export const maxDataLength: Readonly<Record<DataLanguage, number>> = { json: 64_000_000, yaml: 16_000_000, csv: 64_000_000, text: 64_000_000 };

/**
 * The value of a data cell's body or file. A byte order mark is left out. Numbers are JSON's (doubles): an integer with more digits than
 * that holds is rounded, with a warning. Never throws; bounded in size, depth and, for YAML's aliases, in what they stand for. Spans are
 * offsets into `text` plus `offset`.
 */
export function parseData(language: DataLanguage, text: string, offset = 0): Data {
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const content = mark === 0 ? text : text.slice(1);
  if (content.length > maxDataLength[language]) {
    const advice = language === 'yaml' ? ' Large data is better kept as JSON.' : '';
    const message = `This data has ${content.length.toLocaleString('en-US')} characters; at most ${maxDataLength[language].toLocaleString('en-US')} are read.${advice}`;
    return { value: null, problems: [{ code: 'too-large', severity: 'error', message, span: { start: offset, end: offset + text.length } }] };
  }
  const { value, problems } = read(language, content);
  const move = offset + mark;
  return { value, problems: move === 0 ? problems : problems.map((problem) => shiftProblem(problem, move)) };
}

function read(language: DataLanguage, text: string): Data {
  switch (language) {
    case 'json':
      return parseJsonData(text);
    case 'csv':
      return parseCsvData(text);
    case 'yaml':
      return readYamlData(text);
    case 'text':
      return { value: text, problems: [] };
  }
}

function readYamlData(text: string): Data {
  const { root, issues } = readYamlTree(text, 'data');
  const problems = issues.map(
    ({ code, severity, message, span, quote }): Problem => ({ code, severity, message, span, ...(quote !== undefined && { fix: { title: 'Quote it', span, text: quoteYaml(quote) } }) }),
  );
  return { value: root?.value ?? null, problems };
}
