import assert from 'node:assert/strict';
import { inOrder } from './graph.ts';
import { parameterValues } from './parameters.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { refusalsOf } from './refuse.ts';
import type { Json } from '../json.ts';

const fence = '```';
const cell = (head: string, body: string): string => `${fence}{${head}}\n${body}\n${fence}\n\n`;

/** Why the cells of these names cannot run: which cell, and what is said. */
function refusals(text: string, names: readonly string[], given: { readonly params?: Readonly<Record<string, Json>>; readonly inputs?: Readonly<Record<string, Json>> } = {}): readonly string[] {
  const program = readProgram(readNotebook(text));
  const order = inOrder(program.prompts.filter((one) => names.includes(one.name ?? `#${one.number}`)), program.prompts);
  const params = parameterValues(program, new Map(Object.entries(given.params ?? {})));
  return refusalsOf(order, { program, params, inputs: new Map(Object.entries(given.inputs ?? {})) }).map(({ cell: one, at, problem, error }) => `${one?.name ?? (at === undefined ? '-' : `at ${at}`)} ${error.code === 'problem' ? problem!.code : error.message}`);
}

describe('Why cells cannot run', () => {
  const broken = cell('prompt bad', '{{nobody}}');
  const rows: readonly (readonly [what: string, found: readonly string[], ...expected: string[]])[] = [
    ['nothing is wrong', refusals(cell('prompt a', 'x'), ['a'])],
    ['another cell has a problem', refusals(broken + cell('prompt a', 'x') + cell('json d', '{'), ['a'])],
    ['it has a problem', refusals(broken, ['bad']), 'bad unknown-name'],
    ['it has none of severity error', refusals(cell('prompt a', '{{this}}'), ['a'])],
    ['a cell that it needs has a problem', refusals(broken + cell('prompt a', '{{bad}}'), ['a']), 'bad unknown-name'],
    ['data that it needs have a problem', refusals(cell('json d', '{') + cell('prompt a', '{{d}}'), ['a']), 'at 0 json'],
    ['data that a needed cell needs have a problem', refusals(cell('json d', '{') + cell('prompt b', '{{d}}') + cell('prompt a', '{{b}}'), ['a']), 'at 0 json'],
    ['its partial has a problem', refusals(cell('prompt bad', '{{#if x}}') + cell('text x', 'y') + cell('prompt a', '{{> bad}}'), ['a']), 'a partial-has-problems'],
    ['the front matter of its partial does not end', refusals(cell('prompt bad', '---\nretry: 1\nBe kind.') + cell('prompt a', '{{> bad}}'), ['a']), 'a partial-has-problems'],
    ['an option of its partial has a problem, which does not count here', refusals(cell('prompt bad', '---\nretyr: 1\n---\nBe kind.') + cell('prompt a', '{{> bad}}'), ['a'])],
    ['its partial names what is not there', refusals(broken + cell('prompt a', '{{> bad}}'), ['a']), 'a unknown-name'],
    ['its name stands twice', refusals(cell('text d', 'x') + cell('text d', 'y') + cell('prompt a', '{{d}}'), ['a']), 'at 1 duplicate-name'],
    ['a prompt of a needed name stands twice', refusals(cell('prompt b', 'x') + cell('prompt b', 'y') + cell('prompt a', '{{b}}'), ['a']), 'at 1 duplicate-name'],
    ['the notebook has a problem', refusals(`---\ntitel: x\n---\n${cell('prompt a', 'x')}`, ['a']), 'at 0 unknown-option'],
    ['the notebook is of a later version', refusals(`---\npromptnb: 2\n---\n${cell('prompt a', '{{x}}')}`, ['a']), 'at 0 newer-version'],
    ['it needs itself', refusals(cell('prompt a', '{{b}}') + cell('prompt b', '{{a}}'), ['a']), 'a cycle', 'b cycle'],
    ['it does not run yet', refusals(cell('prompt a', '{{history}}'), ['a']), 'a not-supported-yet'],

    ['a parameter has no value', refusals(`---\nparams: {topic: }\n---\n${cell('prompt a', '{{topic}}')}`, ['a']), '- The parameter `topic` has no value.'],
    ['a parameter has one', refusals(`---\nparams: {topic: }\n---\n${cell('prompt a', '{{topic}}')}`, ['a'], { params: { topic: 'x' } })],
    ['nobody uses the parameter', refusals(`---\nparams: {topic: }\n---\n${cell('prompt a', 'x')}`, ['a'])],
    ['an input has no value', refusals(cell('prompt a', '---\ninput: {schema: {topic: string}}\n---\n{{topic}}'), ['a']), 'a The input `topic` of cell a has no value.'],
    ['an input of an unnamed cell has no value', refusals(cell('prompt', '---\ninput: {schema: {topic: string}}\n---\n{{topic}}'), ['#1']), '- The input `topic` of cell #1 has no value.'],
    ['an input has a default', refusals(cell('prompt a', '---\ninput: {schema: {topic: string}, default: {topic: x}}\n---\n{{topic}}'), ['a'])],
    ['an input may be missing', refusals(cell('prompt a', '---\ninput: {schema: {topic?: string}}\n---\n{{topic}}'), ['a'])],
    ['an input has the value of a cell', refusals(cell('text topic', 'x') + cell('prompt a', '---\ninput: {schema: {topic: string}}\n---\n{{topic}}'), ['a'])],
    ['an input is given', refusals(cell('prompt a', '---\ninput: {schema: {topic: string}}\n---\n{{topic}}'), ['a'], { inputs: { topic: 'x' } })],
    ['an input of another type is given', refusals(cell('prompt a', '---\ninput: {schema: {n: integer}}\n---\n{{n}}'), ['a'], { inputs: { n: 'many' } }), 'a The input `n` of cell a must be a whole number; `many` was given.'],
    ['an input that only another cell has is of another type', refusals(cell('prompt b', '---\ninput: {schema: {n: integer}}\n---\n{{n}}') + cell('prompt a', 'x'), ['a'], { inputs: { n: 'many' } })],
  ];
  for (const [what, found, ...expected] of rows) it(what, () => assert.deepEqual(found, expected));
});
