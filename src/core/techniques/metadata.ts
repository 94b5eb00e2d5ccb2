import { good } from './read.ts';
import type { Json } from '../json.ts';
import type { Technique } from './technique.ts';

/** dotprompt's own: kept for the programs that read it, without meaning here. */
export const metadata: Technique<Json> = {
  name: 'metadata',
  doc: 'Anything you or another program keeps with the cell. It is not sent.',
  example: '{ author: Ada }',
  parse: (node) => good(node.value),
};
