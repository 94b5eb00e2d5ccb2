import assert from 'node:assert/strict';
import { readNotebookOptions, type NotebookOptions } from './notebook-options.ts';

const codes = (yaml: string): readonly string[] => readNotebookOptions(yaml).problems.map(({ code, severity, span }) => `${severity === 'error' ? '' : `${severity} `}${code}: ${yaml.slice(span.start, span.end)}`);

describe('The front matter of a notebook', () => {
  it('says all of it, and nothing where there is none', () => {
    const { problems, defaults, params, ...rest } = readNotebookOptions('promptnb: 1\ntitle: Poems\nmodel: fast\nparams: {topic: clips}\nlimits: {calls: 20, cost: 0.1}\nbudget: $0.05\ncache: refresh\ndefaults: {retry: 2}\nx-mine: {a: 1}\n');
    assert.deepEqual([problems, rest, params.map(({ name, type, default: value }) => [name, type, value]), defaults?.value], [
      [], { title: 'Poems', model: 'fast', budget: { cost: 0.05 }, limits: { calls: 20, cost: 0.1 }, cache: 'refresh' }, [['topic', 'string', 'clips']], { retry: 2 },
    ]);
    const none: NotebookOptions = { title: null, model: undefined, params: [], budget: undefined, limits: undefined, cache: undefined, defaults: null, problems: [] };
    for (const yaml of ['', '\n', '# only a comment', 'x-mine: 1']) assert.deepEqual(readNotebookOptions(yaml), none, yaml);
  });

  const versions: readonly (readonly [yaml: string, ...problems: string[]])[] = [
    ['promptnb: 1'], ['promptnb: 1.0'], ['title: x'], ['promptnb: 2', 'newer-version: 2'], ['promptnb: 99', 'newer-version: 99'],
    ['promptnb: 2\nmodle: fast\nmcp: {}\ndefaults: [a]', 'newer-version: 2'],
    ['promptnb: 0', 'option-value: 0'], ['promptnb: 1.5', 'option-value: 1.5'], ['promptnb: "1"', 'option-value: "1"'], ['promptnb: one', 'option-value: one'], ['promptnb:', 'option-value: '],
  ];
  for (const [yaml, ...problems] of versions) it(`is of a version: ${JSON.stringify(yaml)}`, () => assert.deepEqual(codes(yaml), problems));

  const wrong: readonly (readonly [yaml: string, ...problems: string[]])[] = [
    ['titel: x', 'unknown-option: titel'],
    ['check: [a]', 'unknown-option: check'],
    ['mcp: {a: {}}', 'not-supported-yet: mcp'],
    ['models:\n  - id: fast', 'not-supported-yet: models'],
    ['title: [a]', 'option-value: [a]'],
    ['model: {a: b}', 'option-value: {a: b}'],
    ['params: [a]', 'param: [a]'],
    ['params: {each: 1}', 'bad-name: each'],
    ['params: {a: {type: integer, default: x}}', 'param: x'],
    ['params: {a: {type: text}}', 'param: text'],
    ['params: {a: 1, a: 2}', 'duplicate-key: a'],
    ['limits: {cals: 1}', 'unknown-option: cals'],
    ['budget: lots', 'option-value: lots'],
    ['cache: maybe', 'option-value: maybe'],
    ['defaults: [a]', 'option-value: [a]'],
    ['defaults: {retyr: 1, config: {temprature: 1}, think: x}', 'unknown-option: retyr', 'not-supported-yet: think', 'unknown-option: temprature'],
    ['defaults:\n  check:\n    - Tone: warm', 'yaml-mapping: Tone: warm'],
    ['just text', 'yaml-root: just text'],
    ['- a', 'yaml-root: - a'],
    ['title: a\n---\ntitle: b', 'yaml: ---\ntitle: b'],
  ];
  for (const [yaml, ...problems] of wrong) it(`is told to be wrong: ${JSON.stringify(yaml)}`, () => assert.deepEqual([...codes(yaml)].sort(), [...problems].sort()));

  it('is told what to do', () => {
    const message = (yaml: string): string => readNotebookOptions(yaml).problems[0]!.message;
    assert.equal(message('titel: x'), 'A notebook has no `titel`. Did you mean `title`?');
    assert.equal(message('check: [a]'), 'A notebook has no `check`. It has `promptnb`, `title`, `model`, `params`, `budget`, `limits`, `cache`, `mcp`, `models` or `defaults`.');
    assert.match(message('models: []'), /Put models into promptnb\.config\.yaml\./);
  });
});
