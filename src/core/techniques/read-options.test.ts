import assert from 'node:assert/strict';
import { checkDefaults, readCellOptions, type CellOptions } from './read-options.ts';
import { config } from './config.ts';
import { input } from './input.ts';
import { laterOptions } from './later.ts';
import { limits } from './limits.ts';
import { model } from './model.ts';
import { parseOptions } from '../prompt/front-matter.ts';
import { retry } from './retry.ts';
import { sentenceLists } from '../engine/notebook-options.ts';
import { techniques } from './index.ts';
import { whitespace } from './whitespace.ts';
import type { OptionNode } from '../prompt/options.ts';

function node(yaml: string): OptionNode | null {
  return parseOptions(yaml, 0, sentenceLists).root;
}

function read(cell: string, defaults: string | null = null): CellOptions {
  return readCellOptions(node(cell), defaults === null ? null : node(defaults));
}

describe('The options of a cell', () => {
  it('are what its techniques read', () => {
    const options = read('model: fast\nretry: 2\nconfig: { temperature: 0.5 }\nwhitespace: keep\nmetadata: { by: Ada }\ndescription: It tells.\nx-mine: [1]\n');
    assert.deepEqual([options.problems, options.get(model), options.get(retry), options.get(config), options.get(whitespace), options.get(limits)], [[], 'fast', 2, { temperature: 0.5 }, 'keep', undefined]);
  });

  it('are none where none are written', () => {
    const options = read('');
    assert.deepEqual([options.get(model), options.writtenText, options.problems], [undefined, '{}', []]);
  });

  it('have the notebook’s defaults underneath: maps are merged one level deep, and the cell wins', () => {
    const defaults = 'model: fast\nretry: 3\nconfig: { temperature: 0, seed: 7, stopSequences: [A, B] }\nlimits: { calls: 5 }\n';
    const options = read('retry: 1\nconfig: { temperature: 1, stopSequences: [C] }\n', defaults);
    assert.deepEqual([options.get(model), options.get(retry), options.get(config), options.get(limits)], ['fast', 1, { temperature: 1, seed: 7, stopSequences: ['C'] }, { calls: 5 }]);
    assert.deepEqual(read('input: { schema: { a: string } }\n', 'input: { default: { a: x } }\n').get(input)!.inputs.map((one) => [one.name, one.default]), [['a', 'x']]);
  });

  it('tell problems of their own with spans, and those of the defaults only where these stand', () => {
    const options = read('retri: 2\nconfig: { temperature: 9 }\n', 'retry: many\nmodel: [a]\n');
    assert.deepEqual(options.problems.map(({ code, span }) => [code, span.start]), [['unknown-option', 0], ['option-value', 32]]);
    assert.deepEqual(checkDefaults(node('retry: many\nretri: 1\n')!).map((problem) => problem.code), ['unknown-option', 'option-value']);
    assert.deepEqual(checkDefaults(node('defaults: many\n')!.entries![0]!.node).map((problem) => problem.message), ['`defaults` is a map of cell options.']);
    assert.deepEqual(checkDefaults(node('defaults:\n')!.entries![0]!.node), []);
  });

  for (const name of laterOptions) {
    it(`say honestly that \`${name}\` is not supported yet`, () => {
      assert.deepEqual(read(`${name}: 1\n`).problems.map(({ code, message, severity }) => [code, message, severity]), [['not-supported-yet', `\`${name}\` is not supported yet.`, 'error']]);
    });
  }

  it('suggest the nearest name', () => {
    assert.deepEqual(read('chek:\n  - x\n').problems.map(({ message, fix }) => [message, fix?.text]), [['A cell has no `chek`. Did you mean `check`?', 'check']]);
    assert.match(read('colour: red\n').problems[0]!.message, /^A cell has no `colour`\. It has `retry`, `check`/);
  });

  it('write as one text what changes an answer, in whatever order it stands, and nothing else', () => {
    const text = (yaml: string, defaults: string | null = null): string => read(yaml, defaults).writtenText;
    assert.equal(text('retry: 2\nconfig: { seed: 1, temperature: 0 }\n'), text('config: { temperature: 0, seed: 1 }\nretry: 2\n'));
    assert.equal(text('config: { seed: 1 }\n'), text('', 'config: { seed: 1 }\n'));
    assert.notEqual(text('retry: 2\n'), text('retry: 3\n'));
    assert.notEqual(text('check:\n  - a\n'), text('check:\n  - b\n'));
    for (const other of ['model: fast\n', 'limits: { calls: 1 }\n', 'budget: $1\n', 'cache: off\n', 'description: x\n', 'metadata: { a: 1 }\n', 'x-a: 1\n']) assert.equal(text(other), '{}', other);
  });
});

describe('The techniques', () => {
  it('wrap in one order, which is told where they are listed', () => {
    assert.deepEqual(techniques.filter((technique) => technique.wrap !== undefined).map((technique) => technique.name), ['retry', 'check', 'output', 'tools']);
  });

  it('have each a name of their own, none of an option to come, with a document and an example that they can read', () => {
    const names = techniques.map((technique) => technique.name);
    assert.equal(new Set([...names, ...laterOptions]).size, names.length + laterOptions.length);
    for (const { name, doc, example, parse } of techniques) {
      assert.ok(doc.length > 20, name);
      const entry = node(`${name}: ${example}\n`)!.entries![0]!;
      assert.deepEqual(parse(entry.node).problems, [], name);
    }
  });

  it('throw at nothing that YAML can hold', () => {
    for (const technique of techniques) {
      for (const yaml of ['null', '5', '"text"', 'true', '[]', '{}', '[[[]]]', '{ a: { b: [1] } }', '[null]', '{ "": 1 }', '.nan', '2020-01-01']) {
        const entry = node(`${technique.name}: ${yaml}\n`)?.entries?.[0];
        if (entry !== undefined) technique.parse(entry.node);
      }
    }
  });
});
