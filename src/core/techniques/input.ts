import { parseInputs, type InputDeclaration } from '../values/inputs.ts';
import type { JsonSchema } from '../json.ts';
import type { Technique } from './technique.ts';

/** What a cell takes from outside of the notebook's graph: from the command line, from a cell that holds it as a partial, from an agent. */
export interface InputForm {
  readonly inputs: readonly InputDeclaration[];
  /** The JSON Schema of all inputs as an object; null when none is given. */
  readonly schema: JsonSchema | null;
}

export const input: Technique<InputForm> = {
  name: 'input',
  doc: 'The inputs of a cell: `schema` (JSON Schema, or picoschema as in dotprompt) and `default`. An input without a value takes that of the cell or parameter of its name.',
  example: '{ schema: { topic: string }, default: { topic: paper clips } }',
  parse(node) {
    const { inputs, schema, problems } = parseInputs(node);
    return { value: { inputs, schema }, problems };
  },
};
