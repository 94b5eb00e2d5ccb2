import assert from 'node:assert/strict';
import { measureYaml } from './yaml-measure.ts';

describe('The measure of YAML', () => {
  const cheap: readonly (readonly [what: string, text: string])[] = [
    ['nothing', ''],
    ['a text of 10 MB', 'x'.repeat(10_000_000)],
    ['dashes, colons and signs within words', 'a-b:c#d?e '.repeat(400_000)],
    ['500,000 marks', '['.repeat(500_000)],
    ['1,999,999 lines', '\n'.repeat(1_999_999)],
  ];
  for (const [what, text] of cheap) it(`lets pass: ${what}`, () => assert.equal(measureYaml(text), null));

  const marks = ['[', ']', '{', '}', ',', '&', '*', '!', '"', "'", '%', '- ', '-\n', '-\t', '? ', ': ', ':\r', ' #', '\n#'];
  for (const mark of marks) {
    it(`refuses 500,001 times ${JSON.stringify(mark)}`, () => assert.match(measureYaml(mark.repeat(500_001))?.message ?? '', /more than 500,000 marks of structure/));
  }

  it('counts a mark at either end of the text', () => {
    assert.notEqual(measureYaml(`${','.repeat(500_000)}-`), null);
    assert.notEqual(measureYaml(`#${','.repeat(500_000)}`), null);
    assert.equal(measureYaml(`${','.repeat(500_000)}a-b`), null);
  });

  it('refuses more than 2,000,000 lines', () => assert.match(measureYaml('\n'.repeat(2_000_001))!.message, /more than 2,000,000 lines/));
});
