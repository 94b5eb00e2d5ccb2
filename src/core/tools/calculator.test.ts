import assert from 'node:assert/strict';
import { calculator } from './calculator.ts';
import { compileSchema } from '../values/json-schema.ts';
import { functions } from './arithmetic/functions.ts';
import { tools } from './index.ts';
import type { Json } from '../json.ts';

const run = (input: Json): Promise<{ readonly text: string }> => calculator.run(input, { signal: new AbortController().signal });

describe('The calculator', () => {
  it('is a tool that changes nothing', () => {
    assert.ok(tools.includes(calculator));
    assert.deepEqual([calculator.name, calculator.effect], ['calculator', 'none']);
  });

  it('gives what an expression comes to', async () => {
    assert.deepEqual(await run({ expression: '(12.5 * 4 - 3) / 7' }), { text: '6.7142857142857142857' });
    assert.deepEqual(await run({ expression: '0.1 + 0.2' }), { text: '0.3' });
  });

  const wrong: readonly (readonly [input: Json, message: RegExp])[] = [
    [{ expression: '1/0' }, /: Division by zero \(at position 2\)\.$/],
    [{ expression: 'require("fs")' }, /: Unexpected "\\"" at position 9/],
    [{ expression: '' }, /The expression is empty/],
    [{}, /needs "expression", a text/],
    [{ expression: 5 }, /needs "expression", a text/],
    [null, /needs "expression", a text/],
    [Object.create({ expression: '1' }) as Json, /needs "expression", a text/],
  ];
  for (const [input, message] of wrong) it(`tells what is wrong with ${JSON.stringify(input)}`, () => assert.rejects(run(input), message));

  it('has a schema that takes its expression and nothing else', async () => {
    const compiled = await compileSchema(calculator.parameters);
    assert.ok('validate' in compiled);
    assert.deepEqual(compiled.validate({ expression: '1' }), []);
    for (const input of [{}, { expression: '' }, { expression: 1 }, { expression: '1', more: 1 }, { expression: 'x'.repeat(2001) }, []]) assert.notDeepEqual(compiled.validate(input), [], JSON.stringify(input).slice(0, 40));
  });

  it('tells the model every function that there is', () => {
    for (const name of Object.keys(functions)) assert.match(calculator.description, new RegExp(`\\b${name}\\b`));
  });
});
