import assert from 'node:assert/strict';
import { problemsOf, verdict } from '../../../test/checks/run-check.ts';

describe('one_code_block', () => {
  const rows: readonly (readonly [name: string, answer: string, passed: boolean, reason?: RegExp])[] = [
    ['one block', '```\nls\n```', true],
    ['with a language', '```bash\nls\n```', true],
    ['of tildes', '~~~\nls\n~~~', true],
    ['tildes with backticks in the info string', '~~~ `x`\nls\n~~~', true],
    ['empty', '```\n```', true],
    ['white space around', '\n  \n```\nls\n```\n\t\n', true],
    ['CRLF', '\r\n```sh\r\nls\r\n```\r\n', true],
    ['CR only', '```\rls\r```\r', true],
    ['three blanks of indentation', '   ```\nls\n   ```', true],
    ['a longer closing fence', '```\nls\n`````', true],
    ['blanks behind the closing fence', '```\nls\n```  \t', true],
    ['a shorter fence inside', '````\n```bash\nls\n```\n````', true],
    ['the other fence inside', '```\n~~~\nls\n~~~\n```', true],
    ['what looks like an opening inside', '```\n```bash\n```', true],
    ['closing fence indented by four is content', '```\nls\n    ```\n```', true],
    ['nothing', '', false, /no fenced code block/],
    ['text', 'ls', false, /no fenced code block/],
    ['indented code', '    ls', false, /no fenced code block/],
    ['a fence indented by four', '    ```\n    ls\n    ```', false, /no fenced code block/],
    ['a fence after a tab', '\t```\nls\n\t```', false, /no fenced code block/],
    ['code in a line', '```ls```', false, /no fenced code block/],
    ['two backticks', '``\nls\n``', false, /no fenced code block/],
    ['text before', 'Sure!\n```\nls\n```', false, /line 1: "Sure!"/],
    ['text behind', '```\nls\n```\nDone.', false, /line 4: "Done\."/],
    ['text on the closing line', '```\nls\n``` done', false, /not closed/],
    ['not closed', '```\nls', false, /not closed/],
    ['closed by fewer', '````\nls\n```', false, /not closed/],
    ['closed by the other', '```\nls\n~~~', false, /not closed/],
    ['two blocks', '```\nls\n```\n```\npwd\n```', false, /2 code blocks \(from line 1 and 4\)/],
    ['nested fences of one length', '```\n```bash\nls\n```\n```', false, /2 code blocks/],
    ['in a quote', '> ```\n> ls\n> ```', false, /no fenced code block/],
    ['in a list', '- ```\n  ls\n  ```', false, /code block/],
    ['a zero-width space outside', '```\nls\n```\n\u200b', false, /text outside/],
  ];
  for (const [name, answer, passed, reason] of rows) {
    it(`${name}: ${passed}`, async () => {
      const result = await verdict('one_code_block: true', answer);
      assert.equal(result.passed, passed, result.reason);
      if (reason) assert.match(result.reason, reason);
    });
  }

  it('is a check without a value too', async () => assert.equal((await verdict('one_code_block', '```\nx\n```')).passed, true));

  for (const item of ['one_code_block: false', 'one_code_block: python', 'one_code_block: 1']) {
    it(`- ${item} is a problem`, () => assert.match(problemsOf(item)[0] ?? '', /takes no value but `true`/));
  }

  for (const [name, answer] of [['backticks', '`'.repeat(10_000_000)], ['blanks', ' '.repeat(10_000_000)], ['fences', '```\n'.repeat(1_000_000)], ['almost fences', `\`\`\`${' `'.repeat(5_000_000)}`]] as const) {
    it(`reads megabytes of ${name} in a moment`, async () => assert.equal((await verdict('one_code_block', answer)).passed, false));
  }
});
