import { bad, readText } from './read.ts';
import type { Technique } from './technique.ts';

/** Which model answers this cell: an id of the model list, or a name such as `openai:gpt-4.1-mini`. */
export const model: Technique<string> = {
  name: 'model',
  doc: 'The model that answers: an id of the model list, or a name such as `openai:gpt-4.1-mini` or `local:smollm2-135m`. Without it, the notebook’s model answers, or the one picked in the editor.',
  example: 'fast',
  parse(node) {
    if (node.items !== null) return bad(node, 'not-supported-yet', 'A list of models side by side is not supported yet: give one model.');
    return readText(node, '`model`');
  },
};
