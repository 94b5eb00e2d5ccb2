import assert from 'node:assert/strict';
import { dataLanguages, maxDataLength, parseData, type DataLanguage } from './data.ts';
import type { Json } from '../json.ts';

describe('Data', () => {
  const values: readonly (readonly [language: DataLanguage, text: string, value: Json])[] = [
    ['json', '{"a": [1, "x", null]}', { a: [1, 'x', null] }],
    ['json', '"paper clips"', 'paper clips'],
    ['json', '\r\n 7 \r\n', 7],
    ['yaml', 'a: [1, x, ]\nb:', { a: [1, 'x'], b: null }],
    ['yaml', '', null],
    ['yaml', '# nothing', null],
    ['yaml', 'just words', 'just words'],
    ['csv', 'a,b\n1,2', [{ a: '1', b: '2' }]],
    ['csv', '', []],
    ['text', '', ''],
    ['text', '  {"a": 1}\n{{x}}\n---\n', '  {"a": 1}\n{{x}}\n---\n'],
  ];
  for (const [language, text, value] of values) {
    it(`in ${language}: ${JSON.stringify(text)}`, () => assert.deepEqual(parseData(language, text), { value, problems: [] }));
    it(`in ${language}, after a byte order mark: ${JSON.stringify(text)}`, () => assert.deepEqual(parseData(language, `\ufeff${text}`), { value, problems: [] }));
  }

  const wrong: readonly (readonly [language: DataLanguage, text: string, spot: string])[] = [
    ['json', '[1,]', ','],
    ['yaml', 'a: "x" y', 'y'],
    ['yaml', 'a: 007', '007'],
    ['csv', 'a,b\n1', '1'],
  ];
  for (const [language, text, spot] of wrong) {
    it(`reports where the text stands that holds it: ${language}, ${JSON.stringify(text)}`, () => {
      for (const mark of ['', '\ufeff']) {
        const { problems } = parseData(language, mark + text, 1000);
        const whole = ' '.repeat(1000) + mark + text;
        assert.equal(problems.length, 1);
        for (const span of [problems[0]!.span, ...(problems[0]!.fix ? [problems[0]!.fix.span] : [])]) assert.equal(whole.slice(span.start, span.end), spot);
      }
    });
  }

  it('in YAML has a fix for what loses digits', () => {
    const { value, problems } = parseData('yaml', 'a: 12345678901234567890');
    const { span, text } = problems[0]!.fix!;
    assert.deepEqual(value, { a: 12345678901234567890 });
    assert.deepEqual(parseData('yaml', `${'a: 12345678901234567890'.slice(0, span.start)}${text}`), { value: { a: '12345678901234567890' }, problems: [] });
  });

  for (const language of dataLanguages) {
    it(`in ${language} is refused where it is too long`, () => {
      const length = maxDataLength[language] + 1;
      const { value, problems } = parseData(language, 'x'.repeat(length), 5);
      assert.equal(value, null);
      assert.deepEqual(problems.map(({ code, severity, span }) => [code, severity, span]), [['too-large', 'error', { start: 5, end: length + 5 }]]);
      assert.match(problems[0]!.message, new RegExp(`has ${length.toLocaleString('en-US')} characters; at most`));
    });
  }
});
