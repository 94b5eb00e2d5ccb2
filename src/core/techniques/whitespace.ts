import { readChoice } from './read.ts';
import type { Technique } from './technique.ts';

export const whitespace: Technique<'trim' | 'keep'> = {
  name: 'whitespace',
  doc: 'Messages are trimmed at both ends (`trim`). `keep` sends them as they are written, which is what dotprompt does.',
  example: 'keep',
  parse: (node) => readChoice(node, '`whitespace`', ['trim', 'keep']),
};
