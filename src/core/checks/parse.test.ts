import assert from 'node:assert/strict';
import { checkNode } from '../../../test/checks/run-check.ts';
import { parseChecks } from './parse.ts';

function read(yaml: string): { checks: string[]; problems: string[] } {
  const { checks, problems } = parseChecks(checkNode(yaml));
  return {
    checks: checks.map((check) => `${check.kind} ${check.title}${check.warn ? ' (warn)' : ''}`),
    problems: problems.map((problem) => `${problem.severity} ${problem.code}`),
  };
}

describe('parseChecks', () => {
  const good: readonly (readonly [yaml: string, checks: readonly string[]])[] = [
    ['check: The poem rhymes.', ['judge The poem rhymes.']],
    ['check: "The poem: it rhymes."', ['judge The poem: it rhymes.']],
    ['check:\n  - The poem has four lines.\n  - It does not rhyme.', ['judge The poem has four lines.', 'judge It does not rhyme.']],
    ['check: |\n  The poem has four lines.\n\n  Tone: warm # really\n  contains\n', ['judge The poem has four lines.', 'judge Tone: warm # really', 'judge contains']],
    ['check: >\n  One long\n  sentence.\n', ['judge One long sentence.']],
    ['check:\n  - |\n    One sentence\n    of two lines.', ['judge One sentence of two lines.']],
    ['check:\n  - contains: paper', ['code contains: paper']],
    ['check:\n  - contains: paper\n    warn: true', ['code contains: paper (warn)']],
    ['check:\n  - {check: "It is short: very.", warn: true}', ['judge It is short: very. (warn)']],
    ['check:\n  - {check: It is short., warn: false}', ['judge It is short.']],
    ['check:\n  contains: paper\n  max_tokens: 50', ['code contains: paper', 'code max_tokens: 50']],
    ['check:\n  - contains: a\n    max_tokens: 5\n    warn: true', ['code contains: a (warn)', 'code max_tokens: 5 (warn)']],
    ['check: {contains: 007}', ['code contains: 007']],
    ['check: one_code_block', ['code one_code_block']],
    ['check:\n  - json\n  - one_code_block:', ['code json', 'code one_code_block']],
    ['check:\n  - "json"', ['judge json']],
    ['check:\n  - equals: yes\n    x-note: kept', ['code equals: yes']],
    ['check:\n  - matches: /^a$/i', ['code matches: /^a$/i']],
    ['check:\n  - equals: [1, 2]\n  - json: {type: array}', ['code equals: [1,2]', 'code json: {"type":"array"}']],
    ['check:\n  - Rhymes', ['judge Rhymes']],
  ];
  for (const [yaml, checks] of good) it(JSON.stringify(yaml), () => assert.deepEqual(read(yaml), { checks, problems: [] }));

  const bad: readonly (readonly [yaml: string, problem: string])[] = [
    ['check:', 'error empty-check'],
    ['check: []', 'error empty-check'],
    ['check: ""', 'error empty-check'],
    ['check:\n  -\n  - Fine.', 'error empty-check'],
    ['check:\n  - warn: true', 'error empty-check'],
    ['check: 4', 'error check-form'],
    ['check:\n  - true', 'error check-form'],
    ['check:\n  - contains', 'error check-argument'],
    ['check:\n  - max_tokens: many', 'error check-argument'],
    ['check:\n  - one_codeblock', 'error unknown-check'],
    ['check:\n  contain: paper', 'error unknown-check'],
    ['check:\n  - contains: a\n    wran: true', 'error unknown-check'],
    ['check:\n  Tone: warm', 'error unknown-check'],
    ['check:\n  - {check: [a], warn: true}', 'error check-form'],
    ['check:\n  - contains: a\n    warn: maybe', 'error check-warn'],
    ['check:\n  - cites: notes', 'error not-supported-yet'],
    ['check:\n  - same_when_swapped', 'error not-supported-yet'],
    ['check:\n  - It rhymes.\n  - It rhymes.', 'warning repeated-check'],
  ];
  for (const [yaml, problem] of bad) it(`${JSON.stringify(yaml)}: ${problem}`, () => assert.deepEqual(read(yaml).problems, [problem]));

  it('keeps what can be used beside what can not', () => {
    assert.deepEqual(read('check:\n  - It is short.\n  - max_tokens: 0\n  - contains: x').checks, ['judge It is short.', 'code contains: x']);
  });

  it('suggests the check that was meant', () => {
    const yaml = 'check:\n  contain: paper';
    const [problem] = parseChecks(checkNode(yaml)).problems;
    assert.match(problem!.message, /`contain` is no check\. Did you mean `contains`\?/);
    assert.equal(yaml.slice(problem!.fix!.span.start, problem!.fix!.span.end), 'contain');
    assert.equal(problem!.fix!.text, 'contains');
  });

  const sentences: readonly (readonly [yaml: string, fixed: string])[] = [
    ['check:\n  Tone: warm and kind', 'check:\n  "Tone: warm and kind"'],
    ['check: {Tone: warm}', 'check: {"Tone: warm"}'],
    ["check: {Say: it's \"fine\"}", "check: {'Say: it''s \"fine\"'}"],
  ];
  for (const [yaml, fixed] of sentences) {
    it(`offers to quote ${JSON.stringify(yaml)}`, () => {
      const { title, span, text } = parseChecks(checkNode(yaml)).problems[0]!.fix!;
      assert.equal(title, 'Quote it');
      assert.equal(yaml.slice(0, span.start) + text + yaml.slice(span.end), fixed);
    });
  }

  it('points at what is wrong', () => {
    const yaml = 'check:\n  - It is short.\n  - max_tokens: many';
    const { span } = parseChecks(checkNode(yaml)).problems[0]!;
    assert.equal(yaml.slice(span.start, span.end), 'many');
  });

  it('bounds the number of checks', () => {
    const yaml = `check:\n${Array.from({ length: 101 }, (_, index) => `  - Sentence ${index}.\n`).join('')}`;
    const { checks, problems } = read(yaml);
    assert.equal(checks.length, 100);
    assert.deepEqual(problems, ['error too-many-checks']);
  });
});
