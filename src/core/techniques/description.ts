import { readText } from './read.ts';
import type { Technique } from './technique.ts';

export const description: Technique<string> = {
  name: 'description',
  doc: 'One sentence on what the cell does: for readers, and for models where the cell is used as a tool.',
  example: 'Summarises an order in one line.',
  parse: (node) => readText(node, '`description`'),
};
