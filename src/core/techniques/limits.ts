import type { Limits } from '../engine/meter.ts';
import type { Technique } from './technique.ts';
import { readEntries, readNumber } from './read.ts';

/** Hard limits of one run of a cell; in the notebook's front matter, of all cells together. The engine's meter holds them. */
export const limits: Technique<Limits> = {
  name: 'limits',
  doc: 'Hard limits of a run: `calls`, `steps` (a model call and the tool calls it asked for), `tokens`, `cost` (US dollars), `seconds`. A run stops exactly there, keeps what it made and says which limit it was.',
  example: '{ steps: 5, seconds: 60 }',
  parse(node) {
    const value: Record<string, number> = {};
    const problems = readEntries(node, '`limits`', ['calls', 'steps', 'tokens', 'cost', 'seconds'], ({ key, node: entry }) => {
      const whole = key === 'calls' || key === 'steps' || key === 'tokens';
      const read = readNumber(entry, `\`limits.${key}\``, { min: 0, integer: whole });
      if (read.value !== undefined) value[key] = read.value;
      return read.problems;
    });
    return { value, problems };
  },
};
