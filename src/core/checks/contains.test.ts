import assert from 'node:assert/strict';
import { problemsOf, verdict } from '../../../test/checks/run-check.ts';

describe('contains', () => {
  const rows: readonly (readonly [item: string, answer: string, passed: boolean, reason: RegExp])[] = [
    ['contains: paper', 'A paper clip.', true, /contains "paper"/],
    ['contains: paper', 'A clip.', false, /does not contain "paper"\.$/],
    ['contains: paper', 'A PAPER clip.', false, /it contains "PAPER": upper and lower case count/],
    ['contains: paper', 'PAPER clip.', false, /it contains "PAPER"/],
    ['contains: [paper, clip]', 'PAPER', false, /does not contain "paper" and "clip"\.$/],
    ['contains: 007', 'Agent 007.', true, /"007"/],
    ['contains: 007', 'Agent 7.', false, /"007"/],
    ['contains: "1.50"', 'It costs 1.50.', true, /1\.50/],
    ['contains: 1.50', 'It costs 1.5.', false, /1\.50/],
    ['contains: true', 'It is true.', true, /true/],
    ['contains: [paper, clip]', 'A paper clip.', true, /"paper" and "clip"/],
    ['contains: [paper, 007]', 'A paper clip.', false, /does not contain "007"/],
    ['contains: "two\\nlines"', 'two\r\nlines', true, /two lines/],
    ['contains: |\n      two\n      lines\n', 'all two\nlines', true, /two lines/],
    ['contains: "{{x}}"', 'literal {{x}}', true, /\{\{x\}\}/],
    ['contains: ß', 'STRASSE', false, /"ß"\.$/],
    ['contains: 👩‍👩‍👧', 'a family 👩‍👩‍👧 here', true, /contains/],
  ];
  for (const [item, answer, passed, reason] of rows) {
    it(`- ${item.replace(/\n\s*/g, '⏎')} on ${JSON.stringify(answer)} is ${passed}`, async () => {
      const result = await verdict(item, answer);
      assert.equal(result.passed, passed);
      assert.match(result.reason, reason);
    });
  }

  it('looks at a value that is a text of its own', async () => {
    assert.equal((await verdict('contains: \'a "b"\'', { text: '"a \\"b\\""', value: 'a "b"' })).passed, true);
  });

  for (const item of ['contains:', 'contains: ""', 'contains: []', 'contains: {a: 1}', 'contains: [a, [b]]']) {
    it(`- ${item} is a problem`, () => assert.match(problemsOf(item)[0] ?? '', /`contains`/));
  }

  it('reads 10 MB in a moment and shows little of it', async () => {
    const answer = 'x '.repeat(5_000_000);
    const { passed, reason } = await verdict('contains: [needle, x]', answer);
    assert.equal(passed, false);
    assert.ok(reason.length < 200);
  });
});
