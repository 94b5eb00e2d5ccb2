import { isObject, type Json, type JsonSchema } from '../json.ts';
import type { CodeCheck } from './check.ts';
import { argumentProblem, shorten } from './argument.ts';
import { codeBlocks } from './code-blocks.ts';
import { checkSchema, compileSchema } from '../values/json-schema.ts';
import { jsonDepth, maxJsonDepth } from '../values/json-depth.ts';

/** Any JSON, or JSON that follows a schema. */
export type Wanted = { readonly schema: JsonSchema | null };

/** The answer as a whole is JSON, and follows a JSON Schema where one is given. */
export const json: CodeCheck<Wanted> = {
  name: 'json',
  doc: 'The answer as a whole is JSON; with a JSON Schema as argument it must follow that too.',
  example: 'true',
  argument: 'optional',
  parse: (argument) => {
    const { value } = argument;
    if (value === true || value === null) return { value: { schema: null } };
    if (!isObject(value)) return argumentProblem(argument, '`json` takes `true` or a JSON Schema, as a map.');
    const problem = checkSchema(value);
    return problem === null ? { value: { schema: value } } : argumentProblem(argument, `The schema of \`json\` cannot be used: ${problem}`);
  },
  title: ({ schema }) => (schema === null ? 'json' : `json: ${shorten(JSON.stringify(schema))}`),
  run: async ({ schema }, subject) => {
    // A cell with `output` has been read already: what it came to is what counts.
    let { value } = subject;
    if (typeof value === 'string' || value === null) {
      const read = readJson(subject.text);
      if ('problem' in read) return { passed: false, reason: read.problem };
      value = read.value;
    }
    if (schema === null) return { passed: true, reason: 'The answer is JSON.' };
    const compiled = await compileSchema(schema);
    if ('problem' in compiled) return { passed: null, reason: `The schema cannot be used: ${compiled.problem}` };
    const problems = compiled.validate(value);
    if (problems.length === 0) return { passed: true, reason: 'The answer is JSON that follows the schema.' };
    const more = problems.length > 3 ? ` and ${problems.length - 3} more` : '';
    return { passed: false, reason: `The answer does not follow the schema: ${problems.slice(0, 3).join('; ')}${more}.` };
  },
};

function readJson(text: string): { value: Json } | { problem: string } {
  if (jsonDepth(text) > maxJsonDepth) return { problem: `The answer is nested more than ${maxJsonDepth} levels deep.` };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    const { blocks, outside } = codeBlocks(text);
    if (blocks.length === 1 && outside.length === 0) return { problem: 'The answer stands in a code fence; it must be JSON alone, without a fence.' };
    const message = error instanceof Error ? error.message : String(error);
    return { problem: text.trim() === '' ? 'The answer is empty, not JSON.' : `The answer is not JSON: ${shorten(message, 160)}.` };
  }
}
