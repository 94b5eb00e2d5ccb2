import assert from 'node:assert/strict';
import { parseOptions } from '../prompt/front-matter.ts';
import { readChoice, readEntries, readNumber, readText, shown, unknownKey, type Read } from './read.ts';
import type { OptionEntry, OptionNode } from '../prompt/options.ts';

function entry(yaml: string): OptionEntry {
  return parseOptions(`a: ${yaml}`).root!.entries![0]!;
}

const node = (yaml: string): OptionNode => entry(yaml).node;

/** The value, or what is said. */
function result<V>({ value, problems }: Read<V>): V | string {
  assert.equal(value === undefined, problems.length > 0);
  for (const problem of problems) assert.equal(problem.severity, 'error');
  return value ?? problems.map((problem) => problem.message).join('\n');
}

describe('Reading the value of an option', () => {
  const numbers: readonly (readonly [yaml: string, bounds: Parameters<typeof readNumber>[2], result: number | string])[] = [
    ['1.5', {}, 1.5], ['1e3', {}, 1000], ['-2', {}, -2], ['0', { min: 0 }, 0], ['3', { min: 1, max: 3, integer: true }, 3],
    ['x', {}, '`n` must be a number, not `x`.'], ['"1"', {}, '`n` must be a number, not `1`.'], ['true', {}, '`n` must be a number, not `true`.'], ['', {}, '`n` must be a number, not nothing.'],
    ['[1]', {}, '`n` must be a number, not a list.'], ['{b: 1}', {}, '`n` must be a number, not a map.'], ['.inf', {}, '`n` must be a number, not `.inf`.'], ['1_000', {}, '`n` must be a number, not `1_000`.'],
    ['1.5', { integer: true }, '`n` must be a whole number, not `1.5`.'], ['-1', { min: 0 }, '`n` must be a number 0 or more, not -1.'], ['4', { max: 3 }, '`n` must be a number 3 or less, not 4.'],
    ['4', { min: 1, max: 3, integer: true }, '`n` must be a whole number from 1 to 3, not 4.'],
  ];
  for (const [yaml, bounds, expected] of numbers) it(`as a number: ${yaml} within ${JSON.stringify(bounds)}`, () => assert.equal(result(readNumber(node(yaml), '`n`', bounds)), expected));

  const texts: readonly (readonly [yaml: string, result: string])[] = [
    ['fast', 'fast'], ['"a b"', 'a b'], ['4', '4'], ['1.10', '1.10'], ['007', '007'], ['true', 'true'], ['""', ''],
    ['', '`t` must be a text, not nothing.'], ['~', '`t` must be a text, not nothing.'], ['[a]', '`t` must be a text, not a list.'], ['{b: 1}', '`t` must be a text, not a map.'],
  ];
  for (const [yaml, expected] of texts) it(`as a text: ${yaml}`, () => assert.equal(result(readText(node(yaml), '`t`')), expected));

  const choices: readonly (readonly [yaml: string, result: string, fix?: string])[] = [
    ['on', 'on'], ['"off"', 'off'], ['onn', '`c` must be `on`, `off` or `refresh`, not `onn`. Did you mean `on`?', 'on'], ['Refresh', '`c` must be `on`, `off` or `refresh`, not `Refresh`. Did you mean `refresh`?', 'refresh'],
    ['always', '`c` must be `on`, `off` or `refresh`, not `always`.'], ['', '`c` must be `on`, `off` or `refresh`, not nothing.'], ['[on]', '`c` must be `on`, `off` or `refresh`, not a list.'],
  ];
  for (const [yaml, expected, fix] of choices) {
    it(`as a choice: ${yaml}`, () => {
      const read = readChoice(node(yaml), '`c`', ['on', 'off', 'refresh']);
      assert.equal(result(read), expected);
      assert.equal(read.problems[0]?.fix?.text, fix);
    });
  }

  it('as a map: what is known is read, `x-…` is left, the rest is told', () => {
    const yaml = '{one: 1, x-own: 2, too: 3, three: 4}';
    const seen: string[] = [];
    const problems = readEntries(node(yaml), '`m`', ['one', 'two'], ({ key }) => {
      seen.push(key);
      return [];
    });
    assert.deepEqual(seen, ['one']);
    assert.deepEqual(problems.map(({ message, span, fix }) => [message, `a: ${yaml}`.slice(span.start, span.end), fix?.text]), [
      ['`m` has no `too`. Did you mean `two`?', 'too', 'two'],
      ['`m` has no `three`. It has `one` or `two`.', 'three', undefined],
    ]);
    assert.deepEqual(readEntries(node('[1]'), '`m`', ['one'], () => []).map((problem) => problem.message), ['`m` must be a map with `one`, not a list.']);
  });

  it('suggests keys that it does not list', () => {
    const { message, fix } = unknownKey({ ...entry('1'), key: 'thnik' }, 'A cell', ['retry'], ['think']);
    assert.deepEqual([message, fix?.text], ['A cell has no `thnik`. Did you mean `think`?', 'think']);
    assert.equal(unknownKey({ ...entry('1'), key: 'colour' }, 'A cell', ['retry'], ['think']).message, 'A cell has no `colour`. It has `retry`.');
  });

  it('shows what is wrong in short', () => {
    assert.equal(shown(node('x'.repeat(100))), `\`${'x'.repeat(39)}…\``);
    assert.equal(shown(node('x'.repeat(40))), `\`${'x'.repeat(40)}\``);
  });
});
