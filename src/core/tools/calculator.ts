import { evaluate, maxExpression } from './arithmetic/evaluate.ts';
import { functions } from './arithmetic/functions.ts';
import { ownProperty } from '../json.ts';
import type { Tool } from './tool.ts';

/** Exact decimal arithmetic by a parser of its own: a model's text is never run as code. */
export const calculator: Tool = {
  name: 'calculator',
  description:
    'Evaluates an arithmetic expression and returns the number. Exact with decimals of any length; results that do not end are rounded to 20 significant digits. ' +
    'Operators: + - * / // (division rounded down) ^ (power) ! and parentheses; a % b is the remainder, 15% is 0.15. ' +
    `Functions: ${Object.keys(functions).join(' ')}; log is to base 10, log(x, b) to base b, ln is natural; angles are in radians. Constants: pi, e, tau. ` +
    'Numbers without units; use a point for decimals.',
  parameters: {
    type: 'object',
    properties: { expression: { type: 'string', description: 'What to calculate, for example "(12.5 * 4 - 3) / 7".', minLength: 1, maxLength: maxExpression } },
    required: ['expression'],
    additionalProperties: false,
  },
  effect: 'none',
  run: async (input) => {
    const expression = ownProperty(input, 'expression');
    if (typeof expression !== 'string') throw new Error('The calculator needs "expression", a text.');
    return { text: evaluate(expression) };
  },
};
